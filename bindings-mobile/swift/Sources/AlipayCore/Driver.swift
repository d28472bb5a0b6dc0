// The driver: the loop that does what a `Payment` asks for. It decides nothing; whether to query, wait or cancel is the
// machine's business.

import AlipayEngine
import Foundation

/// How a payment ended.
public struct Ended: Sendable {
    /// What is to be told to the cashier.
    public let outcome: Outcome
    /// Whether that is stored. If not, saving goes on until it succeeds: ``untilStored()``. A crash before that would forget
    /// it, and a restart asks Alipay again.
    public let stored: Bool
    /// What became known after the outcome, because of notifications.
    public let news: [News]
    let saving: Task<Void, any Error>

    /// Waits until the outcome is stored.
    ///
    /// - Throws: ``AlipayError``: `superseded` if another process has taken the payment over, `closed` if the store was closed.
    public func untilStored() async throws {
        try await saving.value
    }
}

/// Takes a barcode payment to its outcome. What time it is at Alipay's, an earlier payment of this ``Alipay`` may have learnt:
/// unless `start` says it, the payment begins with that.
///
/// Cancelling the task stops driving and never the trade: a request in flight is given up, the last stored snapshot stays
/// good, and ``resume(_:snapshot:restored:options:)`` goes on from it. The *cashier's* cancel is ``PaymentEvent/cancel``.
///
/// - Throws: ``AlipayError``: `storeFailed` if the snapshot can't be stored before pay, and then nothing was sent;
///   `superseded` if another process has taken the payment over, whose outcome is in the store; `signerExternal` if the key
///   lives elsewhere and there is no signer; those of ``Payment``'s initialiser. `CancellationError` if the task was
///   cancelled.
public func pay(
    _ alipay: Alipay, order: TradePayRequest, policy: Policy = Policy(), start: Start = Start(), options: DriverOptions
) async throws -> Ended {
    let now = options.timepiece.wall()
    let known = Start(firstId: start.firstId, alipayTime: start.alipayTime ?? alipay.clock.now())
    return try await drive(Payment(alipay, order: order, policy: policy, start: known, now: now), options: options)
}

/// Goes on with a payment after a crash, a cancelled task or an ``Outcome/unresolved(reason:subCode:askAgainAt:)``. Whether the
/// process that wrote the snapshot is dead, the store says (``Store/writerIsDead(_:)``); the rest of `restored`, only the
/// application can know.
///
/// - Throws: as ``pay(_:order:policy:start:options:)``, and those of ``Payment/restore(_:snapshot:restored:now:)``.
public func resume(
    _ alipay: Alipay, snapshot: Data, restored: Restored = Restored(), options: DriverOptions
) async throws -> Ended {
    try await drive(restore(alipay, snapshot, restored, options), options: options)
}

/// Gives an unresolved payment up, so that the till may take another one under a new order number, with a newly scanned
/// code: only once this has returned, and the store still holds its lock. What is found of this payment later
/// (``resume(_:snapshot:restored:options:)`` at its `askAgainAt`) is undone and never paid.
///
/// - Throws: ``AlipayError``: `storeFailed` if that can't be stored, and then it is not given up; `notUnresolved`;
///   `superseded`; those of ``Payment/restore(_:snapshot:restored:now:)``. `CancellationError` if the task was cancelled.
public func giveUp(
    _ alipay: Alipay, snapshot: Data, restored: Restored = Restored(), options: DriverOptions
) async throws {
    let payment = try restore(alipay, snapshot, restored, options)
    try payment.handle(.giveUp, now: options.timepiece.wall())
    let saver = Saver(store: options.store, timepiece: options.timepiece)
    guard let cause = await saver.save(try payment.snapshot(), within: try payment.sendWithin()) else { return }
    try Task.checkCancellation()
    throw isSuperseded(cause) ? cause : AlipayError(.storeFailed, cause: cause)
}

private func restore(
    _ alipay: Alipay, _ snapshot: Data, _ restored: Restored, _ options: DriverOptions
) throws(AlipayError) -> Payment {
    let known = Restored(
        firstId: restored.firstId, writerIsDead: restored.writerIsDead || options.store.writerIsDead(snapshot),
        neverSuspended: restored.neverSuspended, gatewayMoved: restored.gatewayMoved)
    return try Payment.restore(alipay, snapshot: snapshot, restored: known, now: options.timepiece.wall())
}

