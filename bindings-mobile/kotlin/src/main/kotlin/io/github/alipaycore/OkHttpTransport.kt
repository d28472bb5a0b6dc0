// A transport over OkHttp, for those who have it.

package io.github.alipaycore

import okhttp3.Authenticator
import okhttp3.ConnectionPool
import okhttp3.CookieJar
import okhttp3.Headers
import okhttp3.Interceptor
import okhttp3.MediaType.Companion.toMediaTypeOrNull
import okhttp3.OkHttpClient
import okhttp3.Protocol
import okhttp3.Request
import okhttp3.RequestBody
import okio.BufferedSink
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.InetAddress
import java.net.Proxy
import java.net.Socket
import java.net.URI
import java.net.URISyntaxException
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.TimeUnit
import javax.net.SocketFactory

/**
 * HTTP/1.1 through OkHttp, an optional dependency: over a connection of its own for each request, without retries, redirects,
 * cookies or caches, and with a body that is sent once.
 *
 * As with [SocketTransport], giving up resets the connection, and so does, on Unix, the death of the process: its sockets
 * have `SO_LINGER` of zero. Where the client or the system names a proxy, nothing is said to be reset.
 *
 * @param client its TLS, names and proxies are used; its interceptors and its `SocketFactory` are not
 * @param direct as [SocketTransport]'s
 */
public class OkHttpTransport(client: OkHttpClient = OkHttpClient(), private val direct: Boolean = true) : Transport {
    private val client: OkHttpClient = client.newBuilder()
        .retryOnConnectionFailure(false)
        .followRedirects(false)
        .followSslRedirects(false)
        .protocols(listOf(Protocol.HTTP_1_1))
        .authenticator(Authenticator.NONE)
        .cookieJar(CookieJar.NO_COOKIES)
        .cache(null)
        .apply {
            interceptors().clear()
            networkInterceptors().clear()
        }
        .build()

    override suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse =
        OkExchange(client, isDirect(request.url), request, attempt).run()

    override fun resetsOnDeath(gateway: String): Boolean = !isWindows && isDirect(gateway)

    private fun isDirect(url: String): Boolean = try {
        val uri = URI(url)
        val named = client.proxy?.let { listOf(it) } ?: client.proxySelector.select(uri).orEmpty()
        direct && named.all { it.type() == Proxy.Type.DIRECT } && Path.to(uri) == Path.DIRECT
    } catch (_: URISyntaxException) {
        false
    } catch (_: IllegalArgumentException) {
        false
    }
}

private class OkExchange(client: OkHttpClient, private val isDirect: Boolean, request: HttpRequest, attempt: Attempt) :
    Exchange(request, attempt) {
    private val sockets = LingeringSockets()

    private val client = client.newBuilder()
        .socketFactory(sockets)
        .connectionPool(ConnectionPool(0, 1, TimeUnit.MILLISECONDS))
        // The connection stands, TLS included, and nothing was written.
        .addNetworkInterceptor(Interceptor { chain -> begin(); chain.proceed(chain.request()) })
        .connectTimeout(attempt.beginWithinMs.coerceAtLeast(1), TimeUnit.MILLISECONDS)
        .readTimeout(attempt.timeoutMs.coerceAtLeast(1), TimeUnit.MILLISECONDS)
        .writeTimeout(attempt.timeoutMs.coerceAtLeast(1), TimeUnit.MILLISECONDS)
        .callTimeout(0, TimeUnit.MILLISECONDS)
        .build()

    override fun exchange(): HttpResponse {
        val headers = Headers.Builder().apply { request.headers.forEach { (name, value) -> set(name, value) } }
        val call = Request.Builder().url(request.url).headers(headers.set("connection", "close").build())
            .method(request.method, OnceBody(request)).build()
        client.newCall(call).execute().use { response ->
            val body = response.body?.byteStream()?.let(::read) ?: ByteArray(0)
            val all = response.headers.map { (name, value) -> Parameter(name, value) }
            return HttpResponse(response.code, body, all, reset = abort())
        }
    }

    override fun abort(): Boolean = sockets.abort() && isDirect

    private fun read(stream: InputStream): ByteArray {
        val out = ByteArrayOutputStream()
        val buffer = ByteArray(8192)
        while (out.size() < READ_AT_MOST) {
            val count = stream.read(buffer, 0, minOf(buffer.size, READ_AT_MOST - out.size()))
            if (count < 0) break
            out.write(buffer, 0, count)
        }
        return out.toByteArray()
    }
}

/** Can't be sent twice, and OkHttp knows. */
private class OnceBody(private val request: HttpRequest) : RequestBody() {
    override fun contentType() =
        request.headers.entries.find { it.key.equals("content-type", ignoreCase = true) }?.value?.toMediaTypeOrNull()

    override fun contentLength() = request.body.size.toLong()

    override fun isOneShot() = true

    override fun writeTo(sink: BufferedSink) {
        sink.write(request.body)
    }
}

/** Makes sockets that are reset when they are closed, and knows which it made. */
private class LingeringSockets : SocketFactory() {
    private val made = CopyOnWriteArrayList<Socket>()

    @Volatile
    private var closed = false

    override fun createSocket(): Socket {
        val socket = Socket(Proxy.NO_PROXY)
        socket.setSoLinger(true, 0)
        made += socket
        if (closed) socket.close()
        return socket
    }

    /** Whether all of them were reset. */
    fun abort(): Boolean {
        closed = true
        var resets = made.isNotEmpty()
        for (socket in made) {
            try {
                socket.close()
            } catch (_: IOException) {
                resets = false
            }
        }
        return resets
    }

    // OkHttp makes sockets unconnected.
    override fun createSocket(host: String, port: Int): Socket = throw IOException("unconnected only")
    override fun createSocket(host: String, port: Int, local: InetAddress, localPort: Int): Socket = createSocket(host, port)
    override fun createSocket(host: InetAddress, port: Int): Socket = throw IOException("unconnected only")
    override fun createSocket(host: InetAddress, port: Int, local: InetAddress, localPort: Int): Socket = createSocket(host, port)
}
