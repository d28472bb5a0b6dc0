// Alipay's time, as answers told it, from one payment to the next.

import Foundation

/// What a merchant's payments learnt of Alipay's time.
final class AlipayClock: @unchecked Sendable {
    /// An answer that took longer tells too little about what time it is.
    static let prompt = Duration.seconds(1)
    /// If this process's clocks differ by more, one of them was set: nobody knows how much time has passed.
    private static let agreement = Duration.seconds(1)
    /// For longer, a clock that was never set is not exact enough.
    private static let usable = Duration.seconds(3600)

    private let lock = NSLock()
    private var told: (time: Int64, wall: Int64, watch: Stopwatch)?

    /// An answer that has just come, and was on its way for no longer than ``prompt``, told this time.
    func learn(_ time: Int64, by timepiece: Timepiece) {
        lock.withLock { told = (time, timepiece.wall(), timepiece.watch()) }
    }

    /// What time it is at Alipay's, in Unix milliseconds, if that is known.
    func now() -> Int64? {
        lock.withLock {
            guard let told else { return nil }
            let (monotonic, wall) = (told.watch.passed, Duration.milliseconds(told.watch.timepiece.wall() - told.wall))
            // What was told is too early rather than too late: it was rounded down to a second, and some time on its way.
            let passed = max(monotonic, wall)
            guard passed - min(monotonic, wall) <= Self.agreement, passed <= Self.usable else {
                self.told = nil
                return nil
            }
            return told.time + Int64(passed / .milliseconds(1))
        }
    }
}
