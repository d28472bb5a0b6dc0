// The driver: the loop that does what a `Payment` asks for. It decides nothing; whether to query, wait or cancel is the
// machine's business.

package io.github.alipaycore

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.util.concurrent.atomic.AtomicBoolean

/**
 * How a payment ended.
 *
 * @property outcome what is to be told to the cashier
 * @property stored whether that is stored. If not, saving goes on until it succeeds: [untilStored]. A crash before that
 *   would forget it, and a restart asks Alipay again
 * @property news what became known after the outcome, because of notifications
 */
public class Ended internal constructor(
    public val outcome: Outcome,
    public val stored: Boolean,
    public val news: List<News>,
    private val saving: Deferred<Result<Unit>>,
) {
    /**
     * Waits until the outcome is stored.
     *
     * @throws AlipayException `SUPERSEDED` if another process has taken the payment over, `CLOSED` if the store was closed
     */
    public suspend fun untilStored(): Unit = saving.await().getOrThrow()

    override fun toString(): String = "Ended($outcome, stored=$stored)"
}

/**
 * Takes a barcode payment to its outcome. What time it is at Alipay's, an earlier payment of this [alipay] may have learnt: unless
 * [start] says it, the payment begins with that.
 *
 * Cancelling the coroutine stops driving and never the trade: a request in flight is given up, the last stored snapshot
 * stays good, and [resume] goes on from it. The *cashier's* cancel is [PaymentEvent.Cancel].
 *
 * @throws AlipayException `STORE_FAILED` if the snapshot can't be stored before pay: then nothing was sent; `SUPERSEDED` if
 *   another process has taken the payment over, whose outcome is in the store; `SIGNER_EXTERNAL` if the key lives
 *   elsewhere and there is no [DriverOptions.signer]; those of [Payment]'s constructor
 */
public suspend fun pay(
    alipay: Alipay,
    order: TradePayRequest,
    options: DriverOptions,
    policy: Policy = Policy(),
    start: Start = Start(),
): Ended {
    val known = start.copy(alipayTime = start.alipayTime ?: alipay.clock.now())
    return Payment(alipay, order, policy, options.clock.wall(), known).use { drive(it, options) }
}

/**
 * Goes on with a payment after a crash, a cancelled coroutine or an [Outcome.Unresolved]. Whether the process that wrote the
 * snapshot is dead, the store says ([Store.writerIsDead]); the rest of [restored], only the application can know.
 *
 * @throws AlipayException as [pay], and those of [Payment.restore]
 */
public suspend fun resume(
    alipay: Alipay,
    snapshot: ByteArray,
    options: DriverOptions,
    restored: Restored = Restored(),
): Ended = restore(alipay, snapshot, options, restored).use { drive(it, options) }

/**
 * Gives an unresolved payment up, so that the till may take another one under a new order number, with a newly scanned
 * code: only once this has returned, and the store still holds its lock. What is found of this payment later ([resume] at
 * its `askAgainAt`) is undone and never `Paid`.
 *
 * @throws AlipayException `STORE_FAILED` if that can't be stored: then it is not given up; `NOT_UNRESOLVED`; `SUPERSEDED`; those
 *   of [Payment.restore]
 */
public suspend fun giveUp(
    alipay: Alipay,
    snapshot: ByteArray,
    options: DriverOptions,
    restored: Restored = Restored(),
): Unit = restore(alipay, snapshot, options, restored).use { payment ->
    payment.handle(Input.GiveUp, options.clock.wall())
    val failed = Saver(options.store, options.clock).save(payment.snapshot(), payment.sendWithinMs) ?: return
    currentCoroutineContext().ensureActive()
    throw if (failed.isSuperseded) failed else AlipayException(ErrorCode.STORE_FAILED, cause = failed)
}

