import AlipayCore
import Foundation

let environment = ProcessInfo.processInfo.environment
let alipay = try Alipay(
    MerchantOptions(
        appId: environment["APP_ID"] ?? "",
        alipayPublicKey: environment["ALIPAY_PUBLIC_KEY"] ?? "",
        privateKey: environment["APP_PRIVATE_KEY"],
        gateway: environment["GATEWAY"]))
let order = TradePayRequest(
    outTradeNo: "20150320010101001",
    scene: "bar_code",
    authCode: environment["AUTH_CODE"],
    subject: "Iphone6 16G",
    totalAmount: "88.88")
// The last snapshot survives a crash: resume(alipay, snapshot: store.load()!, options:) goes on.
let store = FileStore(path: "payment.state")
switch try await pay(alipay, order: order, options: DriverOptions(store: store)) {
case .paid(let trade, _): print("paid \(trade.totalAmount) yuan")
case .declined(_, _, _, let display): print("declined: \(display ?? "")")
case let outcome: print(outcome)
}
