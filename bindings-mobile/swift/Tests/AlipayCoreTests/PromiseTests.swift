// What the driver promises whatever its host does: stores that hang, observers that block, machines that sleep, cashiers
// who cancel at the wrong moment.

@testable import AlipayCore
import Foundation
import Testing

extension AllTests {
    @Suite(.timeLimit(.minutes(1))) struct PromiseTests {
        private static let notThere = #"{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST"}"#
        private static let nothingToCancel = #"{"code":"10000","msg":"Success","out_trade_no":"1","retry_flag":"N"}"#

        /// Hangs at the saves of these numbers, from 1.
        private actor HangingStore: Store {
            private let hangs: @Sendable (Int) -> Bool
            private var saves = 0

            init(_ hangs: @escaping @Sendable (Int) -> Bool) {
                self.hangs = hangs
            }

            func save(_ snapshot: Data) async {
                saves += 1
                if hangs(saves) { await hang() }
            }
        }

        /// Never finds a trade.
        private static func lost(_ pay: @escaping @Sendable () async throws -> Void) -> Gateway {
            Gateway { method in
                switch method {
                case "alipay.trade.pay":
                    try await pay()
                    return Gateway.waiting("1")
                case "alipay.trade.query": return notThere
                default: return nothingToCancel
                }
            }
        }

        private static let open = Gateway { method in
            switch method {
            case "alipay.trade.pay": Gateway.waiting("1")
            case "alipay.trade.query": Gateway.status("1", "WAIT_BUYER_PAY")
            default: Gateway.closed("1")
            }
        }

        @Test func aStoreThatHangsBeforePayHasFailedAndNothingIsSent() async throws {
            let gateway = Gateway { _ in Gateway.paid("1") }
            let options = DriverOptions(store: HangingStore { _ in true }, transport: gateway)
            let error = try await expectAnError(AlipayError.self) {
                try await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            }
            #expect(error.code == .storeFailed)
            #expect(gateway.asked["alipay.trade.pay"] == 0)
        }

        @Test func aStoreThatHangsBeforeCancelSendsNoneAndThatIsTold() async throws {
            let gateway = Gateway(answer: Self.open.answer)
            let options = DriverOptions(store: HangingStore { $0 > 1 }, transport: gateway)
            let ended = try await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            guard case .unresolved(.notStored, _, _) = ended.outcome else { throw Malformed("\(ended.outcome)") }
            #expect(!ended.stored)
            #expect(gateway.asked["alipay.trade.cancel"] == 0)
        }

        @Test func aStoreThatHangsAtTheEndDelaysTheOutcomeByItsTimeAndNoLonger() async throws {
            let options = DriverOptions(store: HangingStore { $0 > 1 }, transport: Gateway { _ in Gateway.paid("1") })
            let started = Date()
            let ended = try await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            #expect(ended.outcome.word == "paid" && !ended.stored)
            #expect(0.3...3 ~= Date().timeIntervalSince(started))
        }

        /// Blocks at the first thing it is told.
        private struct Rude: Observer {
            func phase(_ phase: Phase) { Thread.sleep(forTimeInterval: 30) }
        }

        @Test func anObserverThatBlocksHoldsUpNothing() async throws {
            let options = DriverOptions(store: MemoryStore(), transport: Gateway { _ in Gateway.paid("1") }, observer: Rude())
            let started = Date()
            #expect(try await paying(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options).word == "paid")
            #expect(Date().timeIntervalSince(started) < 3)
        }

        /// Does something whenever it saves.
        private struct BusyStore: Store {
            let saving: @Sendable () async throws -> Void

            func save(_ snapshot: Data) async throws { try await saving() }
        }

        @Test func whatTheCashierCancelsWhileTheStoreRunsIsNotSent() async throws {
            let (events, event) = AsyncStream.makeStream(of: PaymentEvent.self)
            let store = BusyStore {
                event.yield(.cancel)
                try await Task.sleep(for: .milliseconds(100))
            }
            let gateway = Self.lost {}
            let options = DriverOptions(store: store, transport: gateway, events: events)
            let outcome = try await paying(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            #expect(outcome == .declined(reason: .notSent, code: nil, subCode: nil, display: nil))
            #expect(gateway.asked["alipay.trade.pay"] == 0)
        }

        /// A machine whose clock can be set on.
        private final class Sleepy: @unchecked Sendable {
            private let lock = NSLock()
            private var slept = Duration.zero

            func sleep(_ duration: Duration) { lock.withLock { slept += duration } }

            var timepiece: Timepiece {
                var timepiece = Timepiece()
                timepiece.elapsed = { [self] in Timepiece.system.elapsed() + lock.withLock { slept } }
                return timepiece
            }
        }

        private struct Slow: Transport {
            let gateway: Gateway
            let connecting: @Sendable () -> Void

            func send(_ request: HttpRequest, attempt: Attempt) async throws -> HttpResponse {
                if try Gateway.method(request) == "alipay.trade.pay" { connecting() }
                try attempt.begin()
                return try await gateway.send(request, attempt: attempt)
            }
        }

        @Test(arguments: [true, false]) func aMachineThatSleepsBetweenStoreAndSendDoesNotSendWhenItWakes(storing: Bool) async throws {
            let machine = Sleepy()
            let gateway = Self.lost {}
            let slow = Slow(gateway: gateway) { if !storing { machine.sleep(.seconds(20)) } }
            let store = BusyStore { if storing { machine.sleep(.seconds(20)) } }
            var options = DriverOptions(store: store, transport: slow)
            options.timepiece = machine.timepiece
            // The store was done, or it is said to have taken too long: either way nothing leaves.
            _ = try? await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            #expect(gateway.asked["alipay.trade.pay"] == 0)
        }

        @Test func aSleepDoesNotStretchAWait() async throws {
            let machine = Sleepy()
            let started = Date()
            async let waited: Void = AlipayCore.sleep(.seconds(1800), by: machine.timepiece)
            try await Task.sleep(for: .milliseconds(100))
            machine.sleep(.seconds(3600))
            try await waited
            #expect(Date().timeIntervalSince(started) < 3)
        }

        enum End: CaseIterable, Sendable {
            case aborted, maybeSent, deaf
        }

        @Test(arguments: End.allCases) func theOutcomeFollowsFromHowPayEnded(end: End) async throws {
            let gateway = Self.lost {
                switch end {
                case .aborted: throw Aborted()
                case .maybeSent: throw DiskFull()
                case .deaf: await hang()
                }
            }
            let options = DriverOptions(store: MemoryStore(), transport: gateway)
            let outcome = try await paying(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            switch outcome {
            case .closed: #expect(end == .aborted)
            case .unresolved(let reason, _, _): #expect(end != .aborted && reason == .mayLand)
            default: throw Malformed("\(outcome)")
            }
        }

        @Test(arguments: 1...3) func aDriverThatWasSupersededTellsNoOutcome(at save: Int) async throws {
            let saves = Counter()
            let store = BusyStore {
                saves.count("")
                if saves[""] >= save { throw AlipayError(.superseded) }
            }
            let options = DriverOptions(store: store, transport: Gateway(answer: Self.open.answer))
            let error = try await expectAnError(AlipayError.self) {
                try await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: options)
            }
            #expect(error.code == .superseded)
        }

        @Test func oneDriverPerPayment() async throws {
            let payment = try Payment(Fixed.merchant, order: order("1"), policy: Fixed.hasty)
            let codes = Counter()
            let gateway = Gateway { _ in
                let second = DriverOptions(store: MemoryStore(), transport: Gateway { _ in Gateway.paid("1") })
                do { _ = try await drive(payment, options: second) } catch { codes.count((error as? AlipayError)?.code.word ?? "") }
                return Gateway.paid("1")
            }
            let options = DriverOptions(store: MemoryStore(), transport: gateway)
            #expect(try await drive(payment, options: options).outcome.word == "paid")
            #expect(codes["superseded"] == 1)
            #expect(try await drive(payment, options: options).outcome.word == "paid")
        }

        @Test func whatIsGivenUpIsStoredFirstAndNeverPaid() async throws {
            let store = MemoryStore()
            let lost = DriverOptions(store: store, transport: Self.lost { throw DiskFull() })
            let ended = try await pay(Fixed.merchant, order: order("1"), policy: Fixed.hasty, options: lost)
            guard case .unresolved(.mayLand, _, _) = ended.outcome else { throw Malformed("\(ended.outcome)") }
            let snapshot = try #require(await store.snapshots.last)
            let broken = DriverOptions(store: MemoryStore { _ in true }, transport: Self.lost {})
            let error = try await expectAnError(AlipayError.self) {
                try await giveUp(Fixed.merchant, snapshot: snapshot, options: broken)
            }
            #expect(error.code == .storeFailed)
            try await giveUp(Fixed.merchant, snapshot: snapshot, options: lost)
            let given = try #require(await store.snapshots.last)
            let paid = Gateway { method in
                method == "alipay.trade.query" ? Gateway.status("1", "TRADE_SUCCESS") : Gateway.closed("1")
            }
            let outcome = try await resuming(
                Fixed.merchant, snapshot: given, options: DriverOptions(store: store, transport: paid))
            guard case .conflict(.paidAfterGivingUp, _, _) = outcome else { throw Malformed("\(outcome)") }
            let payment = try Payment(Fixed.merchant, order: order("1"))
            #expect(try expectError { try payment.handle(.giveUp) }.code == .notUnresolved)
        }

        @Test func aNotificationAfterTheOutcomeIsNews() async throws {
            let payment = try Payment(Fixed.merchant, order: order("1"), policy: Fixed.hasty)
            let lost = DriverOptions(store: MemoryStore(), transport: Self.lost { throw Aborted() })
            #expect(try await drive(payment, options: lost).outcome.word == "closed")
            try payment.handle(.notify(body: try notification("1")))
            let again = Gateway { method in
                method == "alipay.trade.query" ? Gateway.status("1", "TRADE_SUCCESS") : Gateway.closed("1")
            }
            let options = DriverOptions(store: MemoryStore(), transport: again)
            let ended = try await drive(payment, options: options)
            guard case .closed = ended.outcome, ended.news.count == 1, case .stillPaid = ended.news[0] else {
                throw Malformed("\(ended)")
            }
            // The cashier has it cancelled again.
            try payment.handle(.cancel)
            _ = try await drive(payment, options: options)
            #expect(again.asked["alipay.trade.cancel"] == 1)
        }
    }

    @Suite struct FileStoreTests {
        private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("store.\(UUID())")
        private var path: String { folder.appendingPathComponent("payment").path }

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        /// Snapshots of one payment, the newest last.
        private func snapshots(_ count: Int) throws -> [Data] {
            let payment = try Payment(Fixed.merchant, order: order("1"))
            return try (0..<count).map { _ in
                try payment.handle(.failure(id: 0, failure: .maybeSent))
                return try payment.snapshot()
            }
        }

        private func superseded(_ run: () async throws -> Any) async throws {
            let error = try await expectAnError(AlipayError.self, run)
            #expect(error.code == .superseded)
        }

        @Test func aFileIsReplacedAndShownToNobody() async throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            let snapshots = try snapshots(2)
            let store = try FileStore(path: path)
            #expect(try store.load() == nil)
            for snapshot in snapshots { try await store.save(snapshot) }
            #expect(try store.load() == snapshots[1])
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["payment", "payment.lock"])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            // The same again is no step back.
            try await store.save(snapshots[1])
            try await superseded { try await store.save(snapshots[0]) }
            #expect(try store.load() == snapshots[1])
            try FileManager.default.removeItem(atPath: path + ".lock")
            try await superseded { try await store.save(snapshots[1]) }
            store.close()
            let closed = try await expectAnError(AlipayError.self) { try await store.save(snapshots[1]) }
            #expect(closed.code == .closed)
            #expect(throws: POSIXError.self) { try FileStore(path: folder.appendingPathComponent("no/such/folder").path) }
        }

        @Test func onlyOneMayHaveItOpen() async throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            var store: FileStore? = try FileStore(path: path)
            try await superseded { try FileStore(path: path) }
            _ = store
            store = nil
            let again = try FileStore(path: path)
            let snapshot = try snapshots(1)[0]
            try await again.save(snapshot)
            // It is this process that wrote it.
            #expect(!again.writerIsDead(snapshot))
            again.close()
            #expect(try !FileStore(path: path).writerIsDead(snapshot))
        }

        @Test func anotherSalesSnapshotIsNotOverwritten() async throws {
            defer { try? FileManager.default.removeItem(at: folder) }
            let unresolved = try snapshots(5)[4]
            let last = try FileStore(path: path)
            try await last.save(unresolved)
            last.close()
            let store = try FileStore(path: path)
            let gateway = Gateway { _ in Gateway.paid("1") }
            try await superseded {
                try await pay(
                    Fixed.merchant, order: order("1"), policy: Fixed.hasty,
                    options: DriverOptions(store: store, transport: gateway))
            }
            #expect(try store.load() == unresolved)
            #expect(gateway.asked["alipay.trade.pay"] == 0)
        }
    }
}
