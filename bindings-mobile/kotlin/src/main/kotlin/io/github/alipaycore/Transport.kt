// HTTP as the driver sees it, and one call over it.

package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext

/**
 * An HTTP answer, whatever it says.
 *
 * @property body at most 1 MiB, and one byte more if there was more
 * @property headers all of them, names in any case; payments over OpenAPI v3 are signed there, and over v2 `Date` tells
 *   Alipay's clock
 * @property reset whether the connection was reset after it, on a direct path to the gateway: no proxy, nothing that ends TLS
 *   on the way
 */
public class HttpResponse(
    public val status: Int,
    public val body: ByteArray,
    public val headers: List<Parameter> = emptyList(),
    public val reset: Boolean = false,
) {
    override fun toString(): String = "HttpResponse($status, ${body.size} bytes)"
}

/** Sends one request and waits for its answer. */
public fun interface Transport {
    /**
     * The answer. One attempt: a request must never be sent twice, so no retries and no redirects. Runs on
     * [Dispatchers.IO], so it may block; it is given up when its time is over whether it notices or not.
     *
     * It asks [Attempt.begin] on an established connection, right before the first byte of the request.
     *
     * @throws NotSentException only if not a byte of the request can have left
     * @throws AbortedException only if the connection was reset by either side, on a direct path to the gateway. Whatever
     *   else is thrown means that the request may have been sent, and may land for as long as anything can carry it.
     */
    public suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse

    /**
     * Whether its connections to this gateway are reset when the process dies: on Unix, `SO_LINGER` of zero since before they
     * were connected, on a direct path. A kernel retransmits what a connection that was closed normally still holds, also
     * for a process that was killed.
     */
    public fun resetsOnDeath(gateway: String): Boolean = false
}

/**
 * When a request may leave, and how long to wait for its answer.
 *
 * @property timeoutMs how long to wait for the answer, in milliseconds from the first byte
 */
public class Attempt internal constructor(
    public val timeoutMs: Long,
    private val sendWithinMs: Long,
    internal val clock: Clock,
    private val watch: Clock.Stopwatch = clock.start(),
    private val isWanted: () -> Boolean = { true },
) {
    /** As the driver makes them; for tests of a transport. The request may leave within [beginWithinMs] from now. */
    public constructor(timeoutMs: Long, beginWithinMs: Long = timeoutMs) : this(timeoutMs, beginWithinMs, Clock.system)

    /** In how many milliseconds the first byte must have left: the time for names, connecting and TLS. */
    public val beginWithinMs: Long get() = (sendWithinMs - watch.ms()).coerceAtLeast(0)

    /**
     * Lets the request go, or not: it may have become too late, or the cashier may have cancelled.
     *
     * @throws NotSentException then
     */
    public fun begin() {
        if (!isWanted()) throw NotSentException("no longer wanted")
        if (watch.ms() >= sendWithinMs) throw NotSentException("too late")
    }
}

/**
 * Provably not a byte of the request reached the gateway: no address, connection refused, TLS refused, or it was not sent
 * after all.
 */
public class NotSentException(message: String? = null, cause: Throwable? = null) : java.io.IOException(message, cause)

/** The connection was reset by either side before an answer came, on a direct path to the gateway. */
public class AbortedException(message: String? = null, cause: Throwable? = null) : java.io.IOException(message, cause)

/**
 * Sends a call and opens the answer. A refusal by Alipay is an [Answer], not an exception.
 *
 * @param signer signs if the key lives elsewhere
 * @throws AlipayException `NOT_SENT`, `ABORTED`, `MAYBE_SENT`, `TIMED_OUT` if no answer came; those of [Alipay.prepare] and
 *   [Alipay.open]; `SIGNER_FAILED`
 */
public suspend fun Alipay.execute(
    call: Call,
    transport: Transport = SocketTransport(),
    signer: Signer? = null,
    timeoutMs: Long = 15_000,
): Answer {
    val request = if (signer == null) withContext(Dispatchers.Default) { request(call) } else signed(call, signer, timeoutMs)
    val response = try {
        bounded(timeoutMs) { transport.send(request, Attempt(timeoutMs)) }
    } catch (e: Throwable) {
        currentCoroutineContext().ensureActive()
        val code = when (e) {
            is NotSentException -> ErrorCode.NOT_SENT
            is AbortedException -> ErrorCode.ABORTED
            is TimeIsOver -> ErrorCode.TIMED_OUT
            else -> ErrorCode.MAYBE_SENT
        }
        throw AlipayException(code, cause = e)
    }
    return withContext(Dispatchers.Default) { open(call.method, response) }
}

private suspend fun Alipay.signed(call: Call, signer: Signer, timeoutMs: Long): HttpRequest =
    prepare(call).use { prepared ->
        val signature = try {
            bounded(timeoutMs) { signer.sign(prepared.signType, prepared.bytesToSign) }
        } catch (e: Throwable) {
            currentCoroutineContext().ensureActive()
            throw AlipayException(ErrorCode.SIGNER_FAILED, cause = e)
        }
        prepared.finish(signature)
    }
