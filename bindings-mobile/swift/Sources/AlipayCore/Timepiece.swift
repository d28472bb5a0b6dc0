// Time that goes on while the machine sleeps.

import Foundation

/// Tells time; another one in tests.
struct Timepiece: Sendable {
    /// Unix milliseconds, which may jump.
    var wall: @Sendable () -> Int64 = { unixMilliseconds() }
    /// Since whenever; it counts suspension, as `ContinuousClock` does on every system.
    var elapsed: @Sendable () -> Duration = {
        let start = Timepiece.start
        return start.duration(to: .now)
    }

    static let system = Timepiece()
    private static let start = ContinuousClock.now

    /// Starts to measure.
    func watch() -> Stopwatch {
        Stopwatch(timepiece: self, start: elapsed())
    }
}

struct Stopwatch: Sendable {
    let timepiece: Timepiece
    let start: Duration

    var passed: Duration { timepiece.elapsed() - start }
}
