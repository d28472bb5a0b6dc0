// Storing: one save after the other, none for longer than its time, the outcome until it is stored.

import AlipayEngine
import Foundation

struct Saver: Sendable {
    let store: any Store
    let timepiece: Timepiece
    /// A save that went over its time may still be writing, and must not overwrite what comes after it.
    private let turn = Turn()

    init(store: any Store, timepiece: Timepiece) {
        self.store = store
        self.timepiece = timepiece
    }

    /// Saves once. What went wrong, or nil: one that hangs has failed. One that has not begun by then never does.
    func save(_ snapshot: Data, within limit: Duration) async -> (any Error)? {
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
        Task {
            await turn.take()
            try? await store.save(snapshot)
            await turn.give()
        }
    }

    /// Saves again until it succeeds, or never can because the payment is another's now: then it throws the reason.
    func keep(
        _ snapshot: Data, within limit: Duration, _ failed: @escaping @Sendable (any Error) -> Void
    ) -> Task<Void, any Error> {
        Task {
            var pause = Duration.milliseconds(100)
            while true {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(10))
                guard let problem = await save(snapshot, within: limit) else { return }
                try Task.checkCancellation()
                if isSuperseded(problem) || isClosed(problem) { throw problem }
                failed(problem)
            }
        }
    }
}

func isSuperseded(_ error: any Error) -> Bool {
    (error as? AlipayError)?.code == .superseded
}

private func isClosed(_ error: any Error) -> Bool {
    (error as? AlipayError)?.code == .closed
}
