// What comes late: while the outcome is being stored, or from a store that had no time left.

package io.github.alipaycore

import io.github.alipaycore.FakeGateway.Companion.PAID
import io.github.alipaycore.FakeGateway.Companion.order
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

private const val NOT_THERE = """{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST"}"""
private const val WAIT = """{"code":"10000","msg":"Success","trade_status":"WAIT_BUYER_PAY",${FakeGateway.OURS}}"""

@Timeout(60)
class LateTest {
    private val alipay = Alipay(ours)
    private val events = Channel<PaymentEvent>(Channel.UNLIMITED)

    /** Closed by a cancel; whoever asks afterwards finds it paid all the same. */
    private fun closedAndPaid(): FakeGateway {
        val closed = AtomicBoolean()
        return FakeGateway(query = { if (closed.get()) PAID else WAIT }, cancel = {
            closed.set(true)
            """{"code":"10000","msg":"Success","action":"close","retry_flag":"N",${FakeGateway.OURS}}"""
        })
    }

    private fun run(payment: Payment, gateway: FakeGateway, store: Store): Ended =
        runBlocking { drive(payment, DriverOptions(store, gateway, events = events)) }

    @Test
    fun `news that come while the outcome is being stored are told with it`() {
        for (hangs in listOf(false, true)) {
            val (payment, kept, told) = Triple(Payment(alipay, order, hasty), MemoryStore(), AtomicBoolean())
            val store = Store { snapshot ->
                if (payment.outcome != null) {
                    if (told.compareAndSet(false, true)) events.send(PaymentEvent.Notify(successNotification()))
                    delay(50)
                    if (hangs) awaitCancellation()
                }
                kept.save(snapshot)
            }
            val gateway = closedAndPaid()
            val ended = run(payment, gateway, store)
            assertTrue(ended.outcome is Outcome.Closed && ended.news.single() is News.StillPaid, "$ended ${ended.news}")
            assertEquals(!hangs, ended.stored)
            assertEquals("query", gateway.asked.last())
            if (!hangs) assertEquals(payment.revision, snapshotNumber(kept.snapshots.last()), "what was learnt last is stored")
        }
    }

    @Test
    fun `an outcome that is not stored yet is not stored after a newer one`() = runBlocking {
        val (payment, kept, free) = Triple(Payment(alipay, order, hasty), MemoryStore(), AtomicBoolean())
        val store = Store { snapshot ->
            if (payment.outcome != null && !free.get()) throw IOException("disk full")
            kept.save(snapshot)
        }
        val gateway = closedAndPaid()
        val first = drive(payment, DriverOptions(store, gateway))
        val before = kept.snapshots.size
        payment.handle(Input.Notify(successNotification()))
        val second = drive(payment, DriverOptions(store, gateway))
        assertTrue(!first.stored && !second.stored && second.news.single() is News.StillPaid, "${second.news}")
        free.set(true)
        first.untilStored()
        second.untilStored()
        assertEquals(listOf(payment.revision, payment.revision), kept.snapshots.drop(before).map(::snapshotNumber))
    }

    @Test
    fun `what says nothing new is no reason to store again`() {
        val (payment, saves) = Payment(alipay, order, hasty) to AtomicInteger()
        val store = Store {
            if (payment.outcome == null) return@Store
            saves.incrementAndGet()
            events.send(PaymentEvent.Cancel)
            events.send(PaymentEvent.Notify("sign=no".toByteArray()))
            delay(50)
        }
        val ended = run(payment, FakeGateway(pay = { PAID }), store)
        assertEquals("paid", ended.outcome.word)
        assertEquals(1, saves.get())
    }

    @Test
    fun `after a store that failed before pay, the payment knows that pay was not sent`() {
        val gateway = FakeGateway(query = { NOT_THERE })
        for (fails in listOf<suspend () -> Unit>({ throw IOException("disk full") }, { awaitCancellation() })) {
            val payment = Payment(alipay, order, hasty)
            val error = assertThrows(AlipayException::class.java) { run(payment, gateway, { fails() }) }
            assertEquals(ErrorCode.STORE_FAILED, error.code)
            assertEquals(DeclineReason.NOT_SENT, (run(payment, gateway, MemoryStore()).outcome as Outcome.Declined).reason)
        }
        assertFalse("pay" in gateway.asked)
    }

    @Test
    fun `what a store that is late writes last says that pay was not sent`() {
        val kept = MemoryStore()
        val gateway = FakeGateway(query = { NOT_THERE })
        val slow = Store {
            Thread.sleep(700)
            kept.save(it)
        }
        val error = assertThrows(AlipayException::class.java) { run(Payment(alipay, order, hasty), gateway, slow) }
        assertEquals(ErrorCode.STORE_FAILED, error.code)
        Thread.sleep(2_000)
        val ended = runBlocking { resume(alipay, kept.snapshots.last(), DriverOptions(MemoryStore(), gateway)) }
        assertEquals(DeclineReason.NOT_SENT, (ended.outcome as Outcome.Declined).reason)
        assertFalse("pay" in gateway.asked)
    }
}
