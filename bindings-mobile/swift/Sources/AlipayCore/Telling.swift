// Telling the observer, which must not hold up what it observes.

import Dispatch

/// Calls the observer in its own time, one call after the other.
struct Telling: Sendable {
    private let observer: (any Observer)?
    private let queue = DispatchQueue(label: "alipay.observer")

    init(_ observer: (any Observer)?) {
        self.observer = observer
    }

    func tell(_ tell: @escaping @Sendable (any Observer) -> Void) {
        if let observer { queue.async { tell(observer) } }
    }

    /// What was said is heard before the driver returns, unless the observer hangs.
    func end() async {
        guard observer != nil else { return }
        // Also if the driver's own task was cancelled.
        await Task { [queue] in
            try? await bounded(.milliseconds(500)) {
                await withCheckedContinuation { heard in queue.async { heard.resume() } }
            }
        }.value
    }
}
