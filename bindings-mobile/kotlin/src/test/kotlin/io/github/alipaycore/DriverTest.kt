package io.github.alipaycore

import io.github.alipaycore.FakeGateway.Companion.NUMBER
import io.github.alipaycore.FakeGateway.Companion.PAID
import io.github.alipaycore.FakeGateway.Companion.order
import io.github.alipaycore.vectors.jvmSign
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.util.concurrent.atomic.AtomicInteger
import kotlin.system.measureTimeMillis

@Timeout(60)
class DriverTest {
    private val alipay = Alipay(ours)
    private val store = MemoryStore()

    private fun run(
        transport: Transport,
        store: Store = this.store,
        policy: Policy = hasty,
        merchant: Alipay = alipay,
        signer: Signer? = null,
        events: Channel<PaymentEvent>? = null,
        observer: Observer? = null,
    ): Outcome = runBlocking {
        pay(merchant, order, DriverOptions(store, transport, signer, events, observer), policy).outcome
    }

    private fun thrown(code: ErrorCode, block: () -> Unit): AlipayException =
        assertThrows(AlipayException::class.java, block).also { assertEquals(code, it.code) }

    @Test
    fun `the buyer confirms after three queries`() {
        val gateway = FakeGateway(query = { if (it < 3) FakeGatewayAnswers.WAIT else PAID })
        val outcome = run(gateway) as Outcome.Paid
        assertEquals(TOTAL, outcome.trade.totalAmount)
        assertEquals(listOf("pay", "query", "query", "query"), gateway.asked)
    }

    @Test
    fun `nothing is sent if the snapshot can't be stored before pay`() {
        for (cause in listOf(IOException("disk full"), OutOfMemoryError("test"), CancellationException("of its own"))) {
            val gateway = FakeGateway()
            val error = thrown(ErrorCode.STORE_FAILED) { run(gateway, store = { throw cause }) }
            assertSame(cause, error.cause)
            assertEquals(Fault.HOST, error.fault)
            assertEquals(emptyList<String>(), gateway.asked)
        }
    }

    @Test
    fun `a cancel that can't be stored is not sent, and tried again`() {
        val gateway = FakeGateway(query = { FakeGatewayAnswers.WAIT })
        val saves = AtomicInteger()
        val refused = mutableListOf<RequestKind?>()
        val observer = object : Observer {
            override fun notStored(request: Output.Request?, cause: Throwable) {
                refused += request?.kind
            }
        }
        // The first is pay's; the second says that the trade exists; the third is a cancel's.
        val flaky = Store { if (saves.incrementAndGet() == 3) throw IOException("disk full") }
        val outcome = run(gateway, store = flaky, observer = observer)
        assertEquals("closed", outcome.word)
        assertEquals(listOf(RequestKind.CANCEL), refused)
        assertEquals(1, gateway.asked.count { it == "cancel" })
    }

    @Test
    fun `a store that fails at the end changes nothing`() {
        val saves = AtomicInteger()
        val options = DriverOptions({ if (saves.incrementAndGet() in 2..6) throw IOException() }, FakeGateway(pay = { PAID }))
        val ended = runBlocking {
            val ended = pay(alipay, order, options, hasty)
            assertFalse(ended.stored)
            // Saving goes on until it succeeds.
            ended.untilStored()
            ended
        }
        assertEquals("paid", ended.outcome.word)
        assertEquals(7, saves.get())
    }

    @Test
    fun `a transport may throw anything, and pay is still sent once`() {
        val thrown = listOf(
            { IOException("cut") },
            { IllegalStateException() },
            { CancellationException("of its own, not ours") },
            { AssertionError() },
            { StackOverflowError() },
            { NoClassDefFoundError() },
            { AlipayException(ErrorCode.NOT_SENT) },
        )
        for (make in thrown) {
            val pays = AtomicInteger()
            val gateway = FakeGateway(pay = { pays.incrementAndGet(); throw make() }, query = { PAID })
            val outcome = run(gateway)
            assertTrue(outcome is Outcome.Paid && outcome.late, "${make()}: $outcome")
            assertEquals(1, pays.get())
        }
    }

