// The driver: the loop that does what a `Payment` asks for. It decides nothing; whether to query, wait or cancel is the
// machine's business.

package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.selects.onTimeout
import kotlinx.coroutines.selects.select
import kotlinx.coroutines.withContext

/**
 * Takes a barcode payment to its outcome.
 *
 * Cancelling the coroutine stops driving and never the trade: a request in flight is given up, the last stored snapshot
 * stays good, and [resume] goes on from it. The *cashier's* cancel is [PaymentEvent.Cancel].
 *
 * @throws AlipayException `STORE_FAILED` if the snapshot can't be stored before pay: then nothing was sent; `SIGNER_EXTERNAL` if
 *   the key lives elsewhere and there is no [DriverOptions.signer]; those of
 *   [Payment]'s constructor
 */
public suspend fun pay(
    alipay: Alipay,
    order: TradePayRequest,
    options: DriverOptions,
    policy: Policy = Policy(),
): Outcome = Payment(alipay, order, policy).use { drive(it, options) }

/**
 * Goes on with a payment after a crash, a cancelled coroutine or an [Outcome.Unresolved].
 *
 * @throws AlipayException as [pay], and those of [Payment.restore]
 */
public suspend fun resume(alipay: Alipay, snapshot: ByteArray, options: DriverOptions): Outcome =
    Payment.restore(alipay, snapshot).use { drive(it, options) }

/** Drives a payment to its outcome; [pay] and [resume] are this. */
public suspend fun drive(payment: Payment, options: DriverOptions): Outcome = Drive(payment, options).run()

private class Drive(private val payment: Payment, private val options: DriverOptions) {
    private var events = options.events

    suspend fun run(): Outcome {
        while (true) {
            while (true) take(events?.tryReceive()?.getOrNull() ?: break)
            val output = withContext(Dispatchers.Default) { payment.poll() }
            observe { phase(payment.phase) }
            when (output) {
                is Output.Request -> {
                    tell(answer(output))
                    observe { heard(output, payment.heard) }
                }
                is Output.Sign -> tell(signature(output))
                is Output.Timeout -> {
                    observe { waiting(output.at, output.wake) }
                    sleep(output.at - System.currentTimeMillis())
                }
                is Output.Done -> {
                    save { observe { notStored(null, it) } }
                    return output.outcome
                }
            }
        }
    }

    private suspend fun answer(request: Output.Request): Input {
        if (request.checkpoint) {
            save { cause ->
                observe { notStored(request, cause) }
                if (request.kind == RequestKind.PAY) throw AlipayException(ErrorCode.STORE_FAILED, cause = cause)
                return Input.Failure(request.id, Failure.NOT_SENT)
            }
        }
        observe { asking(request) }
        return try {
            val response = bounded(request.timeoutMs) { options.transport.send(request.http, request.timeoutMs) }
            Input.Response(request.id, response.status, response.body, response.headers)
        } catch (e: Throwable) {
            currentCoroutineContext().ensureActive()
            Input.Failure(request.id, if (e is NotSentException) Failure.NOT_SENT else Failure.MAYBE_SENT)
        }
    }

    private suspend fun signature(sign: Output.Sign): Input {
        val signer = options.signer ?: throw AlipayException(ErrorCode.SIGNER_EXTERNAL)
        return try {
            Input.Signature(sign.id, bounded(sign.timeoutMs) { signer.sign(sign.signType, sign.bytes) })
        } catch (e: Throwable) {
            currentCoroutineContext().ensureActive()
            observe { notSigned(sign, e) }
            Input.Failure(sign.id, Failure.NOT_SENT)
        }
    }

    /** Waits, or takes the next event if one comes earlier. */
    @OptIn(ExperimentalCoroutinesApi::class)
    private suspend fun sleep(ms: Long) {
        val events = events ?: return delay(ms)
        val event = select {
            events.onReceiveCatching { received ->
                if (received.isClosed) this@Drive.events = null
                received.getOrNull()
            }
            onTimeout(ms) { null }
        }
        event?.let { take(it) }
    }

    private suspend fun take(event: PaymentEvent) {
        observe { happened(event) }
        when (event) {
            is PaymentEvent.Cancel -> {
                tell(Input.Cancel)
                // So that a crash does not forget the cashier's wish. No money depends on it.
                save { observe { notStored(null, it) } }
            }
            is PaymentEvent.Notify -> tell(Input.Notify(event.body))
        }
    }

    private suspend fun tell(input: Input) {
        try {
            withContext(Dispatchers.Default) { payment.handle(input) }
        } catch (e: AlipayException) {
            when (input) {
                // Anybody may send a notification, and it is only a hint.
                is Input.Notify -> observe { notUnderstood(e) }
                // A signature that is none: as good as none at all.
                is Input.Signature -> tell(Input.Failure(input.id, Failure.NOT_SENT))
                else -> throw e
            }
        }
    }

    private suspend inline fun save(failed: (Throwable) -> Unit) {
        val snapshot = payment.snapshot()
        try {
            options.store.save(snapshot)
        } catch (e: Throwable) {
            currentCoroutineContext().ensureActive()
            failed(e)
        }
    }

    /** Whoever watches must not disturb what is watched. */
    private inline fun observe(tell: Observer.() -> Unit) {
        try {
            options.observer?.tell()
        } catch (_: Throwable) {
        }
    }
}
