// Reads an HTTP/1.1 response.

package io.github.alipaycore

import java.io.BufferedInputStream
import java.io.ByteArrayOutputStream
import java.io.EOFException
import java.io.IOException
import java.io.InputStream

/** Reads one response, and of its body at most one byte more than the core accepts. */
internal class ResponseReader(stream: InputStream) {
    private val input = BufferedInputStream(stream)
    private var headBytes = 0

    fun read(): HttpResponse {
        while (true) {
            val status = status(line())
            val headers = headers()
            // `100 Continue` and the like come before the answer. Nobody asked for another protocol (101).
            if (status in 100..199 && status != 101) continue
            return HttpResponse(status, body(status, headers), headers)
        }
    }

    private fun status(line: String): Int {
        val parts = line.split(' ', limit = 3)
        val status = parts.getOrNull(1)?.takeIf { it.length == 3 }?.toIntOrNull()
        if (!parts[0].startsWith("HTTP/1.") || status == null || status < 100) throw IOException("not an HTTP answer")
        return status
    }

    private fun headers(): List<Parameter> {
        val headers = mutableListOf<Parameter>()
        while (true) {
            val line = line()
            if (line.isEmpty()) return headers
            val colon = line.indexOf(':')
            if (colon <= 0) throw IOException("not an HTTP header")
            headers += Parameter(line.substring(0, colon), line.substring(colon + 1).trim(' ', '\t'))
        }
    }

    private fun body(status: Int, headers: List<Parameter>): ByteArray {
        fun all(name: String) = headers.filter { it.name.equals(name, ignoreCase = true) }.map { it.value }
        val lengths = all("content-length").flatMap { it.split(',') }.map { it.trim() }.distinct()
        val codings = all("transfer-encoding")
        val out = ByteArrayOutputStream()
        when {
            status == 204 || status == 304 || status == 101 -> {}
            codings.isNotEmpty() -> {
                if (codings.size != 1 || !codings[0].equals("chunked", ignoreCase = true)) throw IOException("an unknown coding")
                chunks(out)
            }
            lengths.isNotEmpty() -> {
                val length = lengths.singleOrNull()?.toLongOrNull()?.takeIf { it >= 0 } ?: throw IOException("an unclear length")
                copy(out, length)
            }
            else -> while (out.size() < Exchange.READ_AT_MOST && some(out, Long.MAX_VALUE) > 0) {}
        }
        return out.toByteArray()
    }

    private fun chunks(out: ByteArrayOutputStream) {
        while (out.size() < Exchange.READ_AT_MOST) {
            val size = line().substringBefore(';').trim().toLongOrNull(16)?.takeIf { it >= 0 } ?: throw IOException("not a chunk")
            if (size == 0L) {
                while (line().isNotEmpty()) {}
                return
            }
            copy(out, size)
            if (out.size() < Exchange.READ_AT_MOST && line().isNotEmpty()) throw IOException("not the end of a chunk")
            // The limit is that of the head, and many chunks make no head.
            headBytes = 0
        }
    }

    private fun copy(out: ByteArrayOutputStream, length: Long) {
        var left = length
        while (left > 0 && out.size() < Exchange.READ_AT_MOST) {
            val count = some(out, left)
            if (count < 0) throw EOFException("the answer is cut")
            left -= count
        }
    }

    private val buffer = ByteArray(8192)

    private fun some(out: ByteArrayOutputStream, most: Long): Int {
        val room = minOf(most, buffer.size.toLong(), (Exchange.READ_AT_MOST - out.size()).toLong()).toInt()
        val count = input.read(buffer, 0, room)
        if (count > 0) out.write(buffer, 0, count)
        return count
    }

    private fun line(): String {
        val line = StringBuilder()
        while (true) {
            val byte = input.read()
            if (byte < 0) throw EOFException("the answer is cut")
            headBytes += 1
            if (headBytes > HEAD_AT_MOST) throw IOException("too long a head")
            if (byte == '\n'.code) return line.removeSuffix("\r").toString()
            line.append(byte.toChar())
        }
    }

    private companion object {
        const val HEAD_AT_MOST = 1 shl 16
    }
}