private fun restore(alipay: Alipay, snapshot: ByteArray, options: DriverOptions, restored: Restored): Payment {
    val dead = restored.writerIsDead || options.store.writerIsDead(snapshot)
    return Payment.restore(alipay, snapshot, options.clock.wall(), restored.copy(writerIsDead = dead))
}

/**
 * Drives a payment to its outcome; [pay] and [resume] are this. A payment that has ended may be driven again after an input:
 * a notification that came late, or a cancel after [News.StillPaid].
 *
 * @throws AlipayException as [pay]; `SUPERSEDED` also if the payment is being driven already
 */
public suspend fun drive(payment: Payment, options: DriverOptions): Ended =
    withContext(Dispatchers.Default) { payment.driven { Drive(payment, options).run() } }

private class Drive(private val payment: Payment, private val options: DriverOptions) {
    private val clock = options.clock
    private val saver = payment.saver(options.store, clock)
    private val telling = Telling(options.observer)
    private val news = mutableListOf<News>()

    /** There was an event since the machine was asked last. */
    private val changed = AtomicBoolean()
    private val wake = Channel<Unit>(Channel.CONFLATED)

    /** The cashier's wish is not stored yet. */
    private val wished = AtomicBoolean()

    /** How storing the outcome went, unless something happened since. */
    private var storing: Result<Unit>? = null

    suspend fun run(): Ended = coroutineScope {
        payment.setResetsOnDeath(options.transport.resetsOnDeath(payment.gateway))
        drain()
        val listening = options.events?.let { Listening(this, it, ::take) }
        try {
            loop(listening)
        } finally {
            listening?.cancel()
            telling.end()
        }
    }

    private suspend fun loop(listening: Listening?): Ended {
        while (true) {
            // So that a crash does not forget the cashier's wish. No money depends on it.
            if (wished.getAndSet(false) && payment.outcome == null) save()
            currentCoroutineContext().ensureActive()
            changed.set(false)
            val watch = clock.start()
            val output = payment.poll(clock.wall())
            val phase = payment.phase
            telling.tell { phase(phase) }
            if (output !is Output.Timeout && output !is Output.Done && storing?.isSuccess == true) storing = null
            when (output) {
                is Output.Request -> {
                    val answer = answer(output, watch)
                    val before = payment.alipayTime
                    payment.handle(answer, clock.wall())
                    // One of an earlier process is in the snapshot, too: how long ago that was, nobody knows.
                    val time = payment.alipayTime.takeIf { it != before && watch.ms() <= AlipayClock.PROMPT_MS }
                    if (time != null) payment.clock.learn(time, clock)
                    val heard = payment.heard
                    telling.tell { heard(output, heard) }
                }
                is Output.Sign -> sign(output)
                is Output.Save -> save()
                is Output.News -> {
                    news += output.news
                    telling.tell { news(output.news) }
                }
                is Output.Timeout -> {
                    telling.tell { waiting(output.at, output.wake) }
                    clock.within(output.at - clock.wall()) { wake.receive() }
                }
                is Output.Done -> {
                    // Nobody waits for this in vain, or twice: the outcome is told, stored or not.
                    val stored = storing ?: (save()?.let { Result.failure(it) } ?: Result.success(Unit))
                    storing = stored
                    // Something came meanwhile: it may be a question, or news.
                    listening?.pause()
                    drain()
                    if (!changed.get()) return end(output.outcome, stored.isSuccess)
                    listening?.resume()
                }
            }
        }
    }

