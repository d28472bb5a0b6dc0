// What comes late: while the outcome is being stored, or from a store that had no time left.

@testable import AlipayCore
import Foundation
import Testing

extension AllTests {
    @Suite(.timeLimit(.minutes(1))) struct LateTests {
        /// Does what it is told with each snapshot before it keeps it.
        private actor BusyStore: Store {
            private(set) var snapshots: [Data] = []
            private let saving: @Sendable () async throws -> Void

            init(_ saving: @escaping @Sendable () async throws -> Void) {
                self.saving = saving
            }

            func save(_ snapshot: Data) async throws {
                try await saving()
                snapshots.append(snapshot)
            }
        }

        /// Closed by a cancel; whoever asks afterwards finds it paid all the same.
        private static func closedAndPaid() -> Gateway {
            let cancels = Counter()
            return Gateway { method in
                switch method {
                case "alipay.trade.pay": return Gateway.waiting("1")
                case "alipay.trade.query":
                    return Gateway.status("1", cancels["sent"] > 0 ? "TRADE_SUCCESS" : "WAIT_BUYER_PAY")
                default:
                    cancels.count("sent")
                    return Gateway.closed("1")
                }
            }
        }

        private static let notThere = Gateway { method in
            method == "alipay.trade.pay"
                ? Gateway.waiting("1") : #"{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST"}"#
        }

        @Test(arguments: [false, true]) func newsThatComeWhileTheOutcomeIsBeingStoredAreToldWithIt(hangs: Bool) async throws {
            let payment = try Payment(Fixed.merchant, order: order("1"), policy: Fixed.hasty)
            let (events, event) = AsyncStream.makeStream(of: PaymentEvent.self)
            let told = Once()
            let store = BusyStore {
                guard try payment.state().outcome != nil else { return }
                if told.take() { event.yield(.notify(try notification("1"))) }
                try await Task.sleep(for: .milliseconds(50))
                if hangs { await hang() }
            }
            let gateway = Self.closedAndPaid()
            let options = DriverOptions(store: store, transport: gateway, events: events)
            let ended = try await drive(payment, options: options)
            guard case .closed = ended.outcome, ended.news.count == 1, case .stillPaid = ended.news[0] else {
                throw Malformed("\(ended)")
            }
            #expect(ended.stored == !hangs)
            if !hangs {
                let last = try #require(await store.snapshots.last)
                #expect(try snapshotNumber(last) == payment.revision(), "what was learnt last is stored")
            }
        }

        @Test func anOutcomeThatIsNotStoredYetIsNotStoredAfterANewerOne() async throws {
            let payment = try Payment(Fixed.merchant, order: order("1"), policy: Fixed.hasty)
            let free = Counter()
            let store = BusyStore { if try payment.state().outcome != nil, free[""] == 0 { throw DiskFull() } }
            let options = DriverOptions(store: store, transport: Self.closedAndPaid())
            let first = try await drive(payment, options: options)
            let before = await store.snapshots.count
            try payment.handle(.notify(body: try notification("1")))
            let second = try await drive(payment, options: options)
            #expect(!first.stored && !second.stored && second.news.count == 1)
            free.count("")
            try await first.untilStored()
            try await second.untilStored()
            let numbers = try await store.snapshots.dropFirst(before).map { try snapshotNumber($0) }
            let newest = try payment.revision()
            #expect(numbers == [newest, newest])
        }

        @Test func whatSaysNothingNewIsNoReasonToStoreAgain() async throws {
            let payment = try Payment(Fixed.merchant, order: order("1"), policy: Fixed.hasty)
            let (events, event) = AsyncStream.makeStream(of: PaymentEvent.self)
            let saves = Counter()
            let store = BusyStore {
                guard try payment.state().outcome != nil else { return }
                saves.count("")
                event.yield(.cancel)
                event.yield(.notify(Data("sign=no".utf8)))
                try await Task.sleep(for: .milliseconds(50))
            }
            let options = DriverOptions(store: store, transport: Gateway { _ in Gateway.paid("1") }, events: events)
            #expect(try await drive(payment, options: options).outcome.word == "paid")
            #expect(saves[""] == 1)
        }

        @Test(arguments: [false, true]) func afterAStoreThatFailedBeforePayThePaymentKnowsThatPayWasNotSent(hangs: Bool) async throws {
            let payment = try Payment(Fixed.merchant, order: order("1"), policy: Fixed.hasty)
            let store = BusyStore {
                if hangs { await hang() }
                throw DiskFull()
            }
            let gateway = Gateway(answer: Self.notThere.answer)
            let error = try await expectAnError(AlipayError.self) {
                try await drive(payment, options: DriverOptions(store: store, transport: gateway))
            }
            #expect(error.code == .storeFailed)
            let outcome = try await drive(payment, options: DriverOptions(store: MemoryStore(), transport: gateway)).outcome
            #expect(outcome == .declined(reason: .notSent, code: nil, subCode: nil, display: nil))
            #expect(gateway.asked["alipay.trade.pay"] == 0)
        }

        @Test func whatAStoreThatIsLateWritesLastSaysThatPayWasNotSent() async throws {
            let store = BusyStore { try? await Task { try await Task.sleep(for: .milliseconds(800)) }.value }
            let gateway = Gateway(answer: Self.notThere.answer)
            let options = DriverOptions(store: store, transport: gateway)
            let error = try await expectAnError(AlipayError.self) {
                try await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            }
            #expect(error.code == .storeFailed)
            try await until { await store.snapshots.count == 2 }
            let last = try #require(await store.snapshots.last)
            let again = DriverOptions(store: MemoryStore(), transport: gateway)
            let outcome = try await resuming(Fixed.merchant, snapshot: last, options: again)
            #expect(outcome == .declined(reason: .notSent, code: nil, subCode: nil, display: nil))
            #expect(gateway.asked["alipay.trade.pay"] == 0)
        }
    }

