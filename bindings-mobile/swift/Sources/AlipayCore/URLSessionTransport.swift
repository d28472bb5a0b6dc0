// The default transport: URLSession, one session and so one connection for each request.

import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// HTTP through URLSession. No retries, no redirects, no cookies, no caches, no stored credentials; a connection is used for
/// one request only, since one that was kept may be dead without our knowing.
///
/// URLSession can't reset a connection, and does not say when it has one: a request without an answer is never said to be
/// aborted, and may land for as long as the system's kernel carries it, also after the process died. Nothing stands between
/// connecting and the first byte either, so that what has not begun to leave in time is given up, and may still have left.
public struct URLSessionTransport: Transport {
    /// One past the limit, so that the core sees that there was more and refuses it.
    fileprivate static let readAtMost = 1024 * 1024 + 1

    public init() {}

    public func send(_ request: HttpRequest, attempt: Attempt) async throws -> HttpResponse {
        // Not every platform's URLSession bounds the whole exchange.
        try await bounded(attempt.timeout, by: attempt.timepiece) { try await exchange(request, attempt) }
    }

    private func exchange(_ request: HttpRequest, _ attempt: Attempt) async throws -> HttpResponse {
        guard let url = URL(string: request.url) else { throw NotSent(cause: URLError(.badURL)) }
        var post = URLRequest(url: url)
        post.httpMethod = request.method
        post.httpBody = request.body
        for (name, value) in request.headers { post.setValue(value, forHTTPHeaderField: name) }
        post.setValue("close", forHTTPHeaderField: "connection")
        let (parts, part) = AsyncThrowingStream.makeStream(of: Part.self)
        let queue = DelegateQueue()
        let session = URLSession(
            configuration: Self.configuration(attempt.timeout), delegate: Exchange(part, queue), delegateQueue: queue)
        let task = session.dataTask(with: post)
        // If the session has more to say, ending it may wait for as long as it talks.
        var over = false
        defer { over ? session.invalidateAndCancel() : Thread.detachNewThread { session.invalidateAndCancel() } }
        try attempt.begin()
        task.resume()
        let late = Task {
            try await sleep(attempt.beginWithin, by: attempt.timepiece)
            if task.countOfBytesSent == 0 { task.cancel() }
        }
        defer { late.cancel() }
        var head: (status: Int, headers: [Parameter])?
        var body = Data()
        func answer() -> HttpResponse? {
            head.map { HttpResponse(status: $0.status, body: body.prefix(Self.readAtMost), headers: $0.headers) }
        }
        do {
            for try await part in parts {
                switch part {
                case .head(let status, let headers): head = (status, headers)
                case .data(let data): body.append(data)
                }
                if body.count >= Self.readAtMost { break }
            }
        } catch {
            over = true
            // A demand for a password ends the exchange, and is an answer.
            if let answer = answer(), answer.status == 401 || answer.status == 407 { return answer }
            throw head == nil && Self.isNotSent(error, task) ? NotSent(cause: error) : error
        }
        try Task.checkCancellation()
        over = body.count < Self.readAtMost
        guard let answer = answer() else { throw URLError(.badServerResponse) }
        return answer
    }

    private static func configuration(_ timeout: Duration) -> URLSessionConfiguration {
        // Linux counts whole seconds, of which half a one is none; what counts is `bounded`.
        let seconds = Double(timeout.components.seconds) + 1
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = seconds
        configuration.timeoutIntervalForResource = seconds
        configuration.httpShouldSetCookies = false
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        return configuration
    }

    /// The error alone is no proof: on Linux "connection refused" is also said of a connection that stood, if another of the
    /// host's addresses had refused before. So the body must not have been touched either.
    private static func isNotSent(_ error: any Error, _ task: URLSessionTask) -> Bool {
        guard let error = error as? URLError, task.countOfBytesSent == 0 else { return false }
        switch error.code {
        case .cannotFindHost, .dnsLookupFailed, .cannotConnectToHost, .secureConnectionFailed,
            .serverCertificateUntrusted, .serverCertificateHasBadDate, .serverCertificateHasUnknownRoot,
            .serverCertificateNotYetValid, .clientCertificateRejected, .clientCertificateRequired,
            .unsupportedURL, .appTransportSecurityRequiresSecureConnection:
            return true
        #if canImport(FoundationNetworking)
        // libcurl's word for a TLS handshake that failed has no counterpart there.
        case .unknown: return task.originalRequest?.url?.scheme == "https"
        #endif
        default: return false
        }
    }
}

private enum Part: Sendable {
    case head(Int, [Parameter])
    case data(Data)
}

/// Passes on what the session says.
private final class Exchange: NSObject, URLSessionDataDelegate, Sendable {
    private let part: AsyncThrowingStream<Part, any Error>.Continuation
    private let queue: DelegateQueue
    /// Touched by the session's delegate queue only, which does one thing at a time.
    nonisolated(unsafe) private var received = 0

    init(_ part: AsyncThrowingStream<Part, any Error>.Continuation, _ queue: DelegateQueue) {
        self.part = part
        self.queue = queue
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let response = response as? HTTPURLResponse {
            let headers = response.allHeaderFields.map { Parameter(name: "\($0.key)", value: "\($0.value)") }
            part.yield(.head(response.statusCode, headers))
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard received < URLSessionTransport.readAtMost else { return }
        part.yield(.data(data))
        received += data.count
        // Here and not where it is read, which may be later.
        if received >= URLSessionTransport.readAtMost {
            queue.close()
            part.finish()
            dataTask.cancel()
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // The redirection itself is the answer.
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        let method = challenge.protectionSpace.authenticationMethod
        let password = [
            NSURLAuthenticationMethodHTTPBasic, NSURLAuthenticationMethodHTTPDigest, NSURLAuthenticationMethodDefault,
        ]
        // Left to itself, the Linux URLSession would never answer; the server's certificate is the system's to judge.
        completionHandler(password.contains(method) ? .rejectProtectionSpace : .performDefaultHandling, nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        part.finish(throwing: error)
    }
}

/// Where a session's delegate is called, until there is enough.
///
/// Linux reads a body as fast as it comes, keeps all that its delegate was not told yet, and does not listen to being
/// cancelled as long as more comes without a pause. So that an endless body does not fill the memory until its sender tires,
/// what nobody wants any more is not even queued.
private final class DelegateQueue: OperationQueue, @unchecked Sendable {
    private let lock = NSLock()
    private var isClosed = false

    override init() {
        super.init()
        maxConcurrentOperationCount = 1
    }

    /// Whatever is still said is not passed on.
    func close() {
        lock.withLock { isClosed = true }
    }

    override func addOperation(_ block: @escaping @Sendable () -> Void) {
        if !lock.withLock({ isClosed }) { super.addOperation(block) }
    }
}
