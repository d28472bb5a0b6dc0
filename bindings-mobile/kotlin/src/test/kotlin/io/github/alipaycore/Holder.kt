// Holds a store in a process of its own: says whether it could be opened, and saves on a line of input.

package io.github.alipaycore

import kotlinx.coroutines.runBlocking
import java.io.File

fun main(arguments: Array<String>) {
    runBlocking {
        val store = try {
            FileStore.open(File(arguments[0]))
        } catch (e: AlipayException) {
            return@runBlocking println(e.code.word)
        }
        println("open")
        val alipay = Alipay(ours)
        readln()
        val payment = Payment.restore(alipay, store.load()!!)
        payment.handle(Input.Failure(0u, Failure.MAYBE_SENT))
        store.save(payment.snapshot())
        println("saved")
        Thread.sleep(60_000)
    }
}
