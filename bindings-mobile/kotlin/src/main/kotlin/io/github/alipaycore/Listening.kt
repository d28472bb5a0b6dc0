// Taking the events of a running payment, so that none is lost at its end.

package io.github.alipaycore

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.launch
import kotlinx.coroutines.selects.select

/** Takes events also while something is stored, signed or sent: what the cashier cancels must not leave. */
internal class Listening(
    private val scope: CoroutineScope,
    private val events: ReceiveChannel<PaymentEvent>,
    private val take: (PaymentEvent) -> Unit,
) {
    private var enough = CompletableDeferred<Unit>()
    private var job = listen()

    /** Takes nothing more, and has dealt with what it took. Cancelling could lose an event that was received. */
    suspend fun pause() {
        enough.complete(Unit)
        job.join()
    }

    fun resume() {
        enough = CompletableDeferred()
        job = listen()
    }

    fun cancel(): Unit = job.cancel()

    private fun listen(): Job {
        val enough = enough
        return scope.launch {
            while (true) {
                val event = select {
                    enough.onJoin { null }
                    events.onReceiveCatching { it.getOrNull() }
                }
                take(event ?: return@launch)
            }
        }
    }
}
