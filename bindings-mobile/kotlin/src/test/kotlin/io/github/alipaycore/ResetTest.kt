// Whoever gives up resets: what was not delivered by then never is. Seen from the other end of the connection.

package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.File
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.Socket
import java.net.SocketAddress
import java.net.SocketException
import java.net.URI
import java.nio.file.Files
import java.security.KeyStore
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLException
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager
import kotlin.concurrent.thread

@Timeout(60)
class ResetTest {
    private fun request(url: String) = HttpRequest("POST", url, mapOf("content-type" to "text/plain"), "hello".toByteArray())

    private fun send(transport: Transport, url: String, attempt: Attempt = Attempt(300)): Result<HttpResponse> =
        runCatching { runBlocking { transport.send(request(url), attempt) } }

    /** How the other side ended the connection. */
    private fun end(socket: Socket): String = try {
        while (socket.getInputStream().read() >= 0) {}
        "closed"
    } catch (e: SocketException) {
        if ("reset" in e.message.orEmpty()) "reset" else "$e"
    } catch (e: SSLException) {
        if (e.cause is SocketException || "reset" in e.message.orEmpty()) "reset" else "$e"
    }

    @Test
    fun `giving up resets, and says so`() {
        for ((transport, end) in listOf(SocketTransport() to "reset", OkHttpTransport() to "reset", HttpUrlConnectionTransport() to "closed")) {
            val seen = CompletableFuture<String>()
            RawServer {
                request(it)
                seen.complete(end(it))
            }.use { server ->
                val thrown = send(transport, server.url).exceptionOrNull()
                assertEquals(end == "reset", thrown is AbortedException, "$thrown")
                assertFalse(thrown is NotSentException)
                assertEquals(end, seen.get(5, TimeUnit.SECONDS))
            }
            assertEquals(end == "reset", transport.resetsOnDeath("https://openapi.alipay.com/gateway.do"))
        }
    }

    @Test
    fun `after an answer the connection is reset too, and a reset by the other side is one`() {
        val seen = CompletableFuture<String>()
        RawServer {
            request(it)
            it.ok("hello", "Date: Sat, 21 Nov 2026 08:00:00 GMT\r\n")
            seen.complete(end(it))
        }.use { server ->
            for (transport in listOf(SocketTransport(), OkHttpTransport())) {
                val response = send(transport, server.url).getOrThrow()
                assertTrue(response.reset && response.headers.any { it.name == "Date" })
                assertEquals("reset", seen.get(5, TimeUnit.SECONDS))
            }
            val plain = send(HttpUrlConnectionTransport(), server.url).getOrThrow()
            assertFalse(plain.reset)
        }
        RawServer {
            request(it)
            it.setSoLinger(true, 0)
        }.use { assertTrue(send(SocketTransport(), it.url).exceptionOrNull() is AbortedException) }
    }

    @Test
    fun `over TLS as well, where closing would say goodbye first`() {
        val (tls, trust) = Tls.make()
        val client = OkHttpClient.Builder().sslSocketFactory(tls.socketFactory, trust).build()
        for (transport in listOf(SocketTransport(tls.socketFactory), OkHttpTransport(client))) {
            val listener = tls.serverSocketFactory.createServerSocket(0, 5, InetAddress.getLoopbackAddress())
            thread(isDaemon = true) {
                listener.use {
                    it.accept().use { socket ->
                        val input = socket.getInputStream()
                        val text = StringBuilder()
                        while (!text.endsWith("hello")) text.append(input.read().toChar())
                        end(socket)
                    }
                }
            }
            // Below TLS: whether it says goodbye first or not, the connection has to be reset.
            val seen = CompletableFuture<String>()
            RawServer { seen.complete(relayed(it, listener.localPort)) }.use { server ->
                val port = URI(server.url).port
                val thrown = send(transport, "https://localhost:$port/", Attempt(300, 5_000)).exceptionOrNull()
                assertTrue(thrown is AbortedException, "$thrown")
                assertEquals("reset", seen.get(5, TimeUnit.SECONDS))
            }
        }
    }

