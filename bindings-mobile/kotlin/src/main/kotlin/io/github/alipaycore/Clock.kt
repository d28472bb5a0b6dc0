// Time that goes on while the machine sleeps.

package io.github.alipaycore

/**
 * Tells time.
 *
 * @property wall Unix milliseconds, which may jump
 * @property monotonic milliseconds since whenever
 * @property countsSuspension whether [monotonic] goes on while the machine is suspended
 */
internal class Clock(
    val wall: () -> Long,
    private val monotonic: () -> Long,
    private val countsSuspension: Boolean,
) {
    /** Starts to measure. */
    fun start(): Stopwatch = Stopwatch()

    /**
     * The milliseconds since it was started. Where the monotonic clock stands still during a suspension, as that of a JVM
     * does, the wall clock's difference counts if it is the larger: one that is set ahead ends a wait too early, which
     * costs a request, while one that is not seen to leap would send it too late, which costs money.
     */
    inner class Stopwatch {
        private val wallThen = wall()
        private val monotonicThen = monotonic()

        fun ms(): Long {
            val passed = monotonic() - monotonicThen
            return if (countsSuspension) passed else maxOf(passed, wall() - wallThen)
        }

        /** The larger of what both clocks say, or null if they differ by more than this: one was set, or stood still. */
        fun agreedMs(within: Long): Long? {
            val (monotonic, wall) = monotonic() - monotonicThen to wall() - wallThen
            return maxOf(monotonic, wall).takeIf { it - minOf(monotonic, wall) <= within }
        }
    }

    companion object {
        val system: Clock = android() ?: Clock(System::currentTimeMillis, { System.nanoTime() / 1_000_000 }, false)

        /** `SystemClock.elapsedRealtime`, where there is one. By reflection, so that the same jar runs on every JVM. */
        private fun android(): Clock? = try {
            val method = Class.forName("android.os.SystemClock").getMethod("elapsedRealtime")
            val elapsed = { method.invoke(null) as Long }
            elapsed()
            Clock(System::currentTimeMillis, elapsed, true)
        } catch (_: Exception) {
            null
        } catch (_: LinkageError) {
            null
        }
    }
}
