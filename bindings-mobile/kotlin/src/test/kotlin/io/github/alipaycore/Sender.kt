// Sends one request in a process of its own, to be killed while it waits for the answer.

package io.github.alipaycore

import kotlinx.coroutines.runBlocking

fun main(arguments: Array<String>) {
    val request = HttpRequest("POST", arguments[0], emptyMap(), "hello".toByteArray())
    runBlocking { SocketTransport().send(request, Attempt(60_000)) }
}
