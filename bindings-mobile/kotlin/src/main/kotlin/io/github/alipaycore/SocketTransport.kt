// The default transport: HTTP/1.1 over a socket of its own for each request, which is reset at its end.

package io.github.alipaycore

import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.Proxy
import java.net.ProxySelector
import java.net.Socket
import java.net.URI
import java.net.URISyntaxException
import javax.net.ssl.SSLSocket
import javax.net.ssl.SSLSocketFactory

/**
 * HTTP/1.1 over a connection of its own for each request: no retries, no redirects, no early data, and limits for the way to
 * the first byte and for the answer.
 *
 * Its sockets have `SO_LINGER` of zero from before they are connected. So giving up resets the connection
 * ([AbortedException]: nothing of it lands later), and so does, on Unix, the death of the process. A connection that is
 * closed normally goes on sending what it still holds, for as long as a quarter of an hour.
 *
 * Where the system names a proxy for the gateway (the system properties `https.proxyHost`, `socksProxyHost` and so on, the
 * [ProxySelector]), requests go through [HttpUrlConnectionTransport], and nothing is said to be reset: what a proxy holds,
 * nobody knows. Nor is it where the environment names one (`https_proxy`), although the JVM does not use that.
 *
 * @param tls makes the TLS over a connection; by default the system's, which checks the certificate. The host's name is
 *   checked in any case
 * @param direct false if something that the settings don't name stands on the way and ends connections, such as a TLS
 *   terminator: then nothing is said to be reset
 */
public class SocketTransport(private val tls: SSLSocketFactory? = null, private val direct: Boolean = true) : Transport {
    override suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse {
        val url = try {
            URI(request.url)
        } catch (e: URISyntaxException) {
            throw NotSentException(cause = e)
        }
        return when (Path.to(url)) {
            Path.PROXY -> HttpUrlConnectionTransport().send(request, attempt)
            Path.DIRECT -> SocketExchange(url, request, attempt, tls, direct).run()
            Path.UNKNOWN -> SocketExchange(url, request, attempt, tls, false).run()
        }
    }

    override fun resetsOnDeath(gateway: String): Boolean = try {
        direct && !isWindows && Path.to(URI(gateway)) == Path.DIRECT
    } catch (_: URISyntaxException) {
        false
    }
}

/** Where nothing is known of what a process's death does to its connections. */
internal val isWindows: Boolean = System.getProperty("os.name").orEmpty().startsWith("Windows")

/** What stands between here and the gateway. */
internal enum class Path {
    /** Nothing that is known of. */
    DIRECT,

    /** The environment names a proxy. The JVM does not use it, but the network may. */
    UNKNOWN,

    /** The JVM's settings name a proxy. */
    PROXY;

    companion object {
        fun to(url: URI, environment: Map<String, String> = System.getenv()): Path {
            val proxies = try {
                ProxySelector.getDefault()?.select(url)
            } catch (_: IllegalArgumentException) {
                null
            }
            return when {
                proxies.orEmpty().any { it.type() != Proxy.Type.DIRECT } -> PROXY
                named(url, environment) -> UNKNOWN
                else -> DIRECT
            }
        }

        private fun named(url: URI, environment: Map<String, String>): Boolean {
            fun variable(name: String) = environment[name].orEmpty() + environment[name.uppercase()].orEmpty()
            val host = url.host.orEmpty().lowercase()
            if (host == "localhost" || host.startsWith("127.") || host == "[::1]") return false
            val none = variable("no_proxy").split(',').map { it.trim().removePrefix(".") }.filter { it.isNotEmpty() }
            if (none.any { it == "*" || host == it || host.endsWith(".$it") }) return false
            return listOf("https_proxy", "http_proxy", "all_proxy").any { variable(it).isNotEmpty() }
        }
    }
}

private class SocketExchange(
    private val url: URI,
    request: HttpRequest,
    attempt: Attempt,
    private val tls: SSLSocketFactory?,
    private val isDirect: Boolean,
) : Exchange(request, attempt) {
    private val lock = Any()
    private var closed = false

    /** Below TLS, whose own `close` says goodbye first. */
    private var raw: Socket? = null

    override fun exchange(): HttpResponse {
        val secure = when (url.scheme?.lowercase()) {
            "https" -> true
            "http" -> false
            else -> throw NotSentException("neither http nor https")
        }
        val host = (url.host ?: throw NotSentException("no host")).removeSurrounding("[", "]")
        val port = if (url.port > 0) url.port else if (secure) 443 else 80
        val bytes = message()
        val plain = connect(host, port)
        val socket = if (secure) handshake(plain, host, port) else plain
        plain.soTimeout = attempt.timeoutMs.toMilliseconds()
        begin()
        socket.getOutputStream().run {
            write(bytes)
            flush()
        }
        val response = ResponseReader(socket.getInputStream()).read()
        return HttpResponse(response.status, response.body, response.headers, reset = abort())
    }

    /** The first of the host's addresses that answers. */
    private fun connect(host: String, port: Int): Socket {
        var problem: IOException? = null
        for (address in InetAddress.getAllByName(host)) {
            val left = attempt.beginWithinMs
            if (left == 0L || isAbandoned) break
            val socket = Socket(Proxy.NO_PROXY)
            try {
                socket.setSoLinger(true, 0)
                socket.tcpNoDelay = true
                take(socket)
                socket.connect(InetSocketAddress(address, port), left.toMilliseconds())
                return socket
            } catch (e: IOException) {
                problem = e
                socket.close()
            }
        }
        throw NotSentException("no connection", problem)
    }

    private fun handshake(plain: Socket, host: String, port: Int): Socket {
        plain.soTimeout = attempt.beginWithinMs.coerceAtLeast(1).toMilliseconds()
        val factory = tls ?: SSLSocketFactory.getDefault() as SSLSocketFactory
        val socket = factory.createSocket(plain, host, port, true) as SSLSocket
        socket.sslParameters = socket.sslParameters.apply { endpointIdentificationAlgorithm = "HTTPS" }
        socket.startHandshake()
        return socket
    }

    private fun take(socket: Socket) = synchronized(lock) {
        if (closed) throw NotSentException("given up")
        raw = socket
    }

    override fun abort(): Boolean {
        val socket = synchronized(lock) {
            closed = true
            raw
        }
        return try {
            // With a linger of zero this neither waits nor says goodbye. It is read from an open socket only.
            val resets = socket != null && (socket.isClosed || socket.soLinger == 0)
            socket?.close()
            resets && isDirect
        } catch (_: IOException) {
            false
        }
    }

    private fun message(): ByteArray {
        val path = (url.rawPath?.ifEmpty { null } ?: "/") + (url.rawQuery?.let { "?$it" } ?: "")
        val port = if (url.port > 0) ":${url.port}" else ""
        val own = listOf("host" to "${url.host}$port", "content-length" to "${request.body.size}", "connection" to "close", "accept" to "*/*")
        val names = own.map { it.first }.toSet()
        val headers = own + request.headers.toList().filter { it.first.lowercase() !in names }
        if (headers.any { (name, value) -> (name + value).any { it < ' ' || it > '~' } }) throw NotSentException("not a header")
        val head = headers.joinToString("", "${request.method} $path HTTP/1.1\r\n", "\r\n") { (name, value) -> "$name: $value\r\n" }
        return head.toByteArray(Charsets.US_ASCII) + request.body
    }
}

internal fun Long.toMilliseconds(): Int = coerceIn(1, Int.MAX_VALUE.toLong()).toInt()
