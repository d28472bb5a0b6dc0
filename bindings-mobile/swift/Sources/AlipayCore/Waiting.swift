// Waiting: for an event, for a time, for code that may never return.

import Foundation

/// A phone's deep sleep stretches a timer: so no timer runs longer than this before the clock is looked at again.
private let slice = Duration.seconds(1)

/// Sleeps in slices until the time is over or the task is cancelled.
func sleep(_ duration: Duration, by timepiece: Timepiece) async throws {
    let watch = timepiece.watch()
    while case let left = duration - watch.passed, left > .zero {
        try await Task.sleep(for: min(left, slice))
    }
}

/// Wakes the driver when something happened.
actor Bell {
    private var rung = false
    private var wish = false
    private var sleeper: CheckedContinuation<Void, Never>?

    /// - Parameter wish: whether the cashier wants something that a crash must not forget.
    func ring(wish: Bool) {
        rung = true
        self.wish = self.wish || wish
        wake()
    }

    /// Whether there is a wish that was not stored yet.
    func takeWish() -> Bool {
        defer { wish = false }
        return wish
    }

    /// From here on, only what happens later counts.
    func listen() { rung = false }

    var hasRung: Bool { rung }

    /// Returns after this time, or when it rings, or now and then for no reason.
    func sleep(_ duration: Duration, by timepiece: Timepiece) async throws {
        guard !rung else { return }
        let alarm = Task {
            try? await AlipayCore.sleep(duration, by: timepiece)
            wake()
        }
        defer { alarm.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { sleeper = $0 }
        } onCancel: {
            alarm.cancel()
        }
        try Task.checkCancellation()
    }

    private func wake() {
        sleeper?.resume()
        sleeper = nil
    }
}

/// One after the other, in the order in which they came.
actor Turn {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        guard isTaken else { return isTaken = true }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}

/// Goes to whoever asks first.
final class Once: @unchecked Sendable {
    private let lock = NSLock()
    private var isTaken = false

    func take() -> Bool {
        lock.withLock {
            defer { isTaken = true }
            return !isTaken
        }
    }
}

/// The time is over, and what was being waited for is left to itself.
struct TimeIsOver: Error {}

/// Runs the caller's code, and waits neither past the time nor past cancellation for code that listens to neither. Whatever
/// it throws comes out as it is.
func bounded<T: Sendable>(
    _ duration: Duration, by timepiece: Timepiece = .system, _ work: @escaping @Sendable () async throws -> T
) async throws -> T {
    let (results, result) = AsyncThrowingStream.makeStream(of: T.self)
    let running = Task {
        do {
            result.yield(try await work())
            result.finish()
        } catch {
            result.finish(throwing: error)
        }
    }
    let clock = Task {
        try await AlipayCore.sleep(duration, by: timepiece)
        result.finish(throwing: TimeIsOver())
    }
    defer {
        running.cancel()
        clock.cancel()
    }
    for try await value in results { return value }
    throw CancellationError()
}
