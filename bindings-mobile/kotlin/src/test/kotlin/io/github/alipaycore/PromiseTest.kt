// What the driver promises whatever its host does: stores that hang, observers that block, machines that sleep, cashiers
// who cancel at the wrong moment.

package io.github.alipaycore

import io.github.alipaycore.FakeGateway.Companion.PAID
import io.github.alipaycore.FakeGateway.Companion.order
import io.github.alipaycore.vectors.jvmSign
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import kotlin.concurrent.thread
import kotlin.system.measureTimeMillis

private const val NOT_THERE = """{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST"}"""
private const val WAIT = """{"code":"10000","msg":"Success","trade_status":"WAIT_BUYER_PAY",${FakeGateway.OURS}}"""

@Timeout(60)
class PromiseTest {
    private val alipay = Alipay(ours)

    private fun code(run: suspend () -> Unit): ErrorCode =
        assertThrows(AlipayException::class.java) { runBlocking { run() } }.code

    /** Hangs at the saves of these numbers, from 1; with and without listening to cancellation. */
    private class HangingStore(private val deaf: Boolean, private val hangs: (Int) -> Boolean) : Store {
        val saves = AtomicInteger()
        val kept = MemoryStore()

        override suspend fun save(snapshot: ByteArray) {
            if (hangs(saves.incrementAndGet())) if (deaf) Thread.sleep(30_000) else awaitCancellation()
            kept.save(snapshot)
        }
    }

    @Test
    fun `a store that hangs before pay has failed, and nothing is sent`() {
        for (deaf in listOf(false, true)) {
            val gateway = FakeGateway()
            val took = measureTimeMillis {
                assertEquals(ErrorCode.STORE_FAILED, code { pay(alipay, order, DriverOptions(HangingStore(deaf) { true }, gateway), hasty) })
            }
            assertTrue(took in 300..3_000, "$took ms")
            assertEquals(emptyList<String>(), gateway.asked)
        }
    }

    @Test
    fun `a store that hangs before cancel sends none, and that is told`() {
        for (deaf in listOf(false, true)) {
            val gateway = FakeGateway(query = { WAIT })
            val store = HangingStore(deaf) { it > 1 }
            val ended = runBlocking { pay(alipay, order, DriverOptions(store, gateway), hasty) }
            assertEquals(UnresolvedReason.NOT_STORED, (ended.outcome as Outcome.Unresolved).reason)
            assertFalse(ended.stored)
            assertFalse("cancel" in gateway.asked)
        }
    }

    @Test
    fun `a store that hangs at the end delays the outcome by its time and no longer`() {
        val store = HangingStore(true) { it > 1 }
        var ended: Ended? = null
        val took = measureTimeMillis { ended = runBlocking { pay(alipay, order, DriverOptions(store, FakeGateway(pay = { PAID })), hasty) } }
        assertEquals("paid" to false, ended!!.run { outcome.word to stored })
        assertTrue(took in 300..3_000, "$took ms")
    }

    @Test
    fun `a save that comes late never overwrites a newer one`() {
        val order = mutableListOf<Long>()
        // The first save for the cashier's wish takes longer than it may.
        val saves = AtomicInteger()
        val store = Store { snapshot ->
            if (saves.incrementAndGet() == 2) Thread.sleep(700)
            synchronized(order) { order += snapshotNumber(snapshot) }
        }
        val events = Channel<PaymentEvent>(Channel.UNLIMITED)
        val gateway = FakeGateway(pay = { events.trySend(PaymentEvent.Cancel); PENDING }, query = { WAIT })
        runBlocking { pay(alipay, FakeGateway.order, DriverOptions(store, gateway, events = events), hasty).untilStored() }
        assertEquals(order.sorted(), order)
        assertTrue(order.size > 2)
    }

    @Test
    fun `an observer that blocks holds up nothing`() {
        val rude = object : Observer {
            override fun phase(phase: Phase) = Thread.sleep(60_000)
        }
        val gateway = FakeGateway(query = { if (it < 2) WAIT else PAID })
        val took = measureTimeMillis {
            val ended = runBlocking { pay(alipay, order, DriverOptions(MemoryStore(), gateway, observer = rude), hasty) }
            assertEquals("paid", ended.outcome.word)
        }
        assertTrue(took < 3_000, "$took ms")
    }

    @Test
    fun `what the cashier cancels while the store runs is not sent`() {
        val events = Channel<PaymentEvent>(Channel.UNLIMITED)
        val store = Store {
            events.trySend(PaymentEvent.Cancel)
            delay(50)
        }
        val gateway = FakeGateway(query = { NOT_THERE })
        val ended = runBlocking { pay(alipay, order, DriverOptions(store, gateway, events = events), hasty) }
        assertEquals(DeclineReason.NOT_SENT, (ended.outcome as Outcome.Declined).reason)
        assertFalse("pay" in gateway.asked)
    }