    private suspend fun answer(request: Output.Request, watch: Clock.Stopwatch): Input {
        if (request.checkpoint) {
            store(request.sendWithinMs - watch.ms())?.let { cause ->
                telling.tell { notStored(request, cause) }
                if (request.kind == RequestKind.PAY) {
                    payment.handle(Input.Failure(request.id, Failure.NOT_SENT), clock.wall())
                    // What such a store may write yet says that pay is about to leave.
                    if (cause is TimeIsOver) saver.submit(payment.snapshot())
                    throw AlipayException(ErrorCode.STORE_FAILED, cause = cause)
                }
                return Input.Failure(request.id, Failure.NOT_STORED)
            }
        }
        drain()
        val attempt = Attempt(request.timeoutMs, request.sendWithinMs, clock, watch) { payment.isWanted(request.id) }
        // Whether the transport has it. Where all threads are taken, it may never get it.
        val handedOver = AtomicBoolean()
        return try {
            attempt.begin()
            // A transport that notices its own time says how it ended, and so has a moment more.
            val response = bounded(attempt.beginWithinMs + request.timeoutMs + GRACE_MS, clock) {
                if (!handedOver.compareAndSet(false, true)) throw NotSentException("given up")
                telling.tell { asking(request) }
                options.transport.send(request.http, attempt)
            }
            Input.Response(request.id, response.status, response.body, response.headers, response.reset)
        } catch (e: Throwable) {
            currentCoroutineContext().ensureActive()
            val failure = when {
                e is NotSentException || handedOver.compareAndSet(false, true) -> Failure.NOT_SENT
                e is AbortedException -> Failure.ABORTED
                else -> Failure.MAYBE_SENT
            }
            Input.Failure(request.id, failure)
        }
    }

    private suspend fun sign(sign: Output.Sign) {
        val signer = options.signer ?: throw AlipayException(ErrorCode.SIGNER_EXTERNAL)
        val signature = try {
            bounded(sign.timeoutMs, clock) { signer.sign(sign.signType, sign.bytes) }
        } catch (e: Throwable) {
            currentCoroutineContext().ensureActive()
            telling.tell { notSigned(sign, e) }
            return payment.handle(Input.Failure(sign.id, Failure.NOT_SENT), clock.wall())
        }
        try {
            payment.handle(Input.Signature(sign.id, signature), clock.wall())
        } catch (e: AlipayException) {
            // A signature that is none: as good as none at all.
            if (e.code != ErrorCode.SIGNATURE_FORMAT) throw e
            payment.handle(Input.Failure(sign.id, Failure.NOT_SENT), clock.wall())
        }
    }

    /** Takes the events that are there already. */
    private fun drain() {
        while (true) take(options.events?.tryReceive()?.getOrNull() ?: return)
    }

    private fun take(event: PaymentEvent) {
        telling.tell { happened(event) }
        try {
            when (event) {
                is PaymentEvent.Cancel -> {
                    payment.handle(Input.Cancel, clock.wall())
                    wished.set(true)
                }
                is PaymentEvent.Notify -> payment.handle(Input.Notify(event.body), clock.wall())
            }
        } catch (e: AlipayException) {
            // Anybody may send a notification, and it is only a hint. What is wrong with the payment itself, the loop meets.
            if (event is PaymentEvent.Notify) {
                telling.tell { notUnderstood(e) }
                if (e.code != ErrorCode.CLOSED && e.code != ErrorCode.INTERNAL) return
            }
        }
        changed.set(true)
        wake.trySend(Unit)
    }

    /** Saves between requests, and goes on if that fails. Why it did, or null. */
    private suspend fun save(): Throwable? =
        store(payment.sendWithinMs)?.also { cause -> telling.tell { notStored(null, cause) } }

    /** What the store threw, or null. Whoever was superseded stops here, and tells no outcome. */
    private suspend fun store(limitMs: Long): Throwable? {
        val problem = saver.save(payment.snapshot(), limitMs) ?: return null
        currentCoroutineContext().ensureActive()
        return if (problem.isSuperseded) throw problem else problem
    }

    private fun end(outcome: Outcome, stored: Boolean): Ended {
        val saving = if (stored) {
            CompletableDeferred(Result.success(Unit))
        } else {
            saver.keep(payment.snapshot(), payment.sendWithinMs) { cause -> telling.tell { notStored(null, cause) } }
        }
        return Ended(outcome, stored, news.toList(), saving)
    }

    private companion object {
        const val GRACE_MS = 500L
    }
}