    /** Hands on what comes, in both directions; how the client's side ended. */
    private fun relayed(client: Socket, port: Int): String = Socket(InetAddress.getLoopbackAddress(), port).use { server ->
        thread(isDaemon = true) { runCatching { server.getInputStream().copyTo(client.getOutputStream()) } }
        val bytes = ByteArray(4096)
        var count = 0
        try {
            while (client.getInputStream().read(bytes).also { count = it } >= 0) {
                server.getOutputStream().write(bytes, 0, count)
            }
            // TLS may have ended its side just before the reset. A connection that was reset takes nothing any more; one that
            // was only closed takes one write.
            Thread.sleep(300)
            client.answer("?")
            "closed"
        } catch (_: SocketException) {
            "reset"
        }
    }

    @Test
    fun `over TLS the certificate and the name are checked before anything is sent`() {
        val (tls) = Tls.make()
        for ((transport, host) in listOf(SocketTransport() to "localhost", SocketTransport(tls.socketFactory) to "127.0.0.2")) {
            val listener = tls.serverSocketFactory.createServerSocket(0, 5, InetAddress.getByName("0.0.0.0"))
            thread(isDaemon = true) { runCatching { listener.accept().use { it.getInputStream().read() } } }
            val thrown = send(transport, "https://$host:${listener.localPort}/", Attempt(300, 5_000)).exceptionOrNull()
            assertTrue(thrown is NotSentException, "$host: $thrown")
            listener.close()
        }
    }

    @Test
    fun `so does the process's death`() {
        val seen = CompletableFuture<String>()
        val read = CountDownLatch(1)
        RawServer {
            request(it)
            read.countDown()
            seen.complete(end(it))
        }.use { server ->
            val child = java("io.github.alipaycore.SenderKt", server.url)
            assertTrue(read.await(20, TimeUnit.SECONDS))
            child.destroyForcibly().waitFor()
            assertEquals(137, child.exitValue())
            assertEquals("reset", seen.get(5, TimeUnit.SECONDS))
        }
    }

    /** The exchange and what gives it up once stood in one queue. */
    @Test
    fun `on a full pool nothing leaves after the time is over`() = runBlocking(Dispatchers.Default) {
        for (transport in listOf(SocketTransport(), OkHttpTransport(), HttpUrlConnectionTransport())) {
            RawServer { request(it); it.ok("late") }.use { server ->
                val release = CountDownLatch(1)
                val full = CountDownLatch(64)
                val jobs = List(64) { launch(Dispatchers.IO) { full.countDown(); release.await() } }
                full.await()
                val thrown = runCatching { transport.send(request(server.url), Attempt(200)) }.exceptionOrNull()
                assertTrue(thrown is NotSentException, "$thrown")
                release.countDown()
                jobs.forEach { it.join() }
                Thread.sleep(300)
                assertEquals(0, server.requests.get())
            }
        }
    }

    @Test
    fun `what is not wanted any more does not leave on an open connection`() {
        for (transport in listOf(SocketTransport(), OkHttpTransport(), HttpUrlConnectionTransport())) {
            RawServer { request(it); it.ok("too much") }.use { server ->
                val asked = mutableListOf<Int>()
                val clock = Clock.system
                val attempt = Attempt(300, 5_000, clock, clock.start()) {
                    asked += server.connections.get()
                    false
                }
                val thrown = send(transport, server.url, attempt).exceptionOrNull()
                assertTrue(thrown is NotSentException, "$thrown")
                assertEquals(0, server.requests.get())
                assertEquals(1, asked.size)
            }
        }
    }

    /** Each of these makes OkHttp ask again, if it may. */
    @Test
    fun `OkHttp sends once, whatever is answered`() {
        for (answer in listOf(
            "503 x\r\nretry-after: 0", "408 x", "401 x\r\nwww-authenticate: Basic realm=\"x\"", "307 x\r\nlocation: /", "421 x", "200 x",
        )) {
            RawServer {
                request(it)
                it.answer("HTTP/1.1 $answer\r\ncontent-length: 2\r\n\r\nno")
            }.use { server ->
                val response = send(OkHttpTransport(), server.url, Attempt(3_000)).getOrThrow()
                assertEquals(answer.take(3) to "no", "${response.status}" to response.body.decodeToString())
                assertEquals(1, server.requests.get())
            }
        }
        // Read, and cut.
        RawServer { request(it) }.use { server ->
            assertTrue(send(OkHttpTransport(), server.url, Attempt(3_000)).exceptionOrNull() is AbortedException)
            assertEquals(1, server.requests.get())
        }
        val closed = java.net.ServerSocket(0).use { it.localPort }
        assertTrue(send(OkHttpTransport(), "http://127.0.0.1:$closed/").exceptionOrNull() is NotSentException)
    }

