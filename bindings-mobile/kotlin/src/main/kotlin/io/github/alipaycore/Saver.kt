// Storing: one save after the other, none for longer than its time, the outcome until it is stored.

package io.github.alipaycore

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** Of one payment: who drives it again goes on with the same, which may still save an outcome. */
internal class Saver(internal val store: Store, private val clock: Clock) {
    /** Of its own: a store that hangs holds up nobody, and the outcome is saved after the driver's end. */
    private val elsewhere = CoroutineScope(SupervisorJob() + Dispatchers.IO)

    /** A save that went over its time may still be writing, and must not overwrite what comes after it. */
    private val turn = Mutex()

    /** What it was given last: never is an older one saved after it. */
    @Volatile
    private var newest: ByteArray? = null

    /** Saves once. What went wrong, or null: one that hangs has failed. One that has not begun by then never does. */
    suspend fun save(snapshot: ByteArray, limitMs: Long): Throwable? {
        newest = snapshot
        val saving = elsewhere.async { runCatching { turn.withLock { store.save(snapshot) } } }
        try {
            val saved = saving.within(limitMs, clock) ?: return TimeIsOver()
            return saved.exceptionOrNull()
        } finally {
            saving.cancel()
        }
    }

    /** Saves once, after what is being saved. Nobody waits for it. */
    fun submit(snapshot: ByteArray) {
        newest = snapshot
        elsewhere.launch { runCatching { turn.withLock { store.save(snapshot) } } }
    }

    /** Saves it, or a newer one, until it succeeds, or never can because the payment is another's now: then the reason. */
    fun keep(snapshot: ByteArray, limitMs: Long, failed: (Throwable) -> Unit): Deferred<Result<Unit>> = elsewhere.async {
        var pause = 100L
        newest = snapshot
        while (true) {
            delay(pause)
            pause = minOf(pause * 2, 10_000)
            val problem = save(newest ?: snapshot, limitMs) ?: return@async Result.success(Unit)
            if (problem.isFinal) return@async Result.failure(problem)
            failed(problem)
        }
        @Suppress("UNREACHABLE_CODE")
        error("it returns")
    }
}

internal val Throwable.isSuperseded: Boolean get() = this is AlipayException && code == ErrorCode.SUPERSEDED

private val Throwable.isFinal: Boolean get() = isSuperseded || (this is AlipayException && code == ErrorCode.CLOSED)
