// Alipay's time, as answers told it, from one payment to the next.

package io.github.alipaycore

/** What a merchant's payments learnt of Alipay's time. */
internal class AlipayClock {
    private var told: Pair<Long, Clock.Stopwatch>? = null

    /** An answer that has just come, and was on its way for no longer than [PROMPT_MS], told this time. */
    @Synchronized
    fun learn(time: Long, clock: Clock) {
        told = time to clock.start()
    }

    /** What time it is at Alipay's, in Unix milliseconds, if that is known. */
    @Synchronized
    fun now(): Long? {
        val (time, watch) = told ?: return null
        // What was told is too early rather than too late: it was rounded down to a second, and some time on its way.
        val passed = watch.agreedMs(AGREEMENT_MS)?.takeIf { it <= USABLE_MS }
        if (passed == null) told = null
        return passed?.let { time + it }
    }

    companion object {
        /** An answer that took longer tells too little about what time it is. */
        const val PROMPT_MS = 1_000L

        /** If this process's clocks differ by more, nobody knows how much time has passed. */
        private const val AGREEMENT_MS = 1_000L

        /** For longer, a clock that was never set is not exact enough. */
        private const val USABLE_MS = 3_600_000L
    }
}
