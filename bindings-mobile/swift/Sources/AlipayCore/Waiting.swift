// Waiting: for an event, for a time, for code that may never return.

/// Holds the events that came and were not taken yet.
actor Inbox {
    private var events: [PaymentEvent] = []
    private var sleeper: CheckedContinuation<Void, Never>?

    func put(_ event: PaymentEvent) {
        events.append(event)
        wake()
    }

    func take() -> [PaymentEvent] {
        defer { events = [] }
        return events
    }

    /// Returns after this time, or when there are events, or now and then for no reason.
    func sleep(_ duration: Duration) async throws {
        guard events.isEmpty else { return }
        let alarm = Task {
            try? await Task.sleep(for: duration)
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

/// The time is over, and what was being waited for is left to itself.
struct TimeIsOver: Error {}

/// Runs the caller's code, and waits neither past the time nor past cancellation for code that listens to neither. Whatever
/// it throws comes out as it is.
func bounded<T: Sendable>(
    _ duration: Duration, _ work: @escaping @Sendable () async throws -> T
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
        try await Task.sleep(for: duration)
        result.finish(throwing: TimeIsOver())
    }
    defer {
        running.cancel()
        clock.cancel()
    }
    for try await value in results { return value }
    throw CancellationError()
}
