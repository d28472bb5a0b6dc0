// The pay-poll-cancel machine, for those who drive it themselves. `pay` drives it for you.

import AlipayEngine
import Foundation

/// One barcode payment (付款码支付). It does nothing by itself: ``poll(now:)`` it, do what it says, hand in what happened.
/// Tasks that use one at the same time take turns.
///
/// Every `now` is Unix milliseconds, by default the system's clock, which may jump.
public final class Payment: Sendable {
    private let native: NativePayment
    /// What Alipay's time is told to.
    let clock: AlipayClock
    let drivers = Drivers()

    private init(_ native: NativePayment, _ clock: AlipayClock) {
        self.native = native
        self.clock = clock
    }

    /// A new payment.
    ///
    /// - Throws: those of fault `input`, with the field's name; `policyRange`, `policySettle`.
    public convenience init(
        _ alipay: Alipay, order: TradePayRequest, policy: Policy = Policy(), start: Start = Start(),
        now: Int64 = unixMilliseconds()
    ) throws(AlipayError) {
        self.init(
            try AlipayCore.native {
                try NativePayment(alipay: alipay.native, order: order, policy: policy, start: start, now: now)
            }, alipay.clock)
    }

    /// A new payment from the order as JSON, with Alipay's field names, as a server may send it.
    public convenience init(
        _ alipay: Alipay, json order: String, policy: Policy = Policy(), start: Start = Start(),
        now: Int64 = unixMilliseconds()
    ) throws(AlipayError) {
        self.init(
            try AlipayCore.native {
                try NativePayment.fromJson(
                    alipay: alipay.native, order: order, policy: policy, start: start, now: now)
            }, alipay.clock)
    }

    /// One that was stored. Nothing is cancelled before Alipay has answered anew.
    ///
    /// - Throws: `snapshotCorrupt`, `snapshotVersion`, `snapshotMerchant`, `snapshotGateway`.
    public static func restore(
        _ alipay: Alipay, snapshot: Data, restored: Restored = Restored(), now: Int64 = unixMilliseconds()
    ) throws(AlipayError) -> Payment {
        Payment(
            try AlipayCore.native {
                try NativePayment.restore(
                    alipay: alipay.native, snapshot: snapshot, restored: restored, now: now)
            }, alipay.clock)
    }

    /// What to do next. Signing happens here if the key is at hand, which takes a millisecond or more.
    public func poll(now: Int64 = unixMilliseconds()) throws(AlipayError) -> Output {
        try AlipayCore.native { try native.poll(now: now) }
    }

    /// What happened. A notification is verified first, and refused with an error if it is not Alipay's.
    public func handle(_ input: Input, now: Int64 = unixMilliseconds()) throws(AlipayError) {
        try AlipayCore.native { try native.handle(input: input, now: now) }
    }

    /// Goes on with another object for the same merchant, from the next step on: one that knows a certificate of Alipay's
    /// more, which `alipayCertSn` of ``Heard`` asked for. Notifications are verified with it too.
    ///
    /// - Throws: `snapshotMerchant` if it is another merchant, and then the old one stays.
    public func setMerchant(_ alipay: Alipay) throws(AlipayError) {
        try AlipayCore.native { try native.setMerchant(alipay: alipay.native) }
    }

    /// Says whether the transport resets its connections when the process dies (``Transport/resetsOnDeath(gateway:)``). The
    /// default is no. Snapshots carry it: only such a request is taken for reset after a restart.
    public func setResetsOnDeath(_ resets: Bool) throws(AlipayError) {
        try AlipayCore.native { try native.setResetsOnDeath(resets: resets) }
    }

    /// Whether the request with this id should still be sent. Ask after storing and right before sending: the cashier may
    /// have cancelled, or a notification may have made an end. If not, hand in ``Failure/notSent``.
    public func isWanted(_ id: UInt32) throws(AlipayError) -> Bool {
        try AlipayCore.native { try native.isWanted(id: id) }
    }

    /// The number of the snapshot, which goes up, also across restarts.
    public func revision() throws(AlipayError) -> Int64 {
        try AlipayCore.native { try native.revision() }
    }

    /// The latest of Alipay's times that a verified answer told, in Unix milliseconds. With the time that has passed since, it is
    /// what the next payment's `alipayTime` of ``Start`` says; ``pay(_:order:policy:start:options:)`` sees to that.
    public func alipayTime() throws(AlipayError) -> Int64? {
        try AlipayCore.native { try native.alipayTime() }
    }

    func sendWithin() throws(AlipayError) -> Duration {
        .milliseconds(try AlipayCore.native { try native.sendWithinMs() })
    }

    func gateway() throws(AlipayError) -> String {
        try AlipayCore.native { try native.gateway() }
    }

    /// What to store. It holds no key, and no auth_code once pay was sent.
    public func snapshot() throws(AlipayError) -> Data {
        try AlipayCore.native { try native.snapshot() }
    }

    /// Where it stands, in one piece: phase, order number, what the last answer said, outcome.
    public func state() throws(AlipayError) -> PaymentState {
        try AlipayCore.native { try native.state() }
    }
}

extension Payment: CustomStringConvertible {
    public var description: String { "Payment" }
}
