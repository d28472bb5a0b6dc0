// The pay-poll-cancel machine, for those who drive it themselves. `pay` drives it for you.

package io.github.alipaycore

import java.util.concurrent.atomic.AtomicBoolean

/**
 * One barcode payment (付款码支付). It does nothing by itself: [poll] it, do what it says, hand in what happened. Threads
 * that use one at the same time take turns.
 *
 * Every `now` is Unix milliseconds, by default the system's clock, which may jump.
 */
public class Payment private constructor(private val native: NativePayment, clock: AlipayClock) : AutoCloseable {
    /** What Alipay's time is told to. */
    @Volatile
    internal var clock: AlipayClock = clock
        private set

    private var saver: Saver? = null

    private val driven = AtomicBoolean()

    /** Makes the caller its one driver for so long. */
    internal suspend fun <T> driven(drive: suspend () -> T): T {
        if (!driven.compareAndSet(false, true)) throw AlipayException(ErrorCode.SUPERSEDED)
        try {
            return drive()
        } finally {
            driven.set(false)
        }
    }

    /** What saves it in this store, maybe still for an earlier driver. */
    @Synchronized
    internal fun saver(store: Store, clock: Clock): Saver =
        saver?.takeIf { it.store === store } ?: Saver(store, clock).also { saver = it }

    /**
     * A new payment.
     *
     * @throws AlipayException those of fault `INPUT` with the field's name, `POLICY_RANGE`, `POLICY_SETTLE`
     */
    public constructor(
        alipay: Alipay,
        order: TradePayRequest,
        policy: Policy = Policy(),
        now: Long = System.currentTimeMillis(),
        start: Start = Start(),
    ) : this(native { alipay.native.payment(order, policy, start, now) }, alipay.clock)

    /** What to do next. Signing happens here if the key is at hand, which takes a millisecond or more. */
    public fun poll(now: Long = System.currentTimeMillis()): Output = native { native.poll(now) }

    /** What happened. A notification is verified first, and refused with an exception if it is not Alipay's. */
    public fun handle(input: Input, now: Long = System.currentTimeMillis()): Unit = native { native.handle(input, now) }

    /**
     * Goes on with another object for the same merchant, from the next step on: one that knows a certificate of Alipay's
     * more, which [Heard.alipayCertSn] asked for. Notifications are verified with it too.
     *
     * @throws AlipayException `SNAPSHOT_MERCHANT` if it is another merchant, and then the old one stays
     */
    public fun setMerchant(alipay: Alipay) {
        native { alipay.native.own().use(native::setMerchant) }
        clock = alipay.clock
    }

    /**
     * Says whether the transport resets its connections when the process dies ([Transport.resetsOnDeath]). The default is no.
     * Snapshots carry it: only such a request is taken for reset after a restart.
     */
    public fun setResetsOnDeath(resets: Boolean): Unit = native { native.setResetsOnDeath(resets) }

    /**
     * Whether the request with this id should still be sent. Ask after storing and right before sending: the cashier may
     * have cancelled, or a notification may have made an end. If not, hand in [Failure.NOT_SENT].
     */
    public fun isWanted(id: UInt): Boolean = native { native.isWanted(id) }

    /** The number of [snapshot], which goes up, also across restarts. */
    public val revision: Long get() = native { native.revision() }

    internal val sendWithinMs: Long get() = native { native.sendWithinMs() }

    internal val gateway: String get() = native { native.gateway() }

    /** What to store. It holds no key, and no auth_code once pay was sent. */
    public fun snapshot(): ByteArray = native { native.snapshot() }

    /** Where it stands, in one piece. */
    public fun state(): PaymentState = native { native.state() }

    /** For a cashier's screen. */
    public val phase: Phase get() = state().phase

    /** How it ended, once it has. */
    public val outcome: Outcome? get() = state().outcome

    /** What the last answer said. */
    public val heard: Heard? get() = state().heard

    /** The merchant's order number. */
    public val outTradeNo: String get() = state().outTradeNo

    /**
     * The latest of Alipay's times that a verified answer told, in Unix milliseconds. With the time that has passed since, it is
     * what the next payment's [Start.alipayTime] says; [pay] sees to that.
     */
    public val alipayTime: Long? get() = native { native.alipayTime() }

    /** Frees the memory. The trade goes on, and so may a payment restored from the snapshot. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Payment"

    public companion object {
        /** A new payment from the order as JSON, with Alipay's field names, as a server may send it. */
        public fun fromJson(
            alipay: Alipay,
            order: String,
            policy: Policy = Policy(),
            now: Long = System.currentTimeMillis(),
            start: Start = Start(),
        ): Payment = Payment(native { alipay.native.paymentFromJson(order, policy, start, now) }, alipay.clock)

        /**
         * One that was stored. Nothing is cancelled before Alipay has answered anew.
         *
         * @throws AlipayException `SNAPSHOT_CORRUPT`, `SNAPSHOT_VERSION`, `SNAPSHOT_MERCHANT`, `SNAPSHOT_GATEWAY`
         */
        public fun restore(
            alipay: Alipay,
            snapshot: ByteArray,
            now: Long = System.currentTimeMillis(),
            restored: Restored = Restored(),
        ): Payment = Payment(native { alipay.native.restore(snapshot, restored, now) }, alipay.clock)
    }
}
