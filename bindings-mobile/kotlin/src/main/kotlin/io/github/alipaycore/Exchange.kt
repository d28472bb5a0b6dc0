// One request over blocking I/O, which knows at every moment whether a byte of it may have left.

package io.github.alipaycore

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import java.net.SocketTimeoutException
import java.util.concurrent.atomic.AtomicReference

internal abstract class Exchange(protected val request: HttpRequest, protected val attempt: Attempt) {
    private enum class State { WAITING, BEGUN, ABANDONED }

    private val state = AtomicReference(State.WAITING)
    private val begun = CompletableDeferred<Unit>()
    private val answer = CompletableDeferred<Result<HttpResponse>>()

    /** Connects, calls [begin], writes, reads. Blocks. */
    protected abstract fun exchange(): HttpResponse

    /** Ends the connection, whatever the other thread waits for; whether that reset it on a direct path. Does not block. */
    protected abstract fun abort(): Boolean

    protected val isAbandoned: Boolean get() = state.get() == State.ABANDONED

    /** Right before the first byte. */
    protected fun begin() {
        attempt.begin()
        // Whoever gave up before this may rely on it that nothing leaves, also if this thread was held up for minutes.
        if (!state.compareAndSet(State.WAITING, State.BEGUN)) throw NotSentException("given up")
        begun.complete(Unit)
    }

    suspend fun run(): HttpResponse {
        executor.execute {
            answer.complete(runCatching { exchange() }.recoverCatching { throw ended(it) })
            begun.complete(Unit)
        }
        try {
            begun.within(attempt.beginWithinMs, attempt.clock)
            if (state.compareAndSet(State.WAITING, State.ABANDONED)) {
                abort()
                // It may have ended just so, without having begun.
                val ended = if (answer.isCompleted) answer.await().exceptionOrNull() else null
                throw ended ?: NotSentException("no connection in time")
            }
            return (answer.within(attempt.timeoutMs, attempt.clock) ?: throw givenUp()).getOrThrow()
        } catch (e: CancellationException) {
            givenUp()
            throw e
        }
    }

    private fun givenUp(): Exception {
        if (state.compareAndSet(State.WAITING, State.ABANDONED)) {
            abort()
            return NotSentException("given up")
        }
        state.set(State.ABANDONED)
        val message = "no complete answer within ${attempt.timeoutMs} ms"
        return if (abort()) AbortedException(message) else SocketTimeoutException(message)
    }

    /** What an end without an answer means. */
    private fun ended(cause: Throwable): Throwable = when {
        cause is NotSentException -> cause.also { abort() }
        !begun.isCompleted -> NotSentException(cause = cause).also { abort() }
        abort() -> AbortedException(cause = cause)
        else -> cause
    }

    companion object {
        /** One past the limit, so that the core sees that there was more and refuses it. */
        const val READ_AT_MOST: Int = (1 shl 20) + 1

        private val executor = Dispatchers.IO.asExecutor()
    }
}
