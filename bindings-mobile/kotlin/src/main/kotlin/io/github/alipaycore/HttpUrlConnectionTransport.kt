// The transport for where a proxy is in the way: what every JVM and every Android has.

package io.github.alipaycore

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.Proxy
import java.net.URL
import kotlin.concurrent.thread

/**
 * HTTP through [HttpURLConnection]: a connection of its own for each request, no redirects, no caches, and a limit for
 * the whole exchange. Left to itself, that class silently sends a POST again when a kept-alive connection breaks; a
 * body streamed with a fixed length, as here, is never sent again.
 *
 * It can't reset a connection and never says that it did. [SocketTransport] does, and is the better choice without a proxy.
 *
 * @param proxy instead of the one that the system's settings name
 */
public class HttpUrlConnectionTransport(private val proxy: Proxy? = null) : Transport {
    override suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse =
        UrlExchange(request, attempt, proxy).run()
}

private class UrlExchange(request: HttpRequest, attempt: Attempt, private val proxy: Proxy?) : Exchange(request, attempt) {
    @Volatile
    private var connection: HttpURLConnection? = null

    override fun exchange(): HttpResponse {
        val connection = open()
        connection.connect()
        try {
            begin()
            connection.outputStream.use { it.write(request.body) }
            val status = connection.responseCode
            if (status < 0) throw IOException("not an HTTP answer")
            val stream = if (status < 400) connection.inputStream else connection.errorStream
            return HttpResponse(status, stream?.let(::read) ?: ByteArray(0), headers(connection))
        } finally {
            connection.disconnect()
        }
    }

    override fun abort(): Boolean {
        // Nothing interrupts blocking I/O but closing it, and closing may block too. A pool may be full.
        connection?.let { thread(isDaemon = true, name = "alipay-close") { it.disconnect() } }
        return false
    }

    private fun open(): HttpURLConnection {
        val url = URL(request.url)
        val connection = (if (proxy == null) url.openConnection() else url.openConnection(proxy)) as HttpURLConnection
        this.connection = connection
        connection.requestMethod = request.method
        connection.doOutput = true
        connection.setFixedLengthStreamingMode(request.body.size)
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        connection.connectTimeout = attempt.beginWithinMs.toMilliseconds()
        connection.readTimeout = attempt.timeoutMs.toMilliseconds()
        // A connection kept alive may be dead without our knowing.
        connection.setRequestProperty("connection", "close")
        request.headers.forEach(connection::setRequestProperty)
        return connection
    }

    /** The status line has no name there. */
    private fun headers(connection: HttpURLConnection): List<Parameter> =
        connection.headerFields.flatMap { (name: String?, values) -> name?.let { values.map { Parameter(name, it) } }.orEmpty() }

    /** At most one byte more than the core accepts, so that it sees that there was more. */
    private fun read(stream: InputStream): ByteArray {
        val out = ByteArrayOutputStream()
        val buffer = ByteArray(8192)
        while (out.size() < READ_AT_MOST && !isAbandoned) {
            val count = stream.read(buffer, 0, minOf(buffer.size, READ_AT_MOST - out.size()))
            if (count < 0) break
            out.write(buffer, 0, count)
        }
        return out.toByteArray()
    }
}