    @Test
    fun `a proxy ends the direct path`() {
        val url = URI("https://openapi.alipay.com/gateway.do")
        assertEquals(Path.DIRECT, Path.to(url, emptyMap()))
        for (name in listOf("https_proxy", "HTTPS_PROXY", "all_proxy", "http_proxy")) {
            assertEquals(Path.UNKNOWN, Path.to(url, mapOf(name to "http://proxy:3128")))
            assertEquals(Path.DIRECT, Path.to(url, mapOf(name to "http://proxy:3128", "no_proxy" to "a.example, .alipay.com")))
            assertEquals(Path.DIRECT, Path.to(URI("http://127.0.0.1:80/"), mapOf(name to "http://proxy:3128")))
        }
        val system = ProxySelector.getDefault()
        // A proxy that answers by itself: what it did with the request, nobody knows.
        RawServer { request(it); it.answer("HTTP/1.1 502 x\r\ncontent-length: 0\r\n\r\n") }.use { proxy ->
            val address = InetSocketAddress("127.0.0.1", URI(proxy.url).port)
            ProxySelector.setDefault(object : ProxySelector() {
                override fun select(uri: URI) = listOf(Proxy(Proxy.Type.HTTP, address))
                override fun connectFailed(uri: URI, address: SocketAddress, e: java.io.IOException) {}
            })
            try {
                val response = send(SocketTransport(), "http://gateway.invalid/gateway.do", Attempt(3_000)).getOrThrow()
                assertEquals(502 to false, response.status to response.reset)
                assertFalse(SocketTransport().resetsOnDeath("http://gateway.invalid/gateway.do"))
            } finally {
                ProxySelector.setDefault(system)
            }
        }
    }

    @Test
    fun `its reader takes what servers send, and nothing else`() {
        fun read(text: String) = runCatching { ResponseReader(text.byteInputStream(Charsets.ISO_8859_1)).read() }
        fun body(text: String) = read(text).getOrThrow().run { status to body.decodeToString() }
        assertEquals(200 to "abc", body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabcdef"))
        assertEquals(200 to "abcde", body("HTTP/1.0 200 OK\nTransfer-Encoding: Chunked\n\n3;x=y\nabc\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"))
        assertEquals(204 to "", body("HTTP/1.1 204 No Content\r\n\r\nrest"))
        assertEquals(500 to "to the end", body("HTTP/1.1 500 x\r\n\r\nto the end"))
        assertEquals(200 to "ab", body("HTTP/1.1 200 x\r\ncontent-length: 2\r\ncontent-length: 2, 2\r\n\r\nab"))
        for (bad in listOf(
            "", "HTTP/1.1 200", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nx", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc", "HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(20_000),
        )) {
            assertTrue(read(bad).isFailure, bad.take(60))
        }
    }

    /** A certificate for `localhost` that nobody else trusts. */
    private object Tls {
        fun make(): Pair<SSLContext, X509TrustManager> {
            val folder = Files.createTempDirectory("tls").toFile()
            val file = File(folder, "keys")
            val keytool = File(System.getProperty("java.home"), "bin/keytool").path
            val made = ProcessBuilder(
                keytool, "-genkeypair", "-keystore", file.path, "-storetype", "PKCS12", "-storepass", "test-only", "-alias", "a",
                "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost", "-validity", "2",
            ).redirectErrorStream(true).start()
            val said = made.inputStream.bufferedReader().readText()
            check(made.waitFor() == 0) { said }
            val password = "test-only".toCharArray()
            val store = KeyStore.getInstance("PKCS12").apply { file.inputStream().use { load(it, password) } }
            folder.deleteRecursively()
            val keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm()).apply { init(store, password) }
            val trusted = KeyStore.getInstance("PKCS12").apply {
                load(null)
                setCertificateEntry("a", store.getCertificate("a"))
            }
            val trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(trusted) }
            val context = SSLContext.getInstance("TLS").apply { init(keys.keyManagers, trust.trustManagers, null) }
            return context to trust.trustManagers.filterIsInstance<X509TrustManager>().single()
        }
    }
}
