import AlipayCore
import Foundation

// A barcode payment of 88.88 yuan. The options come from Alipay's console, here through the environment.
func value(_ name: String) -> String { ProcessInfo.processInfo.environment[name] ?? "" }

let alipay = try Alipay(
    MerchantOptions(
        appId: value("ALIPAY_APP_ID"),
        alipayPublicKey: value("ALIPAY_PUBLIC_KEY"),
        privateKey: value("ALIPAY_PRIVATE_KEY"),
        gateway: value("ALIPAY_GATEWAY")))
let order = TradePayRequest(
    outTradeNo: "till_1_\(unixMilliseconds())", scene: "bar_code", authCode: value("AUTH_CODE"),
    subject: "Noodles", totalAmount: "88.88")
// The snapshot is on the disk before pay leaves: after a crash, resume(alipay, snapshot:, options:) goes on from it.
let store = FileStore(path: "payment.state")

switch try await pay(alipay, order: order, options: DriverOptions(store: store)) {
case .paid(let trade, _): print("paid \(trade.totalAmount), \(trade.tradeNo ?? "")")
case .declined(_, _, _, let display), .rejected(_, _, let display): print("not paid: \(display ?? "")")
case .closed: print("cancelled; the buyer owes nothing")
case .conflict(let reason, _): print("this order number is taken: \(reason)")
case .unresolved(let reason, _): print("unknown, resume later: \(reason)")
}
