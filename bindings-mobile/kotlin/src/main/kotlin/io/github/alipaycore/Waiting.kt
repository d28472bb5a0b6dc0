// Waiting that ends when it should, also after the machine slept.

package io.github.alipaycore

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.withTimeoutOrNull

/** A phone's deep sleep stretches a timer: so no timer runs longer than this before the clock is looked at again. */
private const val SLICE_MS = 1_000L

/** Waits in slices until there is a value or the time is over: null. */
internal suspend fun <T : Any> Clock.within(ms: Long, wait: suspend () -> T): T? {
    val watch = start()
    while (true) {
        val left = ms - watch.ms()
        if (left <= 0) return null
        withTimeoutOrNull(minOf(left, SLICE_MS)) { wait() }?.let { return it }
    }
}

/** What it comes to, or null when the time is over. */
internal suspend fun <T : Any> Deferred<T>.within(ms: Long, clock: Clock): T? =
    clock.within(ms) { await() } ?: if (isCompleted) await() else null

/** The time is over, and what was being waited for is left to itself. */
internal class TimeIsOver : Exception("the time is over")

/**
 * Runs the caller's code off the caller's thread, and waits neither past the time nor past cancellation for code that
 * listens to neither. Whatever it throws comes out as it is, a [kotlinx.coroutines.CancellationException] of its own too.
 */
internal suspend fun <T> bounded(timeoutMs: Long, clock: Clock = Clock.system, work: suspend () -> T): T {
    val elsewhere = CoroutineScope(currentCoroutineContext().minusKey(Job) + Dispatchers.IO)
    val running = elsewhere.async { runCatching { work() } }
    try {
        return (running.within(timeoutMs, clock) ?: throw TimeIsOver()).getOrThrow()
    } finally {
        running.cancel()
    }
}
