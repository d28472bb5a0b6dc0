// The default transport against gateways that are not nice.

@testable import AlipayCore
import Foundation
import Testing

extension AllTests {
    @Suite(.timeLimit(.minutes(2))) struct TransportTests {
        private func post(_ url: String, _ timeout: Duration = .seconds(5)) async throws -> HttpResponse {
            let request = HttpRequest(
                method: "POST", url: url, headers: ["content-type": "text/plain"], body: Data("hello=world".utf8))
            return try await URLSessionTransport().send(request, attempt: Attempt(timeout: timeout))
        }

        /// Of this process, in MiB; 0 where the system does not say.
        private static func memory() -> Int {
            let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
            return (pages.flatMap { Int($0) } ?? 0) * 4 / 1024
        }

        private static func whole(_ status: String, _ body: String, _ headers: String = "") -> String {
            "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
        }

        @Test func aPostArrivesAsItIs() async throws {
            let server = try RawServer { $0.write(Self.whole("200 OK", "{}", "Alipay-Signature: a+b=\r\n")) }
            let response = try await post(server.url)
            #expect(response.status == 200 && response.body == Data("{}".utf8))
            let headers = Dictionary(uniqueKeysWithValues: response.headers.map { ($0.name.lowercased(), $0.value) })
            #expect(headers == ["content-length": "2", "alipay-signature": "a+b="])
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /gateway.do?charset=utf-8 HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("content-type: text/plain\r\n"))
            #expect(request.hasSuffix("\r\n\r\nhello=world"))
        }

        @Test func whatIsNotWantedAnyMoreOrTooLateDoesNotLeave() async throws {
            let server = try RawServer { $0.write(Self.whole("200 OK", "{}")) }
            let request = HttpRequest(method: "POST", url: server.url, headers: [:], body: Data("x".utf8))
            let attempts = [
                Attempt(timeout: .seconds(1), sendWithin: .seconds(1), watch: Timepiece.system.watch()) { false },
                Attempt(timeout: .seconds(1), beginWithin: .zero),
            ]
            for attempt in attempts {
                await #expect(throws: NotSent.self) { try await URLSessionTransport().send(request, attempt: attempt) }
            }
            #expect(server.requests.isEmpty)
            #expect(!URLSessionTransport().resetsOnDeath(gateway: server.url))
        }

        @Test func aRefusedConnectionProvablySentNothing() async throws {
            let server = try RawServer { _ in }
            server.shutdown()
            await #expect(throws: NotSent.self) { try await post(server.url) }
            await #expect(throws: NotSent.self) { try await post("http://localhost:\(server.port)/") }
        }

        @Test func anUnknownHostProvablyGotNothing() async {
            await #expect(throws: NotSent.self) { try await post("http://no-such-host.invalid/", .seconds(60)) }
            await #expect(throws: NotSent.self) { try await post("no url at all") }
        }

        @Test func aFailedTlsHandshakeProvablySentNothing() async throws {
            let server = try RawServer { $0.write("HTTP/1.1 400 Bad Request\r\n\r\n") }
            await #expect(throws: NotSent.self) { try await post("https://127.0.0.1:\(server.port)/") }
            #expect(server.requests.count == 1)
        }

        /// `localhost` is also `::1`, which refuses: that is no proof once the other address has the request.
        @Test(arguments: ["127.0.0.1", "localhost"]) func aCutConnectionMayHaveSentItAndIsNotTriedAgain(host: String) async throws {
            for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "garbage"] {
                let server = try RawServer { $0.write(answer) }
                await #expect {
                    try await post("http://\(host):\(server.port)/")
                } throws: { !($0 is NotSent) }
                #expect(server.requests.count == 1)
            }
        }

        @Test func aSilentGatewayIsGivenUp() async throws {
            let server = try RawServer { $0.wait() }
            try await isGivenUp(server)
        }

        @Test func aSlowDripIsGivenUp() async throws {
            let server = try RawServer { connection in
                connection.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
                while connection.write("x") { usleep(20_000) }
            }
            try await isGivenUp(server)
        }

        private func isGivenUp(_ server: RawServer) async throws {
            let started = Date()
            await #expect {
                try await post(server.url, .milliseconds(300))
            } throws: { !($0 is NotSent) }
            #expect(Date().timeIntervalSince(started) < 5)
            // The request in flight is given up too.
            try await until { server.abandoned == 1 }
            #expect(server.requests.count == 1)
        }

        @Test func anEndlessBodyIsReadOnlyAsFarAsNeeded() async throws {
            let blocks = Counter()
            let server = try RawServer { connection in
                connection.write("HTTP/1.1 200 OK\r\n\r\n")
                let block = [UInt8](repeating: UInt8(ascii: "x"), count: 65536)
                while blocks["enough"] == 0, connection.write(block) {}
            }
            let started = Date()
            let response = try await post(server.url)
            #expect(Date().timeIntervalSince(started) < 4)
            #expect(response.body.count == 1024 * 1024 + 1)
            // What still comes is not kept: on Linux the connection stands until the sender tires.
            let before = Self.memory()
            try await Task.sleep(for: .milliseconds(500))
            #expect(Self.memory() - before < 256)
            blocks.count("enough")
            let error = try await expectAnError(AlipayError.self) {
                try Fixed.merchant.open("alipay.trade.pay", response)
            }
            #expect(error.code == .responseTooLarge)
        }

        @Test func everyStatusIsAnAnswerAndRedirectsAreNotFollowed() async throws {
            let elsewhere = try RawServer { $0.write(Self.whole("200 OK", "{}")) }
            for (line, status) in [
                ("502 Bad Gateway", 502), ("307 Temporary Redirect", 307), ("302 Found", 302),
                ("401 Unauthorized", 401), ("407 Proxy Authentication Required", 407),
            ] {
                let headers = "location: \(elsewhere.url)\r\nwww-authenticate: Basic realm=\"x\"\r\n"
                let server = try RawServer { $0.write(Self.whole(line, "no", headers)) }
                #expect(try await post(server.url).status == status)
                #expect(server.requests.count == 1)
            }
            #expect(elsewhere.requests.isEmpty)
        }

        @Test func neitherConnectionsNorCookiesAreKept() async throws {
            let server = try RawServer { $0.write(Self.whole("200 OK", "{}", "set-cookie: a=b\r\n")) }
            for _ in 0..<3 { _ = try await post(server.url) }
            #expect(server.requests.count == 3)
            #expect(!server.requests.contains { $0.lowercased().contains("cookie") })
        }

        @Test func cancellingTheTaskCancelsTheRequest() async throws {
            let server = try RawServer { $0.wait() }
            let url = server.url
            let task = Task { try await post(url, .seconds(30)) }
            try await until { server.requests.count == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await until { server.abandoned == 1 }
        }

        @Test func aPaymentSurvivesAGatewayThatIsNotOne() async throws {
            for answer in [Self.whole("200 OK", "<html>"), Self.whole("500 Oops", ""), "", Self.whole("307 X", "", "location: /\r\n")] {
                let server = try RawServer { $0.write(answer) }
                let merchant = try Alipay(
                    MerchantOptions(
                        appId: "2014072300007148", alipayPublicKey: Fixed.alipay.publicKey,
                        privateKey: Fixed.app.privateKey, gateway: "http://127.0.0.1:\(server.port)/gateway.do"))
                let outcome = try await paying(
                    merchant, order: order("1"), policy: Fixed.hasty, options: DriverOptions(store: MemoryStore()))
                #expect(outcome.word == "unresolved")
                #expect(server.requests.filter { $0.contains("alipay.trade.pay&") }.count == 1)
            }
        }
    }
}
