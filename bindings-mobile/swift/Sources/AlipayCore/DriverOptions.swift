// What the driver works with: the caller's store, transport, signer, events and observer.

import Foundation

/// What a payment is driven with.
public struct DriverOptions: Sendable {
    /// Keeps the last snapshot where a crash can't reach it.
    public var store: any Store
    /// HTTP.
    public var transport: any Transport
    /// Signs if the merchant's key lives elsewhere.
    public var signer: (any Signer)?
    /// Brings the cashier's cancel and notifications to the running payment, and wakes it from its sleep. Read to its end,
    /// or to the payment's.
    public var events: AsyncStream<PaymentEvent>?
    /// Is told of every step, to show it.
    public var observer: (any Observer)?
    /// Another one in tests.
    var timepiece = Timepiece.system

    public init(
        store: any Store,
        transport: any Transport = URLSessionTransport(),
        signer: (any Signer)? = nil,
        events: AsyncStream<PaymentEvent>? = nil,
        observer: (any Observer)? = nil
    ) {
        self.store = store
        self.transport = transport
        self.signer = signer
        self.events = events
        self.observer = observer
    }
}

/// Keeps the last snapshot where a crash can't reach it.
public protocol Store: Sendable {
    /// Replaces the snapshot; it is durable once this returns. Called once at a time. Throws if it may not be durable; one that
    /// takes longer than the policy's `sendWithinMs` has failed. Refuses a snapshot that is older than the stored one
    /// (``snapshotNumber(_:)``), or whose driver's lock or lease was lost, with an ``AlipayError`` of the code `superseded`. Must not
    /// block a thread of Swift's own: others wait for it.
    func save(_ snapshot: Data) async throws
    /// Whether the process that wrote this snapshot is provably dead: on this machine, this store took anew a kernel lock that
    /// it had held. A lease proves no death. If it is left out: no.
    func writerIsDead(_ snapshot: Data) -> Bool
}

extension Store {
    public func writerIsDead(_ snapshot: Data) -> Bool { false }
}

/// Signs where the key lives: on a server, behind a fingerprint.
public protocol Signer: Sendable {
    /// The raw RSASSA-PKCS1-v1_5 signature over the message: with SHA-256 for ``SignType/rsa2``. Whatever it throws means
    /// that there is no signature; the request is not sent. A payment's message holds the auth_code: don't log it.
    func sign(_ signType: SignType, _ message: Data) async throws -> Data
}

/// What may happen while a payment runs.
public enum PaymentEvent: Sendable {
    /// The cashier wants to cancel.
    case cancel
    /// A notification came: its raw body, exactly as it was received. It is verified first, and ignored if it is not
    /// Alipay's.
    case notify(Data)
}

/// Is told of every step, on a queue of its own, one call after the other. The payment does not wait for it, so that what it
/// shows may be late. All of it may be left out.
public protocol Observer: Sendable {
    /// Where the payment stands.
    func phase(_ phase: Phase)
    /// This request was handed to the transport.
    func asking(_ kind: RequestKind)
    /// What its answer said, or that there was none.
    func heard(_ kind: RequestKind, _ heard: Heard?)
    /// Nothing to do until then (Unix milliseconds).
    func waiting(until: Int64, for wake: Wake)
    /// Something else happened.
    func happened(_ event: PaymentEvent)
    /// Something became known after an outcome was told, because of a notification.
    func news(_ news: News)
    /// A snapshot could not be stored: this request was not sent, or, if there is none, the last state is not stored.
    func notStored(_ kind: RequestKind?, _ cause: any Error)
    /// There is no signature, because the signer failed.
    func notSigned(_ kind: RequestKind, _ cause: any Error)
    /// A notification was not Alipay's, and was ignored.
    func notUnderstood(_ problem: AlipayError)
}

extension Observer {
    public func phase(_ phase: Phase) {}
    public func asking(_ kind: RequestKind) {}
    public func heard(_ kind: RequestKind, _ heard: Heard?) {}
    public func waiting(until: Int64, for wake: Wake) {}
    public func happened(_ event: PaymentEvent) {}
    public func news(_ news: News) {}
    public func notStored(_ kind: RequestKind?, _ cause: any Error) {}
    public func notSigned(_ kind: RequestKind, _ cause: any Error) {}
    public func notUnderstood(_ problem: AlipayError) {}
}