    /** And while the connection is being made. */
    @Test
    fun `what the cashier cancels before the first byte is not sent`() {
        val events = Channel<PaymentEvent>(Channel.UNLIMITED)
        val gateway = FakeGateway(query = { NOT_THERE })
        val slow = object : Transport {
            override suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse {
                if (gateway.asked.isEmpty()) {
                    events.trySend(PaymentEvent.Cancel)
                    delay(100)
                }
                attempt.begin()
                return gateway.send(request, attempt)
            }
        }
        val ended = runBlocking { pay(alipay, order, DriverOptions(MemoryStore(), slow, events = events), hasty) }
        assertEquals(DeclineReason.NOT_SENT, (ended.outcome as Outcome.Declined).reason)
        assertFalse("pay" in gateway.asked)
    }

    @Test
    fun `what no thread took in time is not sent`() = runBlocking(Dispatchers.Default) {
        val release = CountDownLatch(1)
        val gateway = FakeGateway(query = { NOT_THERE })
        var jobs = emptyList<Job>()
        // Every thread for blocking work is taken once the store is done.
        val store = Store {
            if (jobs.isEmpty()) {
                jobs = List(64) { launch(Dispatchers.IO) { release.await() } }
                Thread.sleep(500)
            }
        }
        val releasing = thread(isDaemon = true) {
            Thread.sleep(6_000)
            release.countDown()
        }
        val ended = try {
            pay(alipay, order, DriverOptions(store, gateway), hasty.copy(sendWithinMs = 3_000))
        } finally {
            releasing.join()
        }
        assertEquals(DeclineReason.NOT_SENT, (ended.outcome as Outcome.Declined).reason)
        assertFalse("pay" in gateway.asked)
    }

    /** A machine that is suspended: its monotonic clock stands still (on a JVM), and its wall clock leaps. */
    private class Sleepy {
        private val slept = AtomicLong()
        val clock = Clock({ System.currentTimeMillis() + slept.get() }, { System.nanoTime() / 1_000_000 }, false)

        fun sleep(ms: Long) {
            slept.addAndGet(ms)
        }
    }

    @Test
    fun `a machine that sleeps between store and send does not send when it wakes`() {
        val machine = Sleepy()
        val gateway = FakeGateway(query = { NOT_THERE })
        val options = DriverOptions({ machine.sleep(20_000) }, gateway, null, null, null, machine.clock)
        val stored = runBlocking { pay(alipay, order, options, hasty) }
        assertEquals(DeclineReason.NOT_SENT, (stored.outcome as Outcome.Declined).reason)
        assertFalse("pay" in gateway.asked)
        gateway.asked.clear()
        val sleepy = object : Transport {
            override suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse {
                if (gateway.asked.isEmpty()) machine.sleep(20_000)
                attempt.begin()
                return gateway.send(request, attempt)
            }
        }
        val ended = runBlocking { pay(alipay, order, DriverOptions(MemoryStore(), sleepy, null, null, null, machine.clock), hasty) }
        assertEquals(DeclineReason.NOT_SENT, (ended.outcome as Outcome.Declined).reason)
        assertFalse("pay" in gateway.asked)
    }

    @Test
    fun `a sleep does not stretch a wait, nor does a clock that is set back`() {
        val machine = Sleepy()
        for (leap in listOf(3_600_000L, -3_600_000L)) {
            val took = measureTimeMillis {
                runBlocking {
                    machine.clock.within(if (leap > 0) 1_800_000 else 300) {
                        machine.sleep(leap)
                        awaitCancellation()
                    }
                }
            }
            assertTrue(took < 2_500, "$leap: $took ms")
        }
    }

    @Test
    fun `the outcome follows from how pay ended`() {
        val ends = listOf<suspend () -> String>(
            { throw AbortedException() },
            { throw IOException() },
            // It ignores its time, and may do anything later.
            { Thread.sleep(20_000); "" },
        )
        for ((end, word) in ends.zip(listOf("closed", "unresolved", "unresolved"))) {
            val gateway = FakeGateway(pay = end, query = { NOT_THERE }, cancel = { """{"code":"10000","msg":"Success","retry_flag":"N",${FakeGateway.OURS}}""" })
            val outcome = runBlocking { pay(alipay, order, DriverOptions(MemoryStore(), gateway), hasty).outcome }
            assertEquals(word, outcome.word, "$outcome")
            if (outcome is Outcome.Unresolved) assertEquals(UnresolvedReason.MAY_LAND, outcome.reason)
        }
    }

    @Test
    fun `a driver that was superseded tells no outcome`() {
        for (at in 1..3) {
            val saves = AtomicInteger()
            val store = Store { if (saves.incrementAndGet() >= at) throw AlipayException(ErrorCode.SUPERSEDED) }
            val gateway = FakeGateway(query = { if (at < 3) PAID else WAIT })
            assertEquals(ErrorCode.SUPERSEDED, code { pay(alipay, order, DriverOptions(store, gateway), hasty) })
        }
    }

