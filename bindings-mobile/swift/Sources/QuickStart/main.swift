import AlipayCore
import Foundation

let environment = ProcessInfo.processInfo.environment
let alipay = try Alipay(
    MerchantOptions(
        appId: environment["APP_ID"] ?? "",
        alipayPublicKey: environment["ALIPAY_PUBLIC_KEY"] ?? "",
        privateKey: environment["APP_PRIVATE_KEY"],
        gateway: environment["GATEWAY"]))
let number = "20150320010101001"
let order = TradePayRequest(
    outTradeNo: number,
    scene: "bar_code",
    authCode: environment["AUTH_CODE"],
    subject: "Iphone6 16G",
    totalAmount: "88.88")
// A file for each sale. The last snapshot in it survives a crash, and whoever finds one goes on from it.
let store = try FileStore(path: "\(number).payment")
let options = DriverOptions(store: store)
let ended =
    if let stored = try store.load() {
        try await resume(alipay, snapshot: stored, options: options)
    } else {
        try await pay(alipay, order: order, options: options)
    }
switch ended.outcome {
case .paid(let trade, _, _): print("paid \(trade.totalAmount) yuan")
case .declined(_, _, _, let display): print("declined: \(display ?? "")")
case .unresolved(_, _, let askAgainAt): print("not known: ask again at \(try toBeijing(askAgainAt)), or give it up")
case let outcome: print(outcome)
}
try await ended.untilStored()
