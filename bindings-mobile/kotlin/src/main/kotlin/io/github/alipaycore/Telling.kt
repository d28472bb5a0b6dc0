// Telling the observer, which must not hold up what it observes.

package io.github.alipaycore

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

/** Calls the observer in its own time, one call after the other. */
internal class Telling(private val observer: Observer?) {
    private val queue = Channel<Observer.() -> Unit>(Channel.UNLIMITED)

    private val teller = observer?.let {
        CoroutineScope(Dispatchers.IO).launch {
            for (tell in queue) {
                try {
                    it.tell()
                } catch (_: Throwable) {
                }
            }
        }
    }

    fun tell(tell: Observer.() -> Unit) {
        if (observer != null) queue.trySend(tell)
    }

    /** What was said is heard before the driver returns, unless the observer hangs. */
    suspend fun end() {
        queue.close()
        val teller = teller ?: return
        withContext(NonCancellable) { withTimeoutOrNull(PATIENCE_MS) { teller.join() } }
        teller.cancel()
    }

    private companion object {
        const val PATIENCE_MS = 500L
    }
}
