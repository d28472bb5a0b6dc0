package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.net.HttpURLConnection
import java.net.ServerSocket
import java.net.Socket
import java.net.URL
import kotlin.system.measureTimeMillis

@Timeout(60)
class TransportTest {
    private fun request(url: String) = HttpRequest(
        method = "POST",
        url = url,
        headers = mapOf("content-type" to "application/x-www-form-urlencoded;charset=utf-8"),
        body = "biz_content=1".toByteArray(),
    )

    private fun send(url: String, timeoutMs: Long = 5_000, transport: Transport = SocketTransport()): Result<HttpResponse> =
        runCatching { runBlocking { transport.send(request(url), Attempt(timeoutMs)) } }

    private fun <T> Result<T>.thrown() = exceptionOrNull() ?: error("nothing was thrown")

    @Test
    fun `an answer comes whole, whatever its status`() {
        var head = ""
        RawServer {
            head = request(it)!!
            it.ok("hello", "Alipay-Signature: a+b=\r\nx: 1\r\nx: 2\r\n")
        }.use { server ->
            val response = send(server.url).getOrThrow()
            assertEquals(200 to "hello", response.status to response.body.decodeToString())
            val headers = response.headers.map { it.name.lowercase() to it.value }.toSet()
            val expected = setOf("content-length" to "5", "alipay-signature" to "a+b=", "x" to "1", "x" to "2")
            assertEquals(expected to expected.size, headers to response.headers.size)
            assertTrue(head.startsWith("POST /gateway.do HTTP/1.1\r\n"), head)
            assertTrue("content-type: application/x-www-form-urlencoded;charset=utf-8" in head.lowercase(), head)
        }
        for (status in listOf(201, 400, 401, 403, 404, 407, 410, 500, 502)) {
            RawServer {
                request(it)
                it.answer("HTTP/1.1 $status x\r\nwww-authenticate: basic\r\ncontent-length: 3\r\n\r\nabc")
            }.use { server ->
                val answer = send(server.url)
                // A 401 to a streamed body loses its own body, which nobody needs.
                assertEquals(status, answer.getOrThrow().status)
                assertEquals(1, server.requests.get())
            }
        }
    }

    @Test
    fun `a redirect is an answer`() {
        RawServer { fail -> request(fail); fail.ok("elsewhere") }.use { elsewhere ->
            RawServer {
                request(it)
                it.answer("HTTP/1.1 307 x\r\nlocation: ${elsewhere.url}\r\ncontent-length: 0\r\n\r\n")
            }.use { server ->
                assertEquals(307, send(server.url).getOrThrow().status)
                assertEquals(0, elsewhere.connections.get())
            }
        }
    }

    @Test
    fun `only what provably never left is said to be not sent`() {
        val closed = ServerSocket(0).use { it.localPort }
        for (url in listOf(
            "http://127.0.0.1:$closed/gateway.do",
            "http://no-such-host.invalid/gateway.do",
            "ftp://127.0.0.1/gateway.do",
            "nonsense",
        )) {
            // Who resolves names may be slow to say that there is none.
            assertTrue(send(url, timeoutMs = 60_000).thrown() is NotSentException, url)
        }
        // Not TLS: the handshake fails before the request.
        RawServer { it.answer("HTTP/1.1 400 x\r\n\r\n") }.use { server ->
            val thrown = send(server.url.replace("http:", "https:")).thrown()
            assertTrue(thrown is NotSentException, "$thrown")
        }
        // Read, and no word.
        RawServer { request(it) }.use { server ->
            assertFalse(send(server.url).thrown() is NotSentException)
            assertEquals(1, server.requests.get())
        }
        // Connected, and closed at once.
        RawServer { }.use { assertFalse(send(it.url).thrown() is NotSentException) }
    }

    /** The hazard is real: the class left to itself sends a POST twice. */
    @Test
    fun `a request is never sent again on a broken kept-alive connection`() {
        val behaviour: RawServer.(Socket) -> Unit = { socket ->
            // Answers once on each connection, and breaks it when it has read the next request.
            if (request(socket) != null) {
                if (requests.get() == 1) {
                    socket.ok("first", "connection: keep-alive\r\n")
                    request(socket)
                } else {
                    socket.ok("again")
                }
            }
        }
        fun plain(url: String) {
            val connection = URL(url).openConnection() as HttpURLConnection
            connection.doOutput = true
            connection.outputStream.use { it.write("biz_content=1".toByteArray()) }
            connection.inputStream.use { it.readBytes() }
        }
        RawServer(behaviour).use { server ->
            repeat(2) { plain(server.url) }
            assertEquals(3, server.requests.get(), "two calls, three requests")
        }
        RawServer(behaviour).use { server ->
            send(server.url).getOrThrow()
            send(server.url).getOrThrow()
            assertEquals(2, server.requests.get())
            assertEquals(2, server.connections.get(), "a connection for each")
        }
        // A connection that breaks after the request was read, first and only.
        RawServer { request(it) }.use { server ->
            repeat(3) { assertFalse(send(server.url).thrown() is NotSentException) }
            assertEquals(3, server.requests.get())
        }
    }