    /// Alipay's time, which one payment learns for the next.
    @Suite(.timeLimit(.minutes(1))) struct AlipayTimeTests {
        /// Clocks that can be set.
        private final class Clocks: @unchecked Sendable {
            private let lock = NSLock()
            private var ahead = (wall: Duration.zero, monotonic: Duration.zero)

            func set(wall: Duration, monotonic: Duration) { lock.withLock { ahead = (wall, monotonic) } }

            var timepiece: Timepiece {
                var timepiece = Timepiece()
                timepiece.wall = { [self] in unixMilliseconds() + lock.withLock { Int64(ahead.wall / .milliseconds(1)) } }
                timepiece.elapsed = { [self] in Timepiece.system.elapsed() + lock.withLock { ahead.monotonic } }
                return timepiece
            }
        }

        /// Tells Alipay's time, unless it takes too long.
        private struct Dated: Transport {
            let gateway: Gateway
            let takes: Duration

            func send(_ request: HttpRequest, attempt: Attempt) async throws -> HttpResponse {
                let format = DateFormatter()
                format.locale = Locale(identifier: "en_US_POSIX")
                format.timeZone = TimeZone(identifier: "GMT")
                format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
                let date = format.string(from: Date(timeIntervalSince1970: Double(alipayNow()) / 1000))
                let answer = try await gateway.send(request, attempt: attempt)
                try await Task.sleep(for: takes)
                return HttpResponse(
                    status: answer.status, body: answer.body, headers: [Parameter(name: "Date", value: date)])
            }
        }

        private let clocks = Clocks()

        private func options(_ transport: any Transport, _ store: any Store = MemoryStore()) -> DriverOptions {
            var options = DriverOptions(store: store, transport: transport)
            options.timepiece = clocks.timepiece
            return options
        }

        private func pays(_ merchant: Alipay, takes: Duration = .zero) async throws {
            let policy = Policy(payTimeoutMs: 4_000, settleMs: 30_000)
            let dated = Dated(gateway: Gateway { _ in Gateway.paid("1") }, takes: takes)
            #expect(try await paying(merchant, order: order("1"), policy: policy, options: options(dated)).word == "paid")
        }

        /// The next payment's pay is not answered, and a sale that was paid so much after it began is found under its number.
        private func finds(_ merchant: Alipay, paidAfterMs: Int64, start: Start = Start()) async throws -> String {
            let date = try toBeijing(alipayNow() + paidAfterMs)
            let gateway = Gateway { method in
                if method == "alipay.trade.pay" { throw DiskFull() }
                return #"{"code":"10000","msg":"Success","out_trade_no":"1","trade_no":"1","total_amount":"88.88","trade_status":"TRADE_SUCCESS","send_pay_date":"\#(date)"}"#
            }
            let outcome = try await pay(
                merchant, order: order("1"), policy: Fixed.hasty, start: start, options: options(gateway)).outcome
            if case .paid(_, _, let proven) = outcome { return proven ? "ours" : "paid" }
            return outcome.word
        }

        @Test func itTellsTheNextPaymentsSaleFromAnOlderOne() async throws {
            let merchant = try Alipay(Fixed.options)
            #expect(try await finds(merchant, paidAfterMs: -60_000) == "paid", "not known yet")
            try await pays(merchant)
            #expect(try await finds(merchant, paidAfterMs: -60_000) == "conflict")
            #expect(try await finds(merchant, paidAfterMs: 0) == "ours")
            let known = Start(alipayTime: alipayNow() - 120_000)
            #expect(try await finds(merchant, paidAfterMs: -60_000, start: known) == "ours", "the application knows better")
            clocks.set(wall: .milliseconds(500), monotonic: .milliseconds(400))
            #expect(try await finds(merchant, paidAfterMs: -60_000) == "conflict", "clocks never agree to the millisecond")
            #expect(try await finds(Alipay(Fixed.options), paidAfterMs: -60_000) == "paid", "it is nobody else's")
        }

        @Test(arguments: [(5, 0), (-5, 0), (0, 5), (3_700, 3_700)])
        func itIsForgottenIfTheClocksDisagreeOrAfterAnHour(wall: Int, monotonic: Int) async throws {
            let merchant = try Alipay(Fixed.options)
            try await pays(merchant)
            clocks.set(wall: .seconds(wall), monotonic: .seconds(monotonic))
            #expect(try await finds(merchant, paidAfterMs: -60_000) == "paid")
        }

        @Test func itIsNotLearntFromAnAnswerThatTookItsTimeNorFromASnapshot() async throws {
            let merchant = try Alipay(Fixed.options)
            try await pays(merchant, takes: .milliseconds(1_100))
            #expect(try await finds(merchant, paidAfterMs: -60_000) == "paid")
            let store = MemoryStore()
            let paid = Gateway { $0 == "alipay.trade.pay" ? Gateway.paid("1") : Gateway.status("1", "TRADE_SUCCESS") }
            let known = Start(alipayTime: alipayNow())
            _ = try await pay(merchant, order: order("1"), policy: Fixed.hasty, start: known, options: options(paid, store))
            let snapshot = try #require(await store.snapshots.first)
            _ = try await resuming(merchant, snapshot: snapshot, options: options(paid))
            #expect(try await finds(merchant, paidAfterMs: -60_000) == "paid")
        }
    }
}

/// The till's clock is an hour slow.
private func alipayNow() -> Int64 { unixMilliseconds() + 3_600_000 }