    @Test
    fun `only what provably never left is declined as not sent`() {
        val notThere = """{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST"}"""
        val outcome = run(FakeGateway(pay = { throw NotSentException() }, query = { notThere }))
        assertEquals(DeclineReason.NOT_SENT, (outcome as Outcome.Declined).reason)
    }

    /** One that listens to cancellation, and one that does not. */
    @Test
    fun `a transport that hangs is given up when its time is over`() {
        for (hang in listOf<suspend () -> String>({ awaitCancellation() }, { Thread.sleep(60_000); "" })) {
            val gateway = FakeGateway(pay = hang, query = { PAID })
            val took = measureTimeMillis { assertEquals("paid", run(gateway).word) }
            assertTrue(took in 300..2_000, "$took ms")
        }
    }

    @Test
    fun `cancelling the coroutine stops driving and never the trade`() = runBlocking {
        for (hang in listOf<suspend () -> String>({ awaitCancellation() }, { Thread.sleep(60_000); "" })) {
            val (started, store) = CompletableDeferred<Unit>() to MemoryStore()
            val gateway = FakeGateway(pay = { started.complete(Unit); hang() }, query = { PAID })
            var end: Throwable? = null
            val till = launch(Dispatchers.Default) {
                try {
                    pay(alipay, order, DriverOptions(store, gateway), hasty.copy(payTimeoutMs = 60_000, settleMs = 120_000))
                } catch (e: Throwable) {
                    end = e
                    throw e
                }
            }
            started.await()
            val took = measureTimeMillis { till.cancelAndJoin() }
            assertTrue(took < 1_000, "$took ms")
            assertTrue(end is CancellationException, "$end")
            assertEquals(listOf("pay"), gateway.asked, "nothing was cancelled")
            val outcome = resume(alipay, store.snapshots.last(), DriverOptions(store, gateway)).outcome
            assertEquals("paid", outcome.word)
            assertEquals(listOf("pay", "query"), gateway.asked)
        }
    }

    @Test
    fun `cancelling while it sleeps, stores or signs is at once, too`() = runBlocking {
        val cases: List<(CompletableDeferred<Unit>) -> DriverOptions> = listOf(
            { started -> DriverOptions(store, FakeGateway(query = { started.complete(Unit); FakeGatewayAnswers.WAIT })) },
            { started -> DriverOptions({ started.complete(Unit); awaitCancellation() }, FakeGateway()) },
        )
        for (case in cases) {
            val started = CompletableDeferred<Unit>()
            val options = case(started)
            val till = launch(Dispatchers.Default) { pay(alipay, order, options, hasty.copy(pollWindowMs = 60_000)) }
            started.await()
            assertTrue(measureTimeMillis { till.cancelAndJoin() } < 500)
            assertTrue(till.isCancelled)
        }
        val started = CompletableDeferred<Unit>()
        val signer = Signer { _, _ -> started.complete(Unit); awaitCancellation() }
        val till = launch { Alipay(keyless).use { pay(it, order, DriverOptions(store, FakeGateway(), signer)) } }
        started.await()
        assertTrue(measureTimeMillis { till.cancelAndJoin() } < 500)
    }

    @Test
    fun `the cashier's cancel wakes it from its sleep`() {
        val events = Channel<PaymentEvent>(Channel.UNLIMITED)
        val gateway = FakeGateway(query = { FakeGatewayAnswers.WAIT })
        val observer = object : Observer {
            override fun waiting(at: Long, wake: Wake) {
                events.trySend(PaymentEvent.Cancel)
            }
        }
        val patient = hasty.copy(pollIntervalMs = 60_000, pollWindowMs = 120_000)
        val took = measureTimeMillis {
            assertEquals("closed", run(gateway, policy = patient, events = events, observer = observer).word)
        }
        assertTrue(took < 3_000, "$took ms")
        assertEquals(listOf("pay", "query", "cancel"), gateway.asked)
    }

