// Stores, observers and a gateway that the tests play.

import AlipayCore
import Foundation

/// Remembers every snapshot, and fails when it is told to.
actor MemoryStore: Store {
    private(set) var snapshots: [Data] = []
    /// How many saves there were, failed ones too.
    private(set) var saves = 0
    private let fails: @Sendable (Int) -> Bool

    /// - Parameter fails: whether the save of this number, from 1, fails.
    init(fails: @escaping @Sendable (Int) -> Bool = { _ in false }) {
        self.fails = fails
    }

    func save(_ snapshot: Data) throws {
        saves += 1
        if fails(saves) { throw DiskFull() }
        snapshots.append(snapshot)
    }
}

struct DiskFull: Error {}

/// Remembers what it was told, as words.
final class Log: Observer, @unchecked Sendable {
    private let lock = NSLock()
    private var words: [String] = []

    var all: [String] { lock.withLock { words } }

    private func note(_ word: String) { lock.withLock { words.append(word) } }

    func asking(_ kind: RequestKind) { note("asking \(kind)") }
    func waiting(until: Int64, for wake: Wake) { note("waiting") }
    func happened(_ event: PaymentEvent) { note("happened \(event)") }
    func notStored(_ kind: RequestKind?, _ cause: any Error) { note("notStored \(kind.map { "\($0)" } ?? "-")") }
    func notSigned(_ kind: RequestKind, _ cause: any Error) { note("notSigned \(kind)") }
    func notUnderstood(_ problem: AlipayError) { note("notUnderstood \(problem.code.word)") }
}

/// Plays Alipay with Alipay's test key.
struct Gateway: Transport {
    /// `alipay.trade.pay` and so on, to the node's JSON; what it throws is the transport's failure.
    let answer: @Sendable (String) async throws -> String
    let asked = Counter()

    func send(_ request: HttpRequest, attempt: Attempt) async throws -> HttpResponse {
        let method = try Self.method(request)
        asked.count(method)
        return try Self.response(method, await answer(method))
    }

    static func method(_ request: HttpRequest) throws -> String {
        let fields = try decodeForm(request.body)
        let field = fields.first { $0.name == Data("method".utf8) }
        return String(decoding: field?.value ?? Data(), as: UTF8.self)
    }

    static func response(_ method: String, _ node: String) throws -> HttpResponse {
        let name = method.replacingOccurrences(of: ".", with: "_") + "_response"
        let sign = try alipayItself.sign(Data(node.utf8))
        return HttpResponse(status: 200, body: Data(#"{"\#(name)":\#(node),"sign":"\#(sign)"}"#.utf8))
    }

    /// Signs what Alipay signs.
    static let alipayItself = try! Alipay(
        MerchantOptions(
            appId: "1", alipayPublicKey: Fixed.app.publicKey, privateKey: Fixed.alipay.privateKey))

    static func waiting(_ number: String) -> String { #"{"code":"10003","msg":"order success pay inprocess","out_trade_no":"\#(number)"}"# }
    static func paid(_ number: String) -> String {
        #"{"code":"10000","msg":"Success","out_trade_no":"\#(number)","trade_no":"2026112122001","total_amount":"88.88"}"#
    }
    static func status(_ number: String, _ status: String) -> String {
        #"{"code":"10000","msg":"Success","out_trade_no":"\#(number)","trade_no":"2026112122001","total_amount":"88.88","trade_status":"\#(status)"}"#
    }
    static func closed(_ number: String) -> String {
        #"{"code":"10000","msg":"Success","out_trade_no":"\#(number)","retry_flag":"N","action":"close"}"#
    }
}

/// Counts words, from any thread.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var counts: [String: Int] = [:]

    func count(_ word: String) { lock.withLock { counts[word, default: 0] += 1 } }

    subscript(_ word: String) -> Int { lock.withLock { counts[word] ?? 0 } }
}

/// Pays, and says only how it ended.
func paying(
    _ alipay: Alipay, order: TradePayRequest, policy: Policy = Policy(), options: DriverOptions
) async throws -> Outcome {
    try await pay(alipay, order: order, policy: policy, options: options).outcome
}

/// Goes on, and says only how it ended.
func resuming(_ alipay: Alipay, snapshot: Data, options: DriverOptions) async throws -> Outcome {
    try await resume(alipay, snapshot: snapshot, options: options).outcome
}

extension Fixed {
    static let options = MerchantOptions(
        appId: "2014072300007148", alipayPublicKey: alipay.publicKey, privateKey: app.privateKey)

    static let merchant = try! Alipay(options)

    /// A hundred times as hasty as usual.
    static let hasty = Policy(
        payTimeoutMs: 300, queryTimeoutMs: 300, cancelTimeoutMs: 300, signTimeoutMs: 200, pollIntervalMs: 50,
        pollWindowMs: 600, retrySoonMs: 10, settleMs: 600, sendWithinMs: 500, cancelRetryMs: [20, 20, 20, 50, 100])

    /// Sleeps so long between its queries that only an event wakes it.
    static let sleepy = Policy(
        payTimeoutMs: 300, queryTimeoutMs: 300, cancelTimeoutMs: 300, pollIntervalMs: 60_000, pollWindowMs: 120_000,
        retrySoonMs: 10, settleMs: 600)
}