    @Test
    fun `one driver per payment`() = runBlocking {
        val payment = Payment(alipay, order, hasty)
        var second: ErrorCode? = null
        val gateway = FakeGateway(pay = {
            second = (runCatching { drive(payment, DriverOptions(MemoryStore(), FakeGateway())) }.exceptionOrNull() as AlipayException).code
            PAID
        })
        assertEquals("paid", drive(payment, DriverOptions(MemoryStore(), gateway)).outcome.word)
        assertEquals(ErrorCode.SUPERSEDED, second)
        assertEquals("paid", drive(payment, DriverOptions(MemoryStore(), gateway)).outcome.word)
    }

    private fun unresolved(store: MemoryStore): ByteArray {
        val gateway = FakeGateway(pay = { throw IOException() }, query = { NOT_THERE }, cancel = { """{"code":"10000","msg":"Success","retry_flag":"N",${FakeGateway.OURS}}""" })
        val ended = runBlocking { pay(alipay, order, DriverOptions(store, gateway), hasty) }
        assertEquals(UnresolvedReason.MAY_LAND, (ended.outcome as Outcome.Unresolved).reason)
        return store.snapshots.last()
    }

    @Test
    fun `what is given up is stored first, and never paid`() = runBlocking {
        val store = MemoryStore()
        val snapshot = unresolved(store)
        val broken = DriverOptions({ throw IOException() }, FakeGateway())
        assertEquals(ErrorCode.STORE_FAILED, code { giveUp(alipay, snapshot, broken) })
        giveUp(alipay, snapshot, DriverOptions(store, FakeGateway()))
        val gateway = FakeGateway(query = { PAID })
        val outcome = resume(alipay, store.snapshots.last(), DriverOptions(store, gateway)).outcome
        assertEquals(ConflictReason.PAID_AFTER_GIVING_UP, (outcome as Outcome.Conflict).reason)
        // Had it not been given up, somebody would have to decide.
        val paid = resume(alipay, snapshot, DriverOptions(MemoryStore(), FakeGateway(query = { PAID }))).outcome
        assertEquals(UnresolvedReason.PAID_AFTER_CANCEL, (paid as Outcome.Unresolved).reason)
        assertEquals(ErrorCode.NOT_UNRESOLVED, code { Payment(alipay, order).use { it.handle(Input.GiveUp) } })
    }

    @Test
    fun `a notification after the outcome is news`() = runBlocking {
        val gateway = FakeGateway(pay = { throw AbortedException() }, query = { NOT_THERE }, cancel = { """{"code":"10000","msg":"Success","retry_flag":"N",${FakeGateway.OURS}}""" })
        val payment = Payment(alipay, order, hasty)
        assertEquals("closed", drive(payment, DriverOptions(MemoryStore(), gateway)).outcome.word)
        payment.handle(Input.Notify(successNotification()))
        val heard = mutableListOf<News>()
        val observer = object : Observer {
            override fun news(news: News) {
                heard += news
            }
        }
        val again = FakeGateway(query = { PAID })
        val ended = drive(payment, DriverOptions(MemoryStore(), again, observer = observer))
        assertTrue(ended.outcome is Outcome.Closed && ended.news.single() is News.StillPaid, "$ended ${ended.news}")
        assertEquals(ended.news, heard)
        // The cashier has it cancelled again.
        payment.handle(Input.Cancel)
        drive(payment, DriverOptions(MemoryStore(), again))
        assertTrue("cancel" in again.asked, "${again.asked}")
    }

    @Test
    fun `what the transport resets on death goes into the snapshot`() {
        for (resets in listOf(false, true)) {
            val store = MemoryStore()
            val transport = object : Transport {
                override suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse = awaitCancellation()
                override fun resetsOnDeath(gateway: String) = resets
            }
            // Killed while pay is in flight: what the heir makes of it depends on what the snapshot says.
            runBlocking { runCatching { kotlinx.coroutines.withTimeout(200) { pay(alipay, order, DriverOptions(store, transport), hasty) } } }
            val heir = FakeGateway(query = { NOT_THERE }, cancel = { """{"code":"10000","msg":"Success","retry_flag":"N",${FakeGateway.OURS}}""" })
            val outcome = runBlocking { resume(alipay, store.snapshots.first(), DriverOptions(store, heir), Restored(writerIsDead = true)).outcome }
            assertEquals(if (resets) "closed" else "unresolved", outcome.word)
        }
    }

    private companion object {
        const val PENDING = """{"code":"10003","msg":"order success pay inprocess"}"""
    }
}

/** `alipay.trade.pay`'s notification of success, signed as Alipay does. */
fun successNotification(): ByteArray {
    val fields = mapOf(
        "app_id" to ours.appId, "charset" to "utf-8", "notify_id" to "1", "out_trade_no" to FakeGateway.NUMBER,
        "total_amount" to TOTAL, "trade_no" to "2026112122001400000000000001", "trade_status" to "TRADE_SUCCESS",
    )
    val parameters = fields.map { (name, value) -> Parameter(name, value) }
    val signature = Keys.alipay.jvmSign(SignType.RSA2, stringToSign(parameters).toByteArray())
    val base64 = java.util.Base64.getEncoder().encodeToString(signature)
    return encodeForm(parameters + Parameter("sign", base64) + Parameter("sign_type", "RSA2")).toByteArray()
}
