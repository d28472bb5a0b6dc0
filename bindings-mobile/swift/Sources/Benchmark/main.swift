// What a call through the boundary takes, round by round beside the same call in bare Rust (examples/bare.rs): nanoseconds
// per call, as JSON on standard output, for `cargo xtask bench`.

import AlipayCore
import Foundation

func json(_ path: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any] ?? [:]
}

/// The program that makes the same calls in Rust, asked for a round at a time.
struct Bare {
    private let process = Process()
    private let questions = Pipe()
    private let answers = Pipe()

    init(_ program: String) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.standardInput = questions
        process.standardOutput = answers
        try process.run()
    }

    func round(_ name: String, _ calls: Int) -> Double {
        questions.fileHandleForWriting.write(Data("\(name) \(calls)\n".utf8))
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = answers.fileHandleForReading.availableData
            guard !more.isEmpty else { fatalError("bare Rust has ended") }
            line.append(more)
        }
        guard let took = Double(String(decoding: line.dropLast(), as: UTF8.self)) else { fatalError("no number") }
        return took
    }

    func end() {
        questions.fileHandleForWriting.closeFile()
        process.waitUntilExit()
    }
}

/// After a warm-up, many rounds: nanoseconds per call here, and of the same in bare Rust right after it.
func rounds(_ name: String, _ calls: Int, _ call: () throws -> Void) rethrows -> [[Double]] {
    let clock = ContinuousClock()
    let warm = clock.now + .seconds(1)
    while clock.now < warm { try call() }
    return try (0..<200).map { _ in
        let took = try clock.measure { for _ in 0..<calls { try call() } }
        return [Double(took.components.attoseconds) / 1e9 / Double(calls), bare.round(name, calls)]
    }
}

guard CommandLine.arguments.count == 3 else { fatalError("Benchmark VECTORS BARE") }
let bare = try Bare(CommandLine.arguments[2])
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
    "noop": rounds("noop", 2_000) { _ = alipay.signsExternally },
    "notify": try rounds("notify", 20) { _ = try alipay.verifyNotify(body) },
    "step": try rounds("step", 500) {
        try payment.handle(.response(id: 99, status: 200, body: stale), now: now)
        _ = try payment.poll(now: now)
    },
    "sign": try rounds("sign", 1) { _ = try alipay.sign(body) },
]
bare.end()
print(String(decoding: try JSONSerialization.data(withJSONObject: results, options: .sortedKeys), as: UTF8.self))
