package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.File
import java.nio.file.Files

/** Every story of the sandbox, over real HTTP with the default transport: the outcome and the ledger must agree. */
@Timeout(120)
class StoriesTest {
    @Test
    fun `in every story the outcome and the ledger agree`() = Sandbox(faster = 10).use { sandbox ->
        Alipay(sandbox.options).use { alipay ->
            run(sandbox, alipay, sandbox.stories)
            assertTrue(sandbox.stories.size >= 90)
            println("stories: ${sandbox.stories.size}")
        }
    }

    /** Its answers are signed in their headers, which the transport must return. */
    @Test
    fun `over OpenAPI v3 a payment ends as over v2`() = Sandbox(faster = 10).use { sandbox ->
        Alipay(sandbox.options.copy(apiVersion = ApiVersion.V3)).use { alipay ->
            val stories = sandbox.stories.filter { it.code in setOf(1, 1001, 1003, 3119, 3201, 4006, 5001, 6002) }
            assertEquals(8, stories.size)
            run(sandbox, alipay, stories)
        }
    }

    private fun run(sandbox: Sandbox, alipay: Alipay, stories: List<Story>) {
        val failed = runBlocking(Dispatchers.Default) {
            stories.map { story -> async { runCatching { run(sandbox, alipay, story) }.exceptionOrNull() } }
                .awaitAll().filterNotNull()
        }
        assertEquals("", failed.joinToString("\n") { "${it.message}" }, "${failed.size} stories")
    }

    private suspend fun run(sandbox: Sandbox, alipay: Alipay, story: Story) {
        val number = "STORY_${story.code}"
        val code = authCode(story.code)
        val store = MemoryStore()
        val log = Log()
        val outcome = pay(alipay, order(number, code), DriverOptions(store, observer = log), sandbox.policy).outcome
        val trade = withContext(Dispatchers.IO) { sandbox.trade(number) }
        val told = "story ${story.code} ${story.name}: $outcome\n$log"
        runCatching { checkBooks(outcome, trade) }.onFailure { throw IllegalStateException("${it.message}\n$told") }
        check(trade == null || trade.payCalls == 1) { "pay was not sent once\n$told" }
        check(outcome.word == story.outcome) { "${story.outcome} was expected\n$told" }
        if (outcome is Outcome.Paid) check(outcome.trade.totalAmount == TOTAL && outcome.trade.document != null)
        // Write-ahead before pay and each cancel, and the outcome at the end; never the payment code.
        check(store.snapshots.size >= 2) { told }
        check(store.snapshots.none { code in it.decodeToString() })
        // What is done stays done.
        check(resume(alipay, store.snapshots.last(), DriverOptions(store)).outcome.word == outcome.word || outcome is Outcome.Unresolved)
    }

    private class Log : Observer {
        private val lines = StringBuffer()

        override fun asking(request: Output.Request) = note("$request")
        override fun heard(request: Output.Request, heard: Heard?) = note("$heard")
        override fun notStored(request: Output.Request?, cause: Throwable) = note("not stored: $cause")

        private fun note(line: String) {
            lines.append(System.currentTimeMillis() % 100_000).append(' ').append(line).append('\n')
        }

        override fun toString() = lines.toString()
    }

    @Test
    fun `a call is executed, typed and untyped`() = Sandbox(faster = 10).use { sandbox ->
        Alipay(sandbox.options).use { alipay ->
            runBlocking {
                val paid = alipay.execute(tradePay(order("EXECUTE_1", authCode(1))))
                assertEquals(true to "10000", paid.verified to paid.code)
                assertEquals(TOTAL, tradePayResponse(paid).totalAmount)
                val asked = alipay.execute(call("alipay.trade.query", """{"out_trade_no":"EXECUTE_1"}"""))
                assertEquals("TRADE_SUCCESS", tradeQueryResponse(asked).tradeStatus)
                val none = alipay.execute(tradeQuery(TradeQueryRequest(outTradeNo = "NO_SUCH")))
                assertEquals("ACQ.TRADE_NOT_EXIST", none.subCode)
                val cancelled = alipay.execute(tradeCancel(TradeCancelRequest(outTradeNo = "EXECUTE_1")))
                assertEquals("refund", tradeCancelResponse(cancelled).action)
                // The same with the key elsewhere.
                val signer = Signer { type, message -> java.util.Base64.getDecoder().decode(alipay.sign(message, type)) }
                val again = alipay.delegated().use {
                    it.execute(tradeQuery(TradeQueryRequest(outTradeNo = "EXECUTE_1")), signer = signer)
                }
                assertEquals("TRADE_CLOSED", tradeQueryResponse(again).tradeStatus)
            }
        }
    }

    /** In mid-poll, and while pay itself is in flight. */
    @Test
    fun `a killed till goes on where it was`() = Sandbox(faster = 10).use { sandbox ->
        Alipay(sandbox.options).use { alipay ->
            for (story in listOf(1001, 5003, 1003)) {
                val number = "KILLED_$story"
                val folder = Files.createTempDirectory("till").toFile()
                val file = File(folder, "payment")
                val child = java(
                    "io.github.alipaycore.TillKt", file.path, sandbox.gateway, sandbox.options.appId, number, authCode(story),
                )
                child.outputStream.bufferedWriter().use {
                    it.write("${sandbox.options.alipayPublicKey}\u0000${sandbox.options.privateKey}")
                }
                assertEquals(1, sandbox.await(number).payCalls)
                // SIGKILL.
                child.destroyForcibly().waitFor()
                assertEquals(137, child.exitValue())
                val outcome = runBlocking {
                    FileStore.open(file).use { store ->
                        val snapshot = store.load()!!
                        // Its lock was taken anew, which it held.
                        check(store.writerIsDead(snapshot))
                        resume(alipay, snapshot, DriverOptions(store)).also { it.untilStored() }.outcome
                    }
                }
                val trade = sandbox.trade(number)!!
                checkBooks(outcome, trade)
                assertEquals(1, trade.payCalls)
                assertEquals(sandbox.stories.single { it.code == story }.outcome, outcome.word, "$trade")
                folder.deleteRecursively()
            }
        }
    }
}
