// How the driver behaves with stores, transports and signers that fail, hang or throw, and when it is cancelled.

import AlipayCore
import Foundation
import Testing

extension AllTests {
    @Suite struct DriverTests {
        @Test func aStoreThatFailsBeforePaySendsNothing() async throws {
            let gateway = Gateway { _ in Gateway.paid("1") }
            let log = Log()
            let options = DriverOptions(store: MemoryStore { _ in true }, transport: gateway, observer: log)
            let error = try await expectAnError(AlipayError.self) {
                try await pay(Fixed.merchant, order: order("1"), options: options)
            }
            #expect(error.code == .storeFailed && error.fault == .host && error.cause is DiskFull)
            #expect(gateway.asked["alipay.trade.pay"] == 0)
            #expect(log.all == ["notStored pay"])
        }

        @Test func aStoreThatFailsBeforeCancelKeepsTheCancelBackUntilItWorks() async throws {
            let gateway = Gateway { method in
                switch method {
                case "alipay.trade.pay": Gateway.waiting("1")
                case "alipay.trade.query": Gateway.status("1", "WAIT_BUYER_PAY")
                default: Gateway.closed("1")
                }
            }
            let log = Log()
            // The first is pay's, and the second says that the trade exists.
            let store = MemoryStore { 3...4 ~= $0 }
            let options = DriverOptions(store: store, transport: gateway, observer: log)
            let outcome = try await paying(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            #expect(outcome == .closed(refunded: false))
            #expect(log.all.filter { $0 == "notStored cancel" }.count == 2)
            #expect(gateway.asked["alipay.trade.cancel"] == 1)
        }

        @Test func aStoreThatFailsAtTheEndIsTriedUntilItWorks() async throws {
            let log = Log()
            let store = MemoryStore { 2...6 ~= $0 }
            let options = DriverOptions(store: store, transport: Gateway { _ in Gateway.paid("1") }, observer: log)
            let ended = try await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            #expect(ended.outcome.word == "paid" && !ended.stored)
            try await ended.untilStored()
            #expect(await store.saves == 7)
            #expect(log.all.prefix(2) == ["asking pay", "notStored -"])
        }

        @Test func whatProvablyDidNotLeaveIsDeclined() async throws {
            struct Unreachable: Transport {
                func send(_ request: HttpRequest, attempt: Attempt) async throws -> HttpResponse { throw NotSent() }
            }
            let policy = Policy(confirmNotSent: false)
            let outcome = try await paying(
                Fixed.merchant, order: order("1"), policy: policy,
                options: DriverOptions(store: MemoryStore(), transport: Unreachable()))
            #expect(outcome == .declined(reason: .notSent, code: nil, subCode: nil, display: nil))
        }

        /// Whatever a transport throws, a CancellationError of its own too.
        @Test(arguments: [true, false]) func aTransportThatThrowsMayHaveSent(cancellation: Bool) async throws {
            let gateway = Gateway { method in
                if method == "alipay.trade.pay" {
                    if cancellation { throw CancellationError() }
                    throw DiskFull()
                }
                return Gateway.status("1", "TRADE_SUCCESS")
            }
            let outcome = try await paying(
                Fixed.merchant, order: order("1"), policy: Fixed.hasty,
                options: DriverOptions(store: MemoryStore(), transport: gateway))
            #expect(outcome.word == "paid")
            #expect(gateway.asked["alipay.trade.pay"] == 1)
        }

        @Test(.timeLimit(.minutes(1))) func aTransportThatHangsIsGivenUp() async throws {
            let gateway = Gateway { method in
                if method == "alipay.trade.pay" { await hang() }
                return Gateway.status("1", "TRADE_SUCCESS")
            }
            let outcome = try await paying(
                Fixed.merchant, order: order("1"), policy: Fixed.hasty,
                options: DriverOptions(store: MemoryStore(), transport: gateway))
            #expect(outcome.word == "paid")
        }

        enum Trouble: CaseIterable {
            case throwing, hanging, noSignature
        }

        struct Troubled: Signer {
            let trouble: Trouble

            func sign(_ signType: SignType, _ message: Data) async throws -> Data {
                switch trouble {
                case .throwing: throw DiskFull()
                case .hanging: await hang()
                case .noSignature: break
                }
                return Data("no signature".utf8)
            }
        }

        @Test(.timeLimit(.minutes(1))) func noSignerAtAllIsAMistakeAndNotAnOutcome() async throws {
            let gateway = Gateway { _ in Gateway.paid("1") }
            let options = DriverOptions(store: MemoryStore(), transport: gateway)
            let thrown = try await expectAnError(AlipayError.self) {
                try await pay(
                    Fixed.merchant.delegated(), order: order("1"), policy: Fixed.hasty, options: options)
            }
            #expect(thrown.code == .signerExternal)
            #expect(gateway.asked["alipay.trade.pay"] == 0)
        }

        @Test(.timeLimit(.minutes(1)), arguments: Trouble.allCases)
        func aSignerInTroubleSendsNothing(trouble: Trouble) async throws {
            let gateway = Gateway { _ in Gateway.paid("1") }
            let log = Log()
            let options = DriverOptions(
                store: MemoryStore(), transport: gateway, signer: Troubled(trouble: trouble), observer: log)
            let outcome = try await paying(
                Fixed.merchant.delegated(), order: order("1"), policy: Fixed.hasty, options: options)
            #expect(["declined", "unresolved", "closed"].contains(outcome.word), "\(outcome)")
            if trouble != .noSignature {
                #expect(gateway.asked["alipay.trade.pay"] == 0)
                #expect(log.all.contains("notSigned pay"))
            }
        }

        @Test(.timeLimit(.minutes(1))) func theCashiersCancelWakesTheSleep() async throws {
            let gateway = Gateway { method in
                method == "alipay.trade.pay" ? Gateway.waiting("1") : Gateway.closed("1")
            }
            let (events, event) = AsyncStream.makeStream(of: PaymentEvent.self)
            let log = Log()
            let store = MemoryStore()
            let options = DriverOptions(store: store, transport: gateway, events: events, observer: log)
            async let outcome = paying(Fixed.merchant, order: order("1"), policy: Fixed.sleepy, options: options)
            try await until { log.all.contains("waiting") }
            event.yield(.cancel)
            #expect(try await outcome == .closed(refunded: false))
            // The cashier's wish is stored too: pay's, that the trade exists, the wish, cancel's, the outcome.
            #expect(await store.snapshots.count == 5)
            #expect(log.all.contains("happened cancel"))
        }

        @Test(.timeLimit(.minutes(1))) func aNotificationWakesTheSleepAndAForgedOneIsIgnored() async throws {
            let gateway = Gateway { method in
                method == "alipay.trade.pay" ? Gateway.waiting("1") : Gateway.status("1", "TRADE_SUCCESS")
            }
            let (events, event) = AsyncStream.makeStream(of: PaymentEvent.self)
            let log = Log()
            let options = DriverOptions(store: MemoryStore(), transport: gateway, events: events, observer: log)
            async let outcome = paying(Fixed.merchant, order: order("1"), policy: Fixed.sleepy, options: options)
            try await until { log.all.contains("waiting") }
            event.yield(.notify(Data("out_trade_no=1&trade_status=TRADE_SUCCESS&sign=AAAA&sign_type=RSA2".utf8)))
            event.yield(.notify(try notification("1")))
            #expect(try await outcome.word == "paid")
            #expect(log.all.contains { $0.hasPrefix("notUnderstood") })
        }

        @Test func anotherMerchantObjectVerifiesTheNotificationsThatComeAfterIt() throws {
            let other = { try Alipay(MerchantOptions(appId: $0, alipayPublicKey: $1)) }
            let appId = Fixed.options.appId
            let payment = try Payment(other(appId, Fixed.app.publicKey), order: order("1"))
            let notify = Input.notify(body: try notification("1"))
            #expect(try expectError { try payment.handle(notify) }.code == .signatureInvalid)
            let stranger = try other("1", Fixed.alipay.publicKey)
            #expect(try expectError { try payment.setMerchant(stranger) }.code == .snapshotMerchant)
            #expect(try expectError { try payment.handle(notify) }.code == .signatureInvalid)
            try payment.setMerchant(other(appId, Fixed.alipay.publicKey))
            try payment.handle(notify)
        }

        @Test(.timeLimit(.minutes(1))) func cancellingTheTaskStopsDrivingAndNotTheTrade() async throws {
            let gateway = Gateway { method in
                method == "alipay.trade.pay" ? Gateway.waiting("1") : Gateway.status("1", "TRADE_SUCCESS")
            }
            let (log, store) = (Log(), MemoryStore())
            let options = DriverOptions(store: store, transport: gateway, observer: log)
            let task = Task { try await pay(Fixed.merchant, order: order("1"), policy: Fixed.sleepy, options: options) }
            try await until { log.all.contains("waiting") }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(gateway.asked["alipay.trade.cancel"] == 0)
            let snapshot = try #require(await store.snapshots.last)
            let outcome = try await resuming(Fixed.merchant, snapshot: snapshot, options: options)
            #expect(outcome.word == "paid")
        }

        /// Even if what it waits for does not listen.
        @Test(.timeLimit(.minutes(1)), arguments: ["transport", "signer", "already"])
        func cancellingTheTaskWaitsForNobody(hanging: String) async throws {
            let gateway = Gateway { _ in
                await hang()
                return ""
            }
            let (log, store) = (Log(), MemoryStore())
            let merchant = hanging == "signer" ? try Fixed.merchant.delegated() : Fixed.merchant
            let options = DriverOptions(
                store: store, transport: gateway, signer: Troubled(trouble: .hanging), observer: log)
            let patient = Policy(payTimeoutMs: 25_000, signTimeoutMs: 25_000)
            let task = Task {
                if hanging == "already" { withUnsafeCurrentTask { $0?.cancel() } }
                return try await pay(merchant, order: order("1"), policy: patient, options: options)
            }
            let started = Date()
            if hanging == "transport" { try await until { log.all.contains("asking pay") } }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(Date().timeIntervalSince(started) < 10)
            if hanging == "already" { #expect(await store.saves == 0) }
        }

        @Test @MainActor func rsaIsKeptOffTheMainThread() async throws {
            let signer = WhereSigned()
            let options = MerchantOptions(appId: Fixed.options.appId, alipayPublicKey: Fixed.alipay.publicKey)
            let merchant = try Alipay(options, signer: signer)
            let gateway = Gateway { _ in Gateway.paid("1") }
            let outcome = try await paying(
                merchant, order: order("1"), options: DriverOptions(store: MemoryStore(), transport: gateway))
            #expect(outcome.word == "paid")
            _ = try await merchant.execute(tradePay(order("1")), transport: gateway)
            #expect(signer.threads["main"] == 0)
            #expect(signer.threads["other"] == 2)
        }

        @Test func executeSaysWhatBecameOfTheRequest() async throws {
            struct Failing: Transport {
                let error: (any Error)?

                func send(_ request: HttpRequest, attempt: Attempt) async throws -> HttpResponse {
                    if let error { throw error }
                    await hang()
                    throw DiskFull()
                }
            }
            let query = try tradeQuery(TradeQueryRequest(outTradeNo: "1"))
            for (error, code) in [(NotSent(), .notSent), (DiskFull(), .maybeSent), (nil, ErrorCode.timedOut)] as [((any Error)?, ErrorCode)] {
                let thrown = try await expectAnError(AlipayError.self) {
                    try await Fixed.merchant.execute(query, transport: Failing(error: error), timeout: .milliseconds(50))
                }
                #expect(thrown.code == code)
            }
            let gateway = Gateway { _ in Gateway.paid("1") }
            for (trouble, code) in [(Trouble.throwing, ErrorCode.signerFailed), (.hanging, .signerFailed)] {
                let thrown = try await expectAnError(AlipayError.self) {
                    try await Fixed.merchant.delegated().execute(
                        query, transport: gateway, signer: Troubled(trouble: trouble), timeout: .milliseconds(50))
                }
                #expect(thrown.code == code)
            }
            let keyless = try await expectAnError(AlipayError.self) {
                try await Fixed.merchant.delegated().execute(query, transport: gateway)
            }
            #expect(keyless.code == .signerExternal)
        }
    }
}

/// Never returns, and does not listen to cancellation either.
func hang() async {
    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
}

/// Waits for something that happens soon.
func until(_ condition: @Sendable () async -> Bool) async throws {
    for _ in 0..<1000 {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw Malformed("it never happened")
}

/// What Alipay tells of a paid trade.
func notification(_ number: String) throws -> Data {
    var fields = [
        Parameter(name: "app_id", value: Fixed.options.appId), Parameter(name: "charset", value: "utf-8"),
        Parameter(name: "notify_id", value: "91722adff935e8cfa58b3aabf4dead6ibe"),
        Parameter(name: "out_trade_no", value: number), Parameter(name: "total_amount", value: "88.88"),
        Parameter(name: "trade_no", value: "2026112122001"), Parameter(name: "trade_status", value: "TRADE_SUCCESS"),
    ]
    let sign = try Gateway.alipayItself.sign(Data(stringToSign(fields).utf8))
    fields += [Parameter(name: "sign", value: sign), Parameter(name: "sign_type", value: "RSA2")]
    return Data(try encodeForm(fields).utf8)
}

/// Notes on which thread it was asked.
final class WhereSigned: LocalSigner {
    let threads = Counter()

    func sign(_ signType: SignType, _ message: Data) throws -> Data {
        threads.count(Thread.isMainThread ? "main" : "other")
        return Data(base64Encoded: try Fixed.merchant.sign(message, signType: signType))!
    }
}

/// `#expect(throws:)` returns nothing in Swift 6.0.
func expectAnError<E: Error>(_ type: E.Type, _ run: () async throws -> Any) async throws -> E {
    do {
        let value = try await run()
        throw Malformed("nothing was thrown, but there is \(value)")
    } catch let error as E {
        return error
    }
}
