// The checked configuration of a merchant, and single calls with it.

package io.github.alipaycore

/**
 * A merchant's checked configuration. Immutable; any number of threads may use one at the same time.
 *
 * Signing takes a millisecond or more, so on Android don't call [request] and [sign] on the main thread; the suspending
 * functions ([pay], [execute], …) see to that by themselves.
 *
 * The memory behind it is freed by [close], or some time after it became unreachable.
 *
 * @param options keys in any accepted format. Without a private key, and without a [signer], calls take the two steps
 *   [prepare] and [PreparedCall.finish], and a payment asks for its signatures.
 * @param signer a key that this process can't read and that signs at once, such as one in Android's Keystore
 * @throws AlipayException those of faults `CONFIGURATION` and `INPUT`
 */
public class Alipay private constructor(
    internal val native: NativeAlipay,
    internal val clock: AlipayClock = AlipayClock(),
) : AutoCloseable {
    public constructor(options: MerchantOptions, signer: LocalSigner? = null) :
        this(native { NativeAlipay(options, signer?.let(::Bridge)) })

    /** Whether the key lives elsewhere, so that [request] and [sign] can't be used. */
    public val signsExternally: Boolean get() = native { native.signsExternally() }

    /** The same merchant with its signing moved to the caller: its payments ask for their signatures. */
    public fun delegated(): Alipay = Alipay(native { native.delegated() }, clock)

    /**
     * The first of two steps, for a key that lives elsewhere.
     *
     * @param now Unix milliseconds
     */
    public fun prepare(call: Call, now: Long = System.currentTimeMillis()): PreparedCall =
        native { PreparedCall(native.prepare(call, now)) }

    /**
     * A signed request in one step.
     *
     * @param now Unix milliseconds
     * @throws AlipayException `SIGNER_EXTERNAL` if the key lives elsewhere
     */
    public fun request(call: Call, now: Long = System.currentTimeMillis()): HttpRequest =
        native { native.request(call, now) }

    /**
     * Verifies a response and then reads it. A refusal by Alipay is an [Answer], not an exception.
     *
     * @param method the call's
     */
    public fun open(method: String, response: HttpResponse): Answer =
        native { native.open(method, response.status, response.body, response.headers) }

    /** The signature of any message by the application's key, as base64. The merchant's algorithm unless one is given. */
    public fun sign(message: ByteArray, signType: SignType? = null): String = native { native.sign(message, signType) }

    /**
     * Checks Alipay's signature (base64) of any message: returns if it is valid. What Alipay sends is better given to
     * [open] and [verifyNotify], which know what is signed.
     *
     * @throws AlipayException `SIGNATURE_INVALID`, `SIGNATURE_FORMAT`
     */
    public fun verify(message: ByteArray, signature: String, signType: SignType? = null): Unit =
        native { native.verify(message, signature, signType) }

    /** Verifies a notification from its raw body, exactly as it was received. */
    public fun verifyNotify(body: ByteArray): Notify = native { native.verifyNotify(body) }

    /**
     * One of the merchant's operations, such as `pageUrl`: what goes in and what comes out is JSON, as docs/operations.md lists.
     *
     * @throws AlipayException `ARGUMENT_TYPE`, and those of the operation
     */
    public fun invoke(operation: String, input: String): String = native { native.invoke(operation, input) }

    /** Frees the memory. Payments that were made with it go on. */
    override fun close(): Unit = native.close()

    override fun toString(): String = "Alipay"
}

/** A request that lacks its signature. */
public class PreparedCall internal constructor(private val native: NativePrepared) : AutoCloseable {
    /** What to sign: the text in the merchant's charset. */
    public val bytesToSign: ByteArray get() = native { native.bytesToSign() }

    /** The text that is to be signed, to be looked at. It holds the whole `biz_content`: don't log it. */
    public val stringToSign: String get() = native { native.stringToSign() }

    /** The algorithm. */
    public val signType: SignType get() = native { native.signType() }

    /** The request with its raw signature. */
    public fun finish(signature: ByteArray): HttpRequest = native { native.finish(signature) }

    override fun close(): Unit = native.close()

    override fun toString(): String = "PreparedCall"
}

/**
 * Signs at once, in the calling thread, with a key that this library never sees, such as one in Android's Keystore. A key
 * that takes its time (a server, a fingerprint) is a [Signer]'s. Whatever this throws is `SIGNER_FAILED`. It must not
 * call the payment that it signs for.
 */
public fun interface LocalSigner {
    /** The raw RSASSA-PKCS1-v1_5 signature over [message]: `SHA256withRSA` for [SignType.RSA2]. */
    public fun sign(signType: SignType, message: ByteArray): ByteArray
}

/** UniFFI lets only exceptions pass, and an [Error] would get lost on the way. */
private class Bridge(private val signer: LocalSigner) : NativeSigner {
    override fun sign(signType: SignType, message: ByteArray): ByteArray =
        try {
            signer.sign(signType, message)
        } catch (_: Throwable) {
            throw NativeException.Failed(ErrorCode.SIGNER_FAILED, Fault.HOST, null, "")
        }
}
