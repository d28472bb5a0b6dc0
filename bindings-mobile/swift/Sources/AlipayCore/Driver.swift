// The driver: the loop that does what a `Payment` asks for. It decides nothing; whether to query, wait or cancel is the
// machine's business.

import AlipayEngine
import Foundation

/// Takes a barcode payment to its outcome.
///
/// Cancelling the task stops driving and never the trade: a request in flight is given up, the last stored snapshot stays
/// good, and ``resume(_:snapshot:options:)`` goes on from it. The *cashier's* cancel is ``PaymentEvent/cancel``.
///
/// - Throws: ``AlipayError``: `storeFailed` if the snapshot can't be stored before pay, and then nothing was sent;
///   `signerExternal` if the key lives elsewhere and there is no signer; those of
///   ``Payment``'s initialiser. `CancellationError` if the task was cancelled.
public func pay(
    _ alipay: Alipay, order: TradePayRequest, policy: Policy = Policy(), options: DriverOptions
) async throws -> Outcome {
    try await drive(Payment(alipay, order: order, policy: policy), options: options)
}

/// Goes on with a payment after a crash, a cancelled task or an ``Outcome/unresolved(reason:subCode:)``.
///
/// - Throws: as ``pay(_:order:policy:options:)``, and those of ``Payment/restore(_:snapshot:now:)``.
public func resume(_ alipay: Alipay, snapshot: Data, options: DriverOptions) async throws -> Outcome {
    try await drive(Payment.restore(alipay, snapshot: snapshot), options: options)
}

/// Drives a payment to its outcome; ``pay(_:order:policy:options:)`` and ``resume(_:snapshot:options:)`` are this. It runs off
/// the caller's actor.
public func drive(_ payment: Payment, options: DriverOptions) async throws -> Outcome {
    let inbox = Inbox()
    let pump = options.events.map { events in
        Task { for await event in events { await inbox.put(event) } }
    }
    defer { pump?.cancel() }
    return try await Drive(payment: payment, options: options, inbox: inbox).run()
}

private struct Drive {
    let payment: Payment
    let options: DriverOptions
    let inbox: Inbox

    func run() async throws -> Outcome {
        while true {
            for event in await inbox.take() { try await take(event) }
            let output = try payment.poll()
            try options.observer?.phase(payment.state().phase)
            switch output {
            case .request(let id, let kind, let http, let timeoutMs, let checkpoint):
                try Task.checkCancellation()
                try tell(await answer(id, kind, http, .milliseconds(timeoutMs), checkpoint))
                try options.observer?.heard(kind, payment.state().heard)
            case .sign(let id, let kind, let signType, _, let bytes, let timeoutMs):
                try Task.checkCancellation()
                try tell(await signature(id, kind, signType, bytes, .milliseconds(timeoutMs)))
            case .timeout(let at, let wake):
                options.observer?.waiting(until: at, for: wake)
                try await inbox.sleep(.milliseconds(at - unixMilliseconds()))
            case .done(let outcome):
                if let cause = try await save() { options.observer?.notStored(nil, cause) }
                return outcome
            }
        }
    }

    private func answer(
        _ id: UInt32, _ kind: RequestKind, _ http: HttpRequest, _ timeout: Duration, _ checkpoint: Bool
    ) async throws -> Input {
        if checkpoint, let cause = try await save() {
            options.observer?.notStored(kind, cause)
            if kind == .pay { throw AlipayError(.storeFailed, cause: cause) }
            return .failure(id: id, failure: .notSent)
        }
        options.observer?.asking(kind)
        do {
            let transport = options.transport
            let response = try await bounded(timeout) { try await transport.send(http, timeout: timeout) }
            return .response(
                id: id, status: Int32(clamping: response.status), body: response.body, headers: response.headers)
        } catch {
            try Task.checkCancellation()
            return .failure(id: id, failure: error is NotSent ? .notSent : .maybeSent)
        }
    }

    private func signature(
        _ id: UInt32, _ kind: RequestKind, _ signType: SignType, _ message: Data, _ timeout: Duration
    ) async throws -> Input {
        guard let signer = options.signer else { throw AlipayError(.signerExternal) }
        do {
            return .signature(
                id: id, signature: try await bounded(timeout) { try await signer.sign(signType, message) })
        } catch {
            try Task.checkCancellation()
            options.observer?.notSigned(kind, error)
            return .failure(id: id, failure: .notSent)
        }
    }

    private func take(_ event: PaymentEvent) async throws {
        options.observer?.happened(event)
        switch event {
        case .cancel:
            try tell(.cancel)
            // So that a crash does not forget the cashier's wish. No money depends on it.
            if let cause = try await save() { options.observer?.notStored(nil, cause) }
        case .notify(let body):
            try tell(.notify(body: body))
        }
    }

    private func tell(_ input: Input) throws {
        do {
            try payment.handle(input)
        } catch {
            switch input {
            // Anybody may send a notification, and it is only a hint.
            case .notify: options.observer?.notUnderstood(error)
            // A signature that is none: as good as none at all.
            case .signature(let id, _): try payment.handle(.failure(id: id, failure: .notSent))
            default: throw error
            }
        }
    }

    /// What the store threw, if it did.
    private func save() async throws -> (any Error)? {
        let snapshot = try payment.snapshot()
        do {
            try await options.store.save(snapshot)
            return nil
        } catch {
            try Task.checkCancellation()
            return error
        }
    }
}
