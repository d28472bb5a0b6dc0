// The default transport: what every JVM and every Android has.

package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.Proxy
import java.net.SocketTimeoutException
import java.net.URL
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/**
 * HTTP through [HttpURLConnection]: a connection of its own for each request, no redirects, no caches, and a limit for
 * the whole exchange. Left to itself, that class silently sends a POST again when a kept-alive connection breaks; a
 * body streamed with a fixed length, as here, is never sent again.
 *
 * @param proxy instead of the one that the system's settings name
 */
public class HttpUrlConnectionTransport(private val proxy: Proxy? = null) : Transport {
    override suspend fun send(request: HttpRequest, timeoutMs: Long): HttpResponse {
        val exchange = Exchange(request, timeoutMs, proxy)
        return withTimeoutOrNull(timeoutMs) {
            suspendCancellableCoroutine { continuation ->
                // Nothing interrupts blocking I/O but closing it, and closing may block too.
                continuation.invokeOnCancellation { executor.execute(exchange::abandon) }
                executor.execute {
                    runCatching { exchange.run() }.fold(continuation::resume, continuation::resumeWithException)
                }
            }
        } ?: throw SocketTimeoutException("no complete answer within $timeoutMs ms")
    }

    private companion object {
        val executor = Dispatchers.IO.asExecutor()
    }
}

private class Exchange(private val request: HttpRequest, private val timeoutMs: Long, private val proxy: Proxy?) {
    private val start = System.nanoTime()

    @Volatile
    private var abandoned = false

    @Volatile
    private var connection: HttpURLConnection? = null

    fun run(): HttpResponse {
        val connection = try {
            open().also { it.connect() }
        } catch (e: Exception) {
            // Connected, TLS included, or not a byte of the request has left.
            throw NotSentException(cause = e)
        }
        try {
            if (abandoned) throw NotSentException("given up")
            connection.outputStream.use { it.write(request.body) }
            val status = connection.responseCode
            if (status < 0) throw IOException("not an HTTP answer")
            val stream = if (status < 400) connection.inputStream else connection.errorStream
            return HttpResponse(status, stream?.let(::read) ?: ByteArray(0), headers(connection))
        } finally {
            connection.disconnect()
        }
    }

    /** Closes the connection, whatever the other thread is waiting for. */
    fun abandon() {
        abandoned = true
        connection?.disconnect()
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
        // So that "no connection in time" is said before time is over, after which nobody would hear it.
        connection.connectTimeout = (timeoutMs * 9 / 10).within()
        connection.readTimeout = timeoutMs.within()
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
        while (out.size() < READ_AT_MOST) {
            if (abandoned || System.nanoTime() - start > timeoutMs * 1_000_000) throw SocketTimeoutException("too slow")
            val count = stream.read(buffer, 0, minOf(buffer.size, READ_AT_MOST - out.size()))
            if (count < 0) break
            out.write(buffer, 0, count)
        }
        return out.toByteArray()
    }

    private fun Long.within() = coerceIn(1, Int.MAX_VALUE.toLong()).toInt()

    private companion object {
        const val READ_AT_MOST = (1 shl 20) + 1
    }
}