    @Test
    fun `a notification wakes it, a forged one is ignored, and a closed channel is no busy loop`() {
        val body = successNotification()
        val events = Channel<PaymentEvent>(Channel.UNLIMITED)
        events.trySend(PaymentEvent.Notify("total_amount=88.88&trade_status=TRADE_SUCCESS".toByteArray()))
        events.trySend(PaymentEvent.Notify(byteArrayOf(-1, 0, 37)))
        val refused = mutableListOf<ErrorCode>()
        var waits = 0
        val observer = object : Observer {
            override fun notUnderstood(problem: AlipayException) {
                refused += problem.code
            }

            override fun waiting(at: Long, wake: Wake) {
                waits++
                if (waits == 1) events.trySend(PaymentEvent.Notify(body))
            }
        }
        val patient = hasty.copy(pollIntervalMs = 60_000, pollWindowMs = 120_000)
        val outcome = run(FakeGateway(), policy = patient, events = events, observer = observer)
        assertEquals("paid", outcome.word)
        assertEquals(listOf(ErrorCode.SIGNATURE_MISSING, ErrorCode.FORM_MALFORMED), refused)

        waits = 0
        events.close()
        val gateway = FakeGateway(query = { if (it < 5) FakeGatewayAnswers.WAIT else PAID })
        run(gateway, events = events, observer = object : Observer {
            override fun waiting(at: Long, wake: Wake) {
                waits++
            }
        })
        assertTrue(waits in 1..10, "$waits")
    }

    @Test
    fun `another merchant object verifies the notifications that come after it`() {
        val payment = Payment(Alipay(ours.copy(alipayPublicKey = Keys.other.public)), order)
        fun code(tell: () -> Unit) = (runCatching(tell).exceptionOrNull() as AlipayException?)?.code
        val notify = Input.Notify(successNotification())
        assertEquals(ErrorCode.SIGNATURE_INVALID, code { payment.handle(notify) })
        assertEquals(ErrorCode.SNAPSHOT_MERCHANT, code { payment.setMerchant(Alipay(ours.copy(appId = "1"))) })
        assertEquals(ErrorCode.SIGNATURE_INVALID, code { payment.handle(notify) })
        Alipay(ours).use(payment::setMerchant)
        assertEquals(null, code { payment.handle(notify) })
        val closed = Alipay(ours).also { it.close() }
        assertEquals(ErrorCode.CLOSED, code { payment.setMerchant(closed) })
    }

    @Test
    fun `an observer that throws disturbs nothing`() {
        val rude = object : Observer {
            override fun phase(phase: Phase) = throw IllegalStateException()
            override fun asking(request: Output.Request) = throw RuntimeException()
            override fun heard(request: Output.Request, heard: Heard?) = throw CancellationException("no")
            override fun waiting(at: Long, wake: Wake) = throw AssertionError()
        }
        val gateway = FakeGateway(query = { if (it < 2) FakeGatewayAnswers.WAIT else PAID })
        assertEquals("paid", run(gateway, observer = rude).word)
    }

    @Test
    fun `a key elsewhere signs, and one that fails or hangs sends nothing`() {
        val elsewhere = Alipay(keyless)
        assertTrue(elsewhere.signsExternally)
        val good = Signer { type, message -> Keys.app.jvmSign(type, message) }
        assertEquals("paid", run(FakeGateway(pay = { PAID }), merchant = elsewhere, signer = good).word)
        val notSigned = mutableListOf<Throwable>()
        val observer = object : Observer {
            override fun notSigned(request: Output.Sign, cause: Throwable) {
                notSigned += cause
            }
        }
        val bad = listOf(
            Signer { _, _ -> throw IOException("the server is away") },
            Signer { _, _ -> throw NoSuchMethodError() },
            Signer { _, _ -> awaitCancellation() },
            Signer { _, _ -> Thread.sleep(2_000); byteArrayOf() },
            Signer { _, _ -> byteArrayOf() },
        )
        for (signer in bad) {
            val gateway = FakeGateway()
            val took = measureTimeMillis {
                val outcome = run(gateway, merchant = elsewhere, signer = signer, observer = observer)
                assertFalse(outcome is Outcome.Paid, "$outcome")
            }
            assertEquals(0, gateway.asked.size)
            assertTrue(took < 30_000, "$took ms")
        }
        assertTrue(notSigned.isNotEmpty())
        // None at all is a mistake to be told of, not an outcome.
        val gateway = FakeGateway()
        thrown(ErrorCode.SIGNER_EXTERNAL) { run(gateway, merchant = elsewhere, signer = null) }
        assertEquals(0, gateway.asked.size)
    }