/// Drives a payment to its outcome; ``pay(_:order:policy:start:options:)`` and ``resume(_:snapshot:restored:options:)`` are
/// this. A payment that has ended may be driven again after an input: a notification that came late, or a cancel after
/// ``News/stillPaid(trade:proven:)``. It runs off the caller's actor.
///
/// - Throws: as ``pay(_:order:policy:start:options:)``; `superseded` also if the payment is being driven already.
public func drive(_ payment: Payment, options: DriverOptions) async throws -> Ended {
    try payment.drivers.begin()
    defer { payment.drivers.end() }
    let drive = Drive(payment: payment, options: options)
    try payment.setResetsOnDeath(options.transport.resetsOnDeath(gateway: payment.gateway()))
    // Also while something is stored, signed or sent: what the cashier cancels must not leave.
    let listening = options.events.map { events in
        Task { for await event in events { await drive.take(event) } }
    }
    let ended: Result<Ended, any Error>
    do { ended = .success(try await drive.run(listening)) } catch { ended = .failure(error) }
    listening?.cancel()
    await drive.telling.end()
    return try ended.get()
}

private struct Request: Sendable {
    let id: UInt32
    let kind: RequestKind
    let http: HttpRequest
    let timeout: Duration
    let checkpoint: Bool
    let sendWithin: Duration
}

private struct Drive: Sendable {
    let payment: Payment
    let options: DriverOptions
    let telling: Telling
    private let saver: Saver
    private let bell = Bell()
    /// A transport that notices its own time says how it ended, and so has a moment more.
    private static let grace = Duration.milliseconds(500)

    init(payment: Payment, options: DriverOptions) {
        self.payment = payment
        self.options = options
        telling = Telling(options.observer)
        saver = payment.drivers.saver(options.store, by: options.timepiece)
    }

    private var timepiece: Timepiece { options.timepiece }

    /// - Parameter listening: takes the events
    func run(_ listening: Task<Void, Never>?) async throws -> Ended {
        var news: [News] = []
        // Whether the outcome could be stored, unless something happened since.
        var stored: Bool?
        // What came before is taken before anything is sent.
        await Task.yield()
        while true {
            // So that a crash does not forget the cashier's wish. No money depends on it.
            if await bell.takeWish(), try payment.state().outcome == nil { try await save() }
            try Task.checkCancellation()
            await bell.listen()
            let watch = timepiece.watch()
            let output = try payment.poll(now: timepiece.wall())
            let phase = try payment.state().phase
            telling.tell { $0.phase(phase) }
            switch output {
            case .timeout, .done: break
            default: stored = stored == true ? nil : stored
            }
            switch output {
            case .request(let id, let kind, let http, let timeoutMs, let checkpoint, let sendWithinMs):
                let request = Request(
                    id: id, kind: kind, http: http, timeout: .milliseconds(timeoutMs), checkpoint: checkpoint,
                    sendWithin: .milliseconds(sendWithinMs))
                let answer = try await answer(request, watch)
                let before = try payment.alipayTime()
                try handle(answer)
                // One of an earlier process is in the snapshot, too: how long ago that was, nobody knows.
                if let time = try payment.alipayTime(), time != before, watch.passed <= AlipayClock.prompt {
                    payment.clock.learn(time, by: timepiece)
                }
                let heard = try payment.state().heard
                telling.tell { $0.heard(kind, heard) }
            case .sign(let id, let kind, let signType, _, let bytes, let timeoutMs):
                try await sign(id, kind, signType, bytes, .milliseconds(timeoutMs))
            case .save:
                try await save()
            case .news(let one):
                news.append(one)
                telling.tell { $0.news(one) }
            case .timeout(let at, let wake):
                telling.tell { $0.waiting(until: at, for: wake) }
                try await bell.sleep(.milliseconds(at - timepiece.wall()), by: timepiece)
            case .done(let outcome):
                // Nobody waits for this in vain, or twice: the outcome is told, stored or not.
                if stored == nil { stored = try await save() }
                // Something came meanwhile: it may be a question, or news.
                if await bell.hasRung { continue }
                // A stream that is read no longer takes nothing more; what it took before is dealt with.
                listening?.cancel()
                try? await bounded(.milliseconds(500)) { await listening?.value }
                if await bell.hasRung { continue }
                return try end(outcome, stored == true, news)
            }
        }
    }

