// What a call through the boundary takes, round by round beside the same call in bare Rust (examples/bare.rs). Not a test:
// `cargo xtask bench` runs it by name.

package io.github.alipaycore

import io.github.alipaycore.vectors.directory
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
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
        val results = Bare(System.getenv("BENCH_BARE")).use { bare ->
            fun measured(name: String, calls: Int, call: () -> Any?) = name to rounds(calls, call) { bare.round(name, calls) }
            mapOf(
                measured("noop", 2_000) { alipay.signsExternally },
                measured("notify", 20) { alipay.verifyNotify(body) },
                measured("step", 500) {
                    payment.handle(Input.Response(99u, 200, stale), now)
                    payment.poll(now)
                },
                measured("sign", 1) { alipay.sign(body) },
            )
        }
        val json = JsonObject(
            results.mapValues { (_, rounds) -> JsonArray(rounds.map { JsonArray(it.map(::JsonPrimitive)) }) },
        ).toString()
        System.getenv("BENCH_RESULTS")?.let { File(it).writeText(json) } ?: println(json)
    }

    /** After a warm-up, many rounds: nanoseconds per call here, and of the same in bare Rust right after it. */
    private fun rounds(calls: Int, call: () -> Any?, bare: () -> Double): List<List<Double>> {
        val warm = System.nanoTime() + 3_000_000_000
        while (System.nanoTime() < warm) call()
        return List(200) {
            val start = System.nanoTime()
            repeat(calls) { call() }
            listOf((System.nanoTime() - start).toDouble() / calls, bare())
        }
    }

    /** The program that makes the same calls in Rust, asked for a round at a time. */
    private class Bare(program: String) : AutoCloseable {
        private val process = ProcessBuilder(program).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        private val questions = process.outputWriter()
        private val answers = process.inputReader()

        fun round(name: String, calls: Int): Double {
            questions.write("$name $calls\n")
            questions.flush()
            return answers.readLine().toDouble()
        }

        override fun close() {
            questions.close()
            process.waitFor()
        }
    }
}
