// A sandbox in a process of its own, over real HTTP.

import AlipayCore
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

struct Story: Sendable {
    let code: Int
    let name: String
    let outcome: String
}

/// What the ledger says about one order.
struct Entry: Sendable {
    let outTradeNo: String
    let charged: Decimal
    let refunded: Decimal
    let cancelled: Bool
    let olderSale: Bool
    let payCalls: Int

    init(_ json: [String: Any]) throws {
        let amount = { (name: String) throws -> Decimal in
            guard let text = json[name] as? String, let amount = Decimal(string: text) else {
                throw Malformed("\(name) in the ledger")
            }
            return amount
        }
        guard let outTradeNo = json["out_trade_no"] as? String, let cancelled = json["cancelled"] as? Bool,
            let olderSale = json["older_sale"] as? Bool, let payCalls = json["pay_calls"] as? NSNumber
        else { throw Malformed("the ledger's entry") }
        self.outTradeNo = outTradeNo
        self.cancelled = cancelled
        self.olderSale = olderSale
        self.payCalls = payCalls.intValue
        charged = try amount("charged")
        refunded = try amount("refunded")
    }
}

/// One for all tests: each has order numbers of its own. Its time runs ten times faster.
final class Sandbox: @unchecked Sendable {
    static let shared = Result { try Sandbox() }

    /// Ends with its standard input, and so with this process, however that ends.
    private let process = Process()
    private let input = Pipe()
    private let page: String

    let options: MerchantOptions
    let policy: Policy
    let stories: [Story]

    private init() throws {
        guard let program = ProcessInfo.processInfo.environment["SANDBOX_BIN"] else {
            throw Malformed("SANDBOX_BIN names no sandbox; `cargo xtask test swift` does")
        }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--faster", "10"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Malformed("the sandbox said nothing") }
            line += more
        }
        let told = try Row(JSONSerialization.jsonObject(with: line))
        page = try told.take("pageUrl")
        options = MerchantOptions(
            appId: try told.take("appId"), alipayPublicKey: try told.take("alipayPublicKey"),
            privateKey: try told.take("appPrivateKey"), gateway: try told.take("gatewayUrl"))
        policy = try Vectors.policy(Row(told.take("policy", as: [String: Any].self)))
        stories = try told.take("stories", as: [[String: Any]].self).map { json in
            let story = try Row(json)
            return Story(
                code: Int(try story.integer("code")), name: try story.take("name"), outcome: try story.take("outcome"))
        }
    }

    func trades() async throws -> [Entry] {
        let url = URL(string: "\(page)api/trades")!
        let (data, _) = try await URLSession.shared.data(from: url)
        guard let list = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] else {
            throw Malformed("the ledger")
        }
        return try list.map(Entry.init)
    }

    func trade(_ outTradeNo: String) async throws -> Entry? {
        try await trades().first { $0.outTradeNo == outTradeNo }
    }

    /// Waits until the gateway has heard of an order.
    func heardOf(_ outTradeNo: String) async throws -> Entry {
        for _ in 0..<2000 {
            if let trade = try await trade(outTradeNo) { return trade }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Malformed("nothing was sent")
    }
}

/// The buyer's code that makes a story happen.
func authCode(_ story: Int, unique: Int? = nil) -> String {
    String(format: "280001%08d%04d", unique ?? story, story)
}

func order(_ outTradeNo: String, _ authCode: String = authCode(1)) -> TradePayRequest {
    TradePayRequest(
        outTradeNo: outTradeNo, scene: "bar_code", authCode: authCode, subject: "Iphone6 16G 特价手机",
        totalAmount: "88.88")
}

extension Outcome {
    /// The wire model's word.
    var word: String {
        switch self {
        case .paid: "paid"
        case .declined: "declined"
        case .closed: "closed"
        case .rejected: "rejected"
        case .conflict: "conflict"
        case .unresolved: "unresolved"
        }
    }
}

/// What must hold between an outcome and the ledger, whatever happened on the way.
func checkBooks(_ outcome: Outcome, _ trade: Entry?) throws {
    guard let trade else {
        guard ["closed", "declined", "rejected", "unresolved"].contains(outcome.word) else {
            throw Malformed("\(outcome.word), and no trade in the ledger")
        }
        return
    }
    let taken = trade.charged > trade.refunded
    guard trade.payCalls <= 1 else { throw Malformed("pay was sent twice: \(trade)") }
    guard !trade.olderSale || trade.refunded == 0 else { throw Malformed("another's sale was refunded: \(trade)") }
    let fine =
        switch outcome.word {
        // The one outcome that says that *our* buyer paid.
        case "paid": trade.charged == Decimal(string: "88.88") && !trade.olderSale && taken
        // Somebody else's sale stays untouched.
        case "conflict": trade.refunded == 0 && !trade.cancelled
        case "unresolved": true
        default: !taken || trade.olderSale
        }
    guard fine else { throw Malformed("\(outcome.word), but \(trade)") }
}
