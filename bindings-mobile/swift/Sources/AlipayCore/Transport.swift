// HTTP as the driver sees it, and one call over it.

import AlipayEngine
import Foundation

/// An HTTP answer, whatever it says.
public struct HttpResponse: Sendable, Equatable {
    /// The status, such as 200.
    public let status: Int
    /// At most 1 MiB, and one byte more if there was more.
    public let body: Data
    /// All of them, names in any case. Payments over OpenAPI v3 are signed there, and over v2 `Date` tells Alipay's clock.
    public let headers: [Parameter]
    /// Whether the connection was reset after it, on a direct path to the gateway: no proxy, nothing that ends TLS on the way.
    public let reset: Bool

    public init(status: Int, body: Data, headers: [Parameter] = [], reset: Bool = false) {
        self.status = status
        self.body = body
        self.headers = headers
        self.reset = reset
    }
}

/// Sends one request and waits for its answer.
public protocol Transport: Sendable {
    /// The answer. One attempt: a request must never be sent twice, so no retries and no redirects. It is given up when its
    /// time is over whether it notices or not, and is then cancelled as a task.
    ///
    /// It asks ``Attempt/begin()`` on an established connection, right before the first byte of the request.
    ///
    /// - Throws: ``NotSent`` only if not a byte of the request can have left; ``Aborted`` only if the connection was reset by
    ///   either side, on a direct path to the gateway. Whatever else is thrown means that it may have been sent, and may land
    ///   for as long as anything can carry it.
    func send(_ request: HttpRequest, attempt: Attempt) async throws -> HttpResponse
    /// Whether its connections to this gateway are reset when the process dies: on Unix, `SO_LINGER` of zero since before they
    /// were connected, on a direct path. If it is left out: no.
    func resetsOnDeath(gateway: String) -> Bool
}

extension Transport {
    public func resetsOnDeath(gateway: String) -> Bool { false }
}

/// When a request may leave, and how long to wait for its answer.
public struct Attempt: Sendable {
    /// How long to wait for the answer, from the first byte.
    public let timeout: Duration
    private let sendWithin: Duration
    private let watch: Stopwatch
    private let isWanted: @Sendable () -> Bool

    init(timeout: Duration, sendWithin: Duration, watch: Stopwatch, isWanted: @escaping @Sendable () -> Bool) {
        self.timeout = timeout
        self.sendWithin = sendWithin
        self.watch = watch
        self.isWanted = isWanted
    }

    /// As the driver makes them; for tests of a transport.
    ///
    /// - Parameter beginWithin: the request may leave within this time from now; by default the timeout.
    public init(timeout: Duration, beginWithin: Duration? = nil) {
        self.init(timeout: timeout, sendWithin: beginWithin ?? timeout, watch: Timepiece.system.watch()) { true }
    }

    /// In which time the first byte must have left: the time for names, connecting and TLS.
    public var beginWithin: Duration { max(sendWithin - watch.passed, .zero) }

    /// Lets the request go, or not: it may have become too late, or the cashier may have cancelled.
    ///
    /// - Throws: ``NotSent`` then.
    public func begin() throws {
        guard isWanted(), watch.passed < sendWithin else { throw NotSent() }
    }

    var timepiece: Timepiece { watch.timepiece }
}

/// The connection was reset by either side before an answer came, on a direct path to the gateway.
public struct Aborted: Error {
    public let cause: (any Error)?

    public init(cause: (any Error)? = nil) {
        self.cause = cause
    }
}

/// Provably not a byte of the request reached the gateway: no address, connection refused, TLS refused, or it was not sent
/// after all.
public struct NotSent: Error {
    public let cause: (any Error)?

    public init(cause: (any Error)? = nil) {
        self.cause = cause
    }
}

extension Alipay {
    /// Sends a call and opens the answer. A refusal by Alipay is an ``Answer``, not an error. It runs off the caller's actor.
    ///
    /// - Parameter signer: signs if the key lives elsewhere.
    /// - Throws: ``AlipayError``: `notSent`, `aborted`, `maybeSent`, `timedOut` if no answer came; `signerFailed`; those of
    ///   ``request(_:now:)`` and ``open(_:_:)``. `CancellationError` if the task was cancelled.
    public func execute(
        _ call: Call,
        transport: any Transport = URLSessionTransport(),
        signer: (any Signer)? = nil,
        timeout: Duration = .seconds(15)
    ) async throws -> Answer {
        let request =
            if let signer { try await signed(call, signer, timeout) } else { try self.request(call) }
        let response: HttpResponse
        do {
            response = try await bounded(timeout) { 
                try await transport.send(request, attempt: Attempt(timeout: timeout))
            }
        } catch {
            try Task.checkCancellation()
            switch error {
            case is NotSent: throw AlipayError(.notSent, cause: error)
            case is Aborted: throw AlipayError(.aborted, cause: error)
            case is TimeIsOver: throw AlipayError(.timedOut, cause: error)
            default: throw AlipayError(.maybeSent, cause: error)
            }
        }
        return try open(call.method, response)
    }

    private func signed(_ call: Call, _ signer: any Signer, _ timeout: Duration) async throws -> HttpRequest {
        let prepared = try prepare(call)
        let (signType, message) = (prepared.signType, prepared.bytesToSign)
        let signature: Data
        do {
            signature = try await bounded(timeout) { try await signer.sign(signType, message) }
        } catch {
            try Task.checkCancellation()
            throw AlipayError(.signerFailed, cause: error)
        }
        return try prepared.finish(signature)
    }
}
