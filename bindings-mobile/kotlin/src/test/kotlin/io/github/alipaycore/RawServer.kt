// A server that does what no server should.

package io.github.alipaycore

import java.io.InputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/** [serve] gets each connection and how many requests were read so far; it reads requests with [request]. */
class RawServer(private val serve: RawServer.(Socket) -> Unit) : AutoCloseable {
    private val listener = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    val requests = AtomicInteger()
    val connections = AtomicInteger()
    val url = "http://127.0.0.1:${listener.localPort}/gateway.do"

    init {
        thread(isDaemon = true) {
            while (true) {
                val socket = try {
                    listener.accept()
                } catch (_: java.io.IOException) {
                    break
                }
                connections.incrementAndGet()
                thread(isDaemon = true) { runCatching { socket.use { serve(it) } } }
            }
        }
    }

    /** Reads one request, whole; its headers. */
    fun request(socket: Socket): String? {
        val input = socket.getInputStream()
        val head = StringBuilder()
        while (!head.endsWith("\r\n\r\n")) head.append(input.next() ?: return null)
        val length = Regex("(?i)content-length: (\\d+)").find(head)!!.groupValues[1].toInt()
        repeat(length) { input.next() ?: return null }
        requests.incrementAndGet()
        return head.toString()
    }

    private fun InputStream.next(): Char? = read().takeIf { it >= 0 }?.toChar()

    override fun close() = listener.close()
}

fun Socket.answer(text: String) = getOutputStream().run {
    write(text.toByteArray())
    flush()
}

/** A complete answer with this body. */
fun Socket.ok(body: String, headers: String = "") =
    answer("HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n$headers\r\n$body")
