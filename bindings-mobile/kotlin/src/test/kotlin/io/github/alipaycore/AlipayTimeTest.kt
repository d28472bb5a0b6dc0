// Alipay's time, which one payment learns for the next.

package io.github.alipaycore

import io.github.alipaycore.FakeGateway.Companion.OURS
import io.github.alipaycore.FakeGateway.Companion.PAID
import io.github.alipaycore.FakeGateway.Companion.order
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.time.Instant
import java.time.ZoneOffset
import java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME

@Timeout(60)
class AlipayTimeTest {
    private var wall = 0L
    private var monotonic = 0L
    private val clock = Clock({ System.currentTimeMillis() + wall }, { System.nanoTime() / 1_000_000 + monotonic }, false)

    /** The till's clock is an hour slow. */
    private fun alipayNow() = System.currentTimeMillis() + 3_600_000

    private fun options(transport: Transport, store: Store = MemoryStore()) = DriverOptions(store, transport, null, null, null, clock)

    /** Over a transport that tells Alipay's time, unless it takes too long. */
    private fun paysAt(alipay: Alipay, ms: Long = 0) {
        val gateway = FakeGateway(pay = { delay(ms); PAID })
        val dated = Transport { request, attempt ->
            val date = RFC_1123_DATE_TIME.format(Instant.ofEpochMilli(alipayNow()).atOffset(ZoneOffset.UTC))
            val answer = gateway.send(request, attempt)
            HttpResponse(answer.status, answer.body, listOf(Parameter("Date", date)))
        }
        val policy = hasty.copy(payTimeoutMs = 4_000, settleMs = 8_000)
        assertEquals("paid", runBlocking { pay(alipay, order, options(dated), policy).outcome.word })
    }

    /** The next payment's pay is not answered, and a sale that was paid so much after it began is found under its number. */
    private fun finds(alipay: Alipay, paidAfterMs: Long, start: Start = Start()): Any {
        val success = """{"code":"10000","msg":"Success","trade_status":"TRADE_SUCCESS","send_pay_date":"${toBeijing(alipayNow() + paidAfterMs)}",$OURS}"""
        val gateway = FakeGateway(pay = { throw IOException("lost") }, query = { success })
        val outcome = runBlocking { pay(alipay, order, options(gateway), hasty, start).outcome }
        return if (outcome is Outcome.Paid) outcome.proven else outcome.word
    }

    @Test
    fun `Alipay's time tells the next payment's sale from an older one`() {
        val alipay = Alipay(ours)
        assertEquals(false, finds(alipay, -60_000), "not known yet")
        paysAt(alipay)
        assertEquals("conflict", finds(alipay, -60_000))
        assertEquals(true, finds(alipay, 0))
        assertEquals(true, finds(alipay, -60_000, Start(alipayTime = alipayNow() - 120_000)), "the application knows better")
        wall += 500
        monotonic += 400
        assertEquals("conflict", finds(alipay, -60_000), "clocks never agree to the millisecond")
        assertEquals(false, finds(Alipay(ours), -60_000), "it is nobody else's")
    }

    @Test
    fun `it is forgotten if the clocks disagree, or after an hour`() {
        for ((wall, monotonic) in listOf(5_000L to 0L, -5_000L to 0L, 0L to 5_000L, 3_700_000L to 3_700_000L)) {
            val alipay = Alipay(ours)
            paysAt(alipay)
            this.wall += wall
            this.monotonic += monotonic
            assertEquals(false, finds(alipay, -60_000), "$wall, $monotonic")
            this.wall = 0
            this.monotonic = 0
        }
    }

    @Test
    fun `it is not learnt from an answer that took its time, nor from a snapshot`() {
        val alipay = Alipay(ours)
        paysAt(alipay, 1_100)
        assertEquals(false, finds(alipay, -60_000))
        val store = MemoryStore()
        runBlocking {
            val ended = pay(alipay, order, options(FakeGateway(pay = { PAID }), store), hasty, Start(alipayTime = alipayNow()))
            assertEquals("paid", ended.outcome.word)
            resume(alipay, store.snapshots.first(), options(FakeGateway(query = { PAID })))
        }
        assertEquals(false, finds(alipay, -60_000))
        Payment(alipay, order, start = Start(alipayTime = 5)).use { assertTrue(it.alipayTime == 5L) }
    }
}
