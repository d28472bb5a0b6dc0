// HTTP as the driver sees it, and one call over it.

import AlipayEngine
import Foundation

/// An HTTP answer, whatever it says.
public struct HttpResponse: Sendable, Equatable {
    /// The status, such as 200.
    public let status: Int
    /// At most 1 MiB, and one byte more if there was more.
    public let body: Data
    /// All of them, names in any case. Payments over OpenAPI v3 are signed there.
    public let headers: [Parameter]

    public init(status: Int, body: Data, headers: [Parameter] = []) {
        self.status = status
        self.body = body
        self.headers = headers
    }
}

/// Sends one request and waits for its answer.
public protocol Transport: Sendable {
    /// The answer. One attempt: a request must never be sent twice, so no retries and no redirects. It is given up after
    /// `timeout` whether it notices or not, and is then cancelled as a task.
    ///
    /// - Throws: ``NotSent`` only if not a byte of the request can have left. Whatever else is thrown means that it may have.
    func send(_ request: HttpRequest, timeout: Duration) async throws -> HttpResponse
}

/// Provably not a byte of the request left this machine: no address, connection refused, TLS refused.
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
    /// - Throws: ``AlipayError``: `notSent`, `maybeSent`, `timedOut` if no answer came; `signerFailed`; those of
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
            response = try await bounded(timeout) { try await transport.send(request, timeout: timeout) }
        } catch {
            try Task.checkCancellation()
            switch error {
            case is NotSent: throw AlipayError(.notSent, cause: error)
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
