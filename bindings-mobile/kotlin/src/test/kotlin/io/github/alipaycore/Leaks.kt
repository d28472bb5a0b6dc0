// Prints by how many bytes this process grows while it makes payments.

package io.github.alipaycore

import java.io.File

fun main() {
    val alipay = Alipay(ours)
    fun round() = repeat(2_000) { number ->
        val payment = Payment(alipay, FakeGateway.order, hasty)
        payment.handle(Input.Response(1u, 200, ByteArray(10_000)))
        payment.snapshot()
        runCatching { chargeAmount("x") }
        if (number % 2 == 0) payment.close()
    }
    fun resident(): Long {
        repeat(2) {
            System.gc()
            Thread.sleep(200)
        }
        return File("/proc/self/statm").readText().split(' ')[1].toLong() * 4096
    }
    repeat(4) { round() }
    val before = resident()
    repeat(3) { round() }
    println(resident() - before)
}