    @Test
    fun `an endless body is cut at one mebibyte and one byte`() {
        for (framing in listOf("content-length: 99999999999\r\n", "", "transfer-encoding: chunked\r\n")) {
            RawServer {
                request(it)
                it.answer("HTTP/1.1 200 OK\r\n$framing\r\n")
                val chunk = "a".repeat(65_536)
                while (true) it.answer(if ("chunked" in framing) "10000\r\n$chunk\r\n" else chunk)
            }.use { server ->
                val response = send(server.url).getOrThrow()
                assertEquals((1 shl 20) + 1, response.body.size)
                val refused = runCatching { Alipay(ours).open("alipay.trade.query", response) }.thrown()
                assertEquals(ErrorCode.RESPONSE_TOO_LARGE, (refused as AlipayException).code)
            }
        }
    }

    @Test
    fun `the time covers the whole exchange, however it is dripped`() {
        val drips: List<RawServer.(Socket) -> Unit> = listOf(
            // Nothing at all, a status line forever, headers forever, a body forever.
            { Thread.sleep(60_000) },
            { request(it); it.answer("HTTP/1.1 200 "); while (true) { it.answer("O"); Thread.sleep(20) } },
            { request(it); it.answer("HTTP/1.1 200 OK\r\n"); while (true) { it.answer("a: b\r\n"); Thread.sleep(20) } },
            { request(it); it.answer("HTTP/1.1 200 OK\r\n\r\n"); while (true) { it.answer("a"); Thread.sleep(20) } },
        )
        for (drip in drips) {
            RawServer(drip).use { server ->
                var thrown: Throwable? = null
                val took = measureTimeMillis { thrown = send(server.url, timeoutMs = 400).thrown() }
                assertTrue(took in 300..1_500, "$took ms")
                assertTrue(thrown is AbortedException, "$thrown")
            }
        }
    }

    @Test
    fun `a cut answer is no answer`() {
        val cuts = listOf(
            "", "HTTP/1.1", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf", "\u0000\u0001garbage\r\n\r\n",
        )
        for (cut in cuts) {
            RawServer { request(it); it.answer(cut) }.use { server ->
                val answer = send(server.url)
                assertFalse(answer.exceptionOrNull() is NotSentException, cut)
                // A body that ends before its announced length may come as it is: no signature fits it.
                assertTrue(answer.isFailure || answer.getOrThrow().body.decodeToString() == "half", "$cut: $answer")
                assertEquals(1, server.requests.get(), cut)
            }
        }
    }

    @Test
    fun `cancellation closes the connection`() = runBlocking {
        var closed = false
        RawServer {
            request(it)
            closed = runCatching { it.getInputStream().read() }.getOrDefault(-1) < 0
        }.use { server ->
            val job = launch(Dispatchers.Default) { SocketTransport().send(request(server.url), Attempt(60_000)) }
            while (server.requests.get() == 0) delay(5)
            assertTrue(measureTimeMillis { job.cancelAndJoin() } < 500)
            repeat(200) { if (!closed) delay(10) }
            assertTrue(closed)
        }
    }

    /** A whole payment against each of them. */
    @Test
    fun `hostile gateways never make a sale of nothing`() = runBlocking {
        val hostile: List<RawServer.(Socket) -> Unit> = listOf(
            { },
            { request(it) },
            { request(it); it.ok("<html>") },
            { request(it); it.ok("""{"alipay_trade_pay_response":{"code":"10000","total_amount":"$TOTAL"},"sign":"AA=="}""") },
            { request(it); it.answer("HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 0\r\n\r\n") },
            { request(it); it.answer("HTTP/1.1 200 OK\r\n\r\n"); while (true) it.answer("a".repeat(65_536)) },
            { request(it); while (true) { it.answer("a"); Thread.sleep(10) } },
        )
        for ((index, behaviour) in hostile.withIndex()) {
            RawServer(behaviour).use { server ->
                Alipay(ours.copy(gateway = server.url)).use { alipay ->
                    val outcome = pay(alipay, FakeGateway.order, DriverOptions(MemoryStore()), hasty).outcome
                    assertTrue(outcome is Outcome.Unresolved, "$index: $outcome")
                }
            }
        }
    }
}
