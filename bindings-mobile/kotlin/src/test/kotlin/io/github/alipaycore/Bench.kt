// What a call through the boundary takes. Not a test: `cargo xtask bench` runs it by name and compares with bare Rust.

package io.github.alipaycore

import io.github.alipaycore.vectors.directory
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Test
import java.io.File

class Bench {
    @Test
    fun run() {
        val row = Json.parseToJsonElement(directory.resolve("notify.json").readText()).jsonObject.getValue("rows").jsonArray[0]
        val body = row.jsonObject.getValue("body").jsonPrimitive.content.toByteArray()
        val alipay = Alipay(ours)
        val now = 1_795_262_400_000
        val payment = Payment(alipay, FakeGateway.order, now = now)
        check(payment.poll(now) is Output.Request)
        val stale = ByteArray(1024) { 'a'.code.toByte() }
        val results = mapOf(
            "noop" to median(2_000) { alipay.signsExternally },
            "notify" to median(20) { alipay.verifyNotify(body) },
            "step" to median(500) {
                payment.handle(Input.Response(99u, 200, stale), now)
                payment.poll(now)
            },
            "sign" to median(2) { alipay.sign(body) },
        )
        val json = JsonObject(results.mapValues { JsonPrimitive(it.value) }).toString()
        System.getenv("BENCH_RESULTS")?.let { File(it).writeText(json) } ?: println(json)
    }

    /** The median of many rounds after a warm-up, nanoseconds per call. */
    private fun median(calls: Int, call: () -> Any?): Double {
        val warm = System.nanoTime() + 2_000_000_000
        while (System.nanoTime() < warm) call()
        val rounds = DoubleArray(200) {
            val start = System.nanoTime()
            repeat(calls) { call() }
            (System.nanoTime() - start).toDouble() / calls
        }
        rounds.sort()
        return rounds[rounds.size / 2]
    }
}