    private func answer(_ request: Request, _ watch: Stopwatch) async throws -> Input {
        let id = request.id
        if request.checkpoint, let cause = try await store(request.sendWithin - watch.passed) {
            telling.tell { $0.notStored(request.kind, cause) }
            if request.kind == .pay {
                try handle(.failure(id: id, failure: .notSent))
                // What such a store may write yet says that pay is about to leave.
                if cause is TimeIsOver { saver.submit(try payment.snapshot()) }
                throw AlipayError(.storeFailed, cause: cause)
            }
            return .failure(id: id, failure: .notStored)
        }
        await Task.yield()
        try Task.checkCancellation()
        let attempt = Attempt(timeout: request.timeout, sendWithin: request.sendWithin, watch: watch) { [payment] in
            (try? payment.isWanted(id)) ?? false
        }
        // Whether the transport has it. Where all threads are blocked, it may never get it.
        let handedOver = Once()
        do {
            try attempt.begin()
            let limit = attempt.beginWithin + request.timeout + Self.grace
            let response = try await bounded(limit, by: timepiece) { [options, telling] in
                guard handedOver.take() else { throw NotSent() }
                telling.tell { $0.asking(request.kind) }
                return try await options.transport.send(request.http, attempt: attempt)
            }
            return .response(
                id: id, status: Int32(clamping: response.status), body: response.body, headers: response.headers,
                reset: response.reset)
        } catch {
            try Task.checkCancellation()
            let failure: Failure =
                switch error {
                case is NotSent: .notSent
                case _ where handedOver.take(): .notSent
                case is Aborted: .aborted
                default: .maybeSent
                }
            return .failure(id: id, failure: failure)
        }
    }

    private func sign(
        _ id: UInt32, _ kind: RequestKind, _ signType: SignType, _ message: Data, _ timeout: Duration
    ) async throws {
        guard let signature = try await signature(kind, signType, message, timeout) else {
            return try handle(.failure(id: id, failure: .notSent))
        }
        do throws(AlipayError) {
            try handle(.signature(id: id, signature: signature))
        } catch {
            // A signature that is none: as good as none at all.
            guard error.code == .signatureFormat else { throw error }
            try handle(.failure(id: id, failure: .notSent))
        }
    }

    private func signature(
        _ kind: RequestKind, _ signType: SignType, _ message: Data, _ timeout: Duration
    ) async throws -> Data? {
        guard let signer = options.signer else { throw AlipayError(.signerExternal) }
        do {
            return try await bounded(timeout, by: timepiece) { try await signer.sign(signType, message) }
        } catch {
            try Task.checkCancellation()
            telling.tell { $0.notSigned(kind, error) }
            return nil
        }
    }

    /// An event, which may come at any time.
    func take(_ event: PaymentEvent) async {
        telling.tell { $0.happened(event) }
        var isWish = false
        do throws(AlipayError) {
            switch event {
            case .cancel:
                try handle(.cancel)
                isWish = true
            case .notify(let body):
                try handle(.notify(body: body))
            }
        } catch {
            // Anybody may send a notification, and it is only a hint.
            if case .notify = event {
                telling.tell { $0.notUnderstood(error) }
                if error.code != .internal { return }
            }
        }
        await bell.ring(wish: isWish)
    }

    private func handle(_ input: Input) throws(AlipayError) {
        try payment.handle(input, now: timepiece.wall())
    }

    /// Saves between requests, and goes on if that fails: false.
    @discardableResult private func save() async throws -> Bool {
        guard let cause = try await store(payment.sendWithin()) else { return true }
        telling.tell { $0.notStored(nil, cause) }
        return false
    }

    /// What the store threw, or nil. Whoever was superseded stops here, and tells no outcome.
    private func store(_ limit: Duration) async throws -> (any Error)? {
        guard let problem = await saver.save(try payment.snapshot(), within: limit) else { return nil }
        try Task.checkCancellation()
        if isSuperseded(problem) { throw problem }
        return problem
    }

    private func end(_ outcome: Outcome, _ stored: Bool, _ news: [News]) throws -> Ended {
        let limit = try payment.sendWithin()
        let snapshot = try payment.snapshot()
        let saving =
            stored
            ? Task<Void, any Error> {}
            : saver.keep(snapshot, within: limit) { [telling] cause in telling.tell { $0.notStored(nil, cause) } }
        return Ended(outcome: outcome, stored: stored, news: news, saving: saving)
    }
}
