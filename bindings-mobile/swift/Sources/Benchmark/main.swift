// What a call through the boundary takes: the median of many rounds, nanoseconds per call, as JSON on standard output.
// `cargo xtask bench` compares it with the same calls from Rust.

import AlipayCore
import Foundation

func json(_ path: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any] ?? [:]
}

func median(_ calls: Int, _ call: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let warm = clock.now + .seconds(1)
    while clock.now < warm { try call() }
    var rounds: [Double] = []
    for _ in 0..<200 {
        let took = try clock.measure { for _ in 0..<calls { try call() } }
        rounds.append(Double(took.components.attoseconds) / 1e9 / Double(calls))
    }
    return rounds.sorted()[100]
}

guard CommandLine.arguments.count == 2 else { fatalError("Benchmark VECTORS") }
let notify = try json("\(CommandLine.arguments[1])/notify.json")
guard let keys = notify["keys"] as? [String: [String: String]], let rows = notify["rows"] as? [[String: Any]],
    let publicKey = keys["alipay_2048"]?["public_key"], let privateKey = keys["app_2048"]?["private_key"],
    let text = rows.first?["body"] as? String
else { fatalError("the vectors") }

let alipay = try Alipay(
    MerchantOptions(appId: "2014072300007148", alipayPublicKey: publicKey, privateKey: privateKey))
let body = Data(text.utf8)
let now: Int64 = 1_795_262_400_000
let order = TradePayRequest(
    outTradeNo: "20150320010101001", scene: "bar_code", authCode: "28763443825664394", subject: "Iphone6 16G",
    totalAmount: "88.88")
let payment = try Payment(alipay, order: order, now: now)
guard case .request = try payment.poll(now: now) else { fatalError("no request") }
let stale = Data(repeating: UInt8(ascii: "a"), count: 1024)

let results = [
    "noop": median(2_000) { _ = alipay.signsExternally },
    "notify": try median(20) { _ = try alipay.verifyNotify(body) },
    "step": try median(500) {
        try payment.handle(.response(id: 99, status: 200, body: stale), now: now)
        _ = try payment.poll(now: now)
    },
    "sign": try median(2) { _ = try alipay.sign(body) },
]
print(String(decoding: try JSONSerialization.data(withJSONObject: results, options: .sortedKeys), as: UTF8.self))
