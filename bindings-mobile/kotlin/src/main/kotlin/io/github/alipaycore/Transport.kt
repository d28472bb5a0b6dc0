// HTTP as the driver sees it, and one call over it.

package io.github.alipaycore

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

/**
 * An HTTP answer, whatever it says.
 *
 * @property body at most 1 MiB, and one byte more if there was more
 * @property headers all of them, names in any case; payments over OpenAPI v3 are signed there
 */
public class HttpResponse(
    public val status: Int,
    public val body: ByteArray,
    public val headers: List<Parameter> = emptyList(),
) {
    override fun toString(): String = "HttpResponse($status, ${body.size} bytes)"
}

/** Sends one request and waits for its answer. */
public fun interface Transport {
    /**
     * The answer. One attempt: a request must never be sent twice, so no retries and no redirects. Runs on
     * [Dispatchers.IO], so it may block; it is given up after [timeoutMs] whether it notices or not.
     *
     * @throws NotSentException only if not a byte of the request can have left. Whatever else is thrown means that it may
     *   have.
     */
    public suspend fun send(request: HttpRequest, timeoutMs: Long): HttpResponse
}

/** Provably not a byte of the request left this machine: no address, connection refused, TLS refused. */
public class NotSentException(message: String? = null, cause: Throwable? = null) : Exception(message, cause)

/**
 * Sends a call and opens the answer. A refusal by Alipay is an [Answer], not an exception.
 *
 * @param signer signs if the key lives elsewhere
 * @throws AlipayException `NOT_SENT`, `MAYBE_SENT`, `TIMED_OUT` if no answer came; those of [Alipay.prepare] and
 *   [Alipay.open]; `SIGNER_FAILED`
 */
public suspend fun Alipay.execute(
    call: Call,
    transport: Transport = HttpUrlConnectionTransport(),
    signer: Signer? = null,
    timeoutMs: Long = 15_000,
): Answer {
    val request = if (signer == null) withContext(Dispatchers.Default) { request(call) } else signed(call, signer, timeoutMs)
    val response = try {
        bounded(timeoutMs) { transport.send(request, timeoutMs) }
    } catch (e: Throwable) {
        currentCoroutineContext().ensureActive()
        val code = when (e) {
            is NotSentException -> ErrorCode.NOT_SENT
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

/** The time is over, and what was being waited for is left to itself. */
internal class TimeIsOver : Exception()

/**
 * Runs the caller's code off the caller's thread, and waits neither past the time nor past cancellation for code that
 * listens to neither. Whatever it throws comes out as it is, a [kotlinx.coroutines.CancellationException] of its own too.
 */
internal suspend fun <T> bounded(timeoutMs: Long, work: suspend () -> T): T {
    val elsewhere = CoroutineScope(currentCoroutineContext().minusKey(Job) + Dispatchers.IO)
    val running = elsewhere.async { runCatching { work() } }
    try {
        return (withTimeoutOrNull(timeoutMs) { running.await() } ?: throw TimeIsOver()).getOrThrow()
    } finally {
        running.cancel()
    }
}
