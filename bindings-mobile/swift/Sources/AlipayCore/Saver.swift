// Storing: one save after the other, none for longer than its time, the outcome until it is stored.

import AlipayEngine
import Foundation

/// Of one payment: who drives it again goes on with the same, which may still save an outcome.
final class Saver: Sendable {
    let store: any Store
    let timepiece: Timepiece
    /// What it was given last: never is an older one saved after it.
    private let newest = Newest()
    /// A save that went over its time may still be writing, and must not overwrite what comes after it.
    private let turn = Turn()

    init(store: any Store, timepiece: Timepiece) {
        self.store = store
        self.timepiece = timepiece
    }

    /// Saves once. What went wrong, or nil: one that hangs has failed. One that has not begun by then never does.
    func save(_ snapshot: Data, within limit: Duration) async -> (any Error)? {
        newest.set(snapshot)
        do {
            try await bounded(limit, by: timepiece) { [store, turn] in
                await turn.take()
                do {
                    try Task.checkCancellation()
                    try await store.save(snapshot)
                } catch {
                    await turn.give()
                    throw error
                }
                await turn.give()
            }
            return nil
        } catch {
            return error
        }
    }

    /// Saves once, after what is being saved. Nobody waits for it.
    func submit(_ snapshot: Data) {
        newest.set(snapshot)
        Task {
            await turn.take()
            try? await store.save(snapshot)
            await turn.give()
        }
    }

    /// Saves it, or a newer one, until it succeeds, or never can because the payment is another's now: then it throws the reason.
    func keep(
        _ snapshot: Data, within limit: Duration, _ failed: @escaping @Sendable (any Error) -> Void
    ) -> Task<Void, any Error> {
        newest.set(snapshot)
        return Task {
            var pause = Duration.milliseconds(100)
            while true {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(10))
                guard let problem = await save(newest.get() ?? snapshot, within: limit) else { return }
                try Task.checkCancellation()
                if isSuperseded(problem) || isClosed(problem) { throw problem }
                failed(problem)
            }
        }
    }
}

private final class Newest: @unchecked Sendable {
    private let lock = NSLock()
    private var snapshot: Data?

    func set(_ snapshot: Data) { lock.withLock { self.snapshot = snapshot } }
    func get() -> Data? { lock.withLock { snapshot } }
}

/// Who drives a payment, and what saves it, maybe still for an earlier driver.
final class Drivers: @unchecked Sendable {
    private let lock = NSLock()
    private var saver: Saver?
    private var isDriven = false

    /// Makes the caller the one driver, until ``end()``.
    func begin() throws(AlipayError) {
        let isFirst = lock.withLock {
            defer { isDriven = true }
            return !isDriven
        }
        if !isFirst { throw AlipayError(.superseded) }
    }

    func end() { lock.withLock { isDriven = false } }

    /// The last one, if it is for this store: one that is no object is another each time.
    func saver(_ store: any Store, by timepiece: Timepiece) -> Saver {
        lock.withLock {
            if let saver, saver.store as AnyObject === store as AnyObject { return saver }
            let new = Saver(store: store, timepiece: timepiece)
            saver = new
            return new
        }
    }
}

func isSuperseded(_ error: any Error) -> Bool {
    (error as? AlipayError)?.code == .superseded
}

private func isClosed(_ error: any Error) -> Bool {
    (error as? AlipayError)?.code == .closed
}
