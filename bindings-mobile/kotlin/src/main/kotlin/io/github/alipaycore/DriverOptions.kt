// What the driver works with: the caller's store, transport, signer, events and observer.

package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.ReceiveChannel

/**
 * What a payment is driven with.
 *
 * @property store keeps the last snapshot where a crash can't reach it
 * @property transport HTTP
 * @property signer signs if the merchant's key lives elsewhere
 * @property events brings the cashier's cancel and notifications to the running payment, and wakes it from its sleep
 * @property observer is told of every step, to show it
 */
public class DriverOptions internal constructor(
    public val store: Store,
    public val transport: Transport,
    public val signer: Signer?,
    public val events: ReceiveChannel<PaymentEvent>?,
    public val observer: Observer?,
    internal val clock: Clock,
) {
    public constructor(
        store: Store,
        transport: Transport = SocketTransport(),
        signer: Signer? = null,
        events: ReceiveChannel<PaymentEvent>? = null,
        observer: Observer? = null,
    ) : this(store, transport, signer, events, observer, Clock.system)
}

/** Keeps the last snapshot where a crash can't reach it. */
public fun interface Store {
    /**
     * Replaces the snapshot; it is durable once this returns. Runs on [Dispatchers.IO], one call after the other. Throws if
     * it may not be durable; one that takes longer than the policy's `sendWithinMs` has failed. Refuses a snapshot that is
     * older than the stored one ([snapshotNumber]), or whose driver's lock or lease was lost, with an [AlipayException] of
     * the code `SUPERSEDED`.
     */
    public suspend fun save(snapshot: ByteArray)

    /**
     * Whether the process that wrote this snapshot is provably dead: on this machine, this store took anew a kernel lock that
     * it had held. A lease proves no death.
     */
    public fun writerIsDead(snapshot: ByteArray): Boolean = false
}

/** Signs where the key lives: on a server, behind a fingerprint. */
public fun interface Signer {
    /**
     * The raw RSASSA-PKCS1-v1_5 signature over [message]: `SHA256withRSA` for [SignType.RSA2]. Runs on [Dispatchers.IO],
     * so it may block. Whatever it throws means that there is no signature; the request is not sent. A payment's message
     * holds the auth_code: don't log it.
     */
    public suspend fun sign(signType: SignType, message: ByteArray): ByteArray
}

/** What may happen while a payment runs. */
public sealed interface PaymentEvent {
    /** The cashier wants to cancel. */
    public object Cancel : PaymentEvent {
        override fun toString(): String = "Cancel"
    }

    /** A notification came. It is verified first, and ignored if it is not Alipay's. */
    public class Notify(
        /** Its raw body, exactly as it was received. */
        public val body: ByteArray,
    ) : PaymentEvent {
        override fun toString(): String = "Notify(${body.size} bytes)"
    }
}

/**
 * Is told of every step, on [Dispatchers.IO], one call after the other. The payment does not wait for it, so that what it
 * shows may be late; what it throws is ignored.
 */
public interface Observer {
    /** Where the payment stands. */
    public fun phase(phase: Phase) {}

    /** This request was handed to the transport. Its body holds the auth_code: don't log it. */
    public fun asking(request: Output.Request) {}

    /** What its answer said, or that there was none. */
    public fun heard(request: Output.Request, heard: Heard?) {}

    /** Nothing to do until [at] (Unix milliseconds). */
    public fun waiting(at: Long, wake: Wake) {}

    /** Something else happened. */
    public fun happened(event: PaymentEvent) {}

    /** Something became known after an outcome was told, because of a notification. */
    public fun news(news: News) {}

    /** A snapshot could not be stored: [request] was not sent, or, if there is none, the last state is not stored. */
    public fun notStored(request: Output.Request?, cause: Throwable) {}

    /** There is no signature, because the signer failed. */
    public fun notSigned(request: Output.Sign, cause: Throwable) {}

    /** A notification was not Alipay's, and was ignored. */
    public fun notUnderstood(problem: AlipayException) {}
}