    @Test
    fun `a local signer signs, and its exceptions are signer_failed`() {
        Alipay(keyless) { type, message -> Keys.app.jvmSign(type, message) }.use {
            assertFalse(it.signsExternally)
            assertEquals("paid", run(FakeGateway(pay = { PAID }), merchant = it).word)
            assertEquals(alipay.sign(byteArrayOf(1)), it.sign(byteArrayOf(1)))
        }
        val thrown: List<() -> Throwable> =
            listOf({ IllegalStateException("secret") }, { AssertionError() }, { StackOverflowError() }, { AlipayException(ErrorCode.CLOSED) })
        for (make in thrown) {
            Alipay(keyless) { _, _ -> throw make() }.use {
                val error = thrown(ErrorCode.SIGNER_FAILED) { it.sign(byteArrayOf()) }
                assertFalse("secret" in error.stackTraceToString())
                thrown(ErrorCode.SIGNER_FAILED) { it.request(call("alipay.trade.query", "{}")) }
                val gateway = FakeGateway()
                assertFalse(run(gateway, merchant = it) is Outcome.Paid)
                assertEquals(0, gateway.asked.size)
            }
        }
        thrown(ErrorCode.OPTIONS) { Alipay(ours) { _, _ -> byteArrayOf() } }
    }

    /** It would wait for itself for ever. */
    @Test
    fun `a local signer that calls the payment it signs for fails`() {
        lateinit var payment: Payment
        var inner: Throwable? = null
        val nosy = Alipay(keyless) { type, message ->
            inner = runCatching { payment.snapshot() }.exceptionOrNull()
            Keys.app.jvmSign(type, message)
        }
        payment = Payment(nosy, order, hasty)
        assertTrue(payment.poll() is Output.Request)
        assertEquals(ErrorCode.SIGNER_FAILED, (inner as AlipayException).code)
    }

    @Test
    fun `a payment closed while it is driven`() = runBlocking {
        val payment = Payment(alipay, order, hasty.copy(pollWindowMs = 60_000))
        val gateway = FakeGateway(query = { if (it == 2) payment.close(); FakeGatewayAnswers.WAIT })
        val error = runCatching { withTimeout(10_000) { drive(payment, DriverOptions(store, gateway)) } }.exceptionOrNull()
        assertEquals(ErrorCode.CLOSED, (error as AlipayException).code)
    }

    @Test
    fun `execute says what became of the request`() = runBlocking {
        val query = tradeQuery(TradeQueryRequest(outTradeNo = NUMBER))
        suspend fun code(timeoutMs: Long = 5_000, transport: Transport): ErrorCode? =
            (runCatching { alipay.execute(query, transport, timeoutMs = timeoutMs) }.exceptionOrNull() as AlipayException?)?.code
        assertEquals(null, code(transport = FakeGateway()))
        assertEquals(ErrorCode.NOT_SENT, code { _, _ -> throw NotSentException() })
        assertEquals(ErrorCode.MAYBE_SENT, code { _, _ -> throw IOException() })
        assertEquals(ErrorCode.TIMED_OUT, code(50) { _, _ -> delay(60_000); throw IOException() })
        assertEquals(ErrorCode.RESPONSE_STATUS, code { _, _ -> HttpResponse(502, ByteArray(0)) })
        assertEquals(ErrorCode.RESPONSE_STATUS, code { _, _ -> HttpResponse(-1, ByteArray(0)) })
        assertEquals(ErrorCode.RESPONSE_TOO_LARGE, code { _, _ -> HttpResponse(200, ByteArray(1 shl 21)) })
        val external = runCatching { Alipay(keyless).execute(query, FakeGateway()) }.exceptionOrNull() as AlipayException
        assertEquals(ErrorCode.SIGNER_EXTERNAL, external.code)
        val failed = runCatching { Alipay(keyless).execute(query, FakeGateway(), { _, _ -> throw IOException() }) }
        assertEquals(ErrorCode.SIGNER_FAILED, (failed.exceptionOrNull() as AlipayException).code)
        val job = launch { alipay.execute(query, { _, _ -> awaitCancellation() }) }
        delay(50)
        assertTrue(measureTimeMillis { job.cancelAndJoin() } < 500)
    }
}

private object FakeGatewayAnswers {
    const val WAIT = """{"code":"10000","msg":"Success","trade_status":"WAIT_BUYER_PAY",${FakeGateway.OURS}}"""
}
