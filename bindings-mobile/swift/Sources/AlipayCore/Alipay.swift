// The checked configuration, and single calls with it.

import AlipayEngine
import Foundation

/// A merchant's checked configuration. Immutable: any number of tasks may use one at the same time.
///
/// Every `now` is Unix milliseconds, by default the system's clock.
public final class Alipay: Sendable {
    let native: NativeAlipay
    let clock: AlipayClock

    init(_ native: NativeAlipay, clock: AlipayClock = AlipayClock()) {
        self.native = native
        self.clock = clock
    }

    /// Checks the options.
    ///
    /// - Parameter signer: stands for a private key that another part of the device holds. Without either, calls take the
    ///   two steps ``prepare(_:now:)`` and ``PreparedCall/finish(_:)``, and a payment asks its driver's ``Signer``.
    /// - Throws: those of fault `configuration`, with the option's name.
    public convenience init(_ options: MerchantOptions, signer: (any LocalSigner)? = nil) throws(AlipayError) {
        self.init(try AlipayCore.native { try NativeAlipay(options: options, signer: signer.map(Bridge.init)) })
    }

    /// Whether the key lives elsewhere, so that ``request(_:now:)`` and ``sign(_:signType:)`` can't be used.
    public var signsExternally: Bool {
        // Only a defect makes it fail, and then nothing can be signed here.
        (try? native.signsExternally()) ?? true
    }

    /// The same merchant with its signing moved to the caller: its payments ask for their signatures.
    public func delegated() throws(AlipayError) -> Alipay {
        Alipay(try AlipayCore.native { try native.delegated() }, clock: clock)
    }

    /// The first of two steps, for a key that lives elsewhere.
    public func prepare(_ call: Call, now: Int64 = unixMilliseconds()) throws(AlipayError) -> PreparedCall {
        try AlipayCore.native {
            let prepared = try native.prepare(call: call, now: now)
            return PreparedCall(
                bytesToSign: try prepared.bytesToSign(), stringToSign: try prepared.stringToSign(), signType: try prepared.signType(), native: prepared)
        }
    }

    /// A signed request in one step. It takes a millisecond or more: not for the main actor; ``execute(_:transport:signer:timeout:)``
    /// takes care of that.
    ///
    /// - Throws: `signerExternal` if the key lives elsewhere.
    public func request(_ call: Call, now: Int64 = unixMilliseconds()) throws(AlipayError) -> HttpRequest {
        try AlipayCore.native { try native.request(call: call, now: now) }
    }

    /// Verifies a response and then reads it. A refusal by Alipay is an ``Answer``, not an error.
    ///
    /// - Parameter method: the call's.
    public func open(_ method: String, _ response: HttpResponse) throws(AlipayError) -> Answer {
        try AlipayCore.native {
            try native.open(
                method: method, status: Int32(clamping: response.status), body: response.body, headers: response.headers)
        }
    }

    /// The signature of any message by the application's key, as base64. The merchant's algorithm unless one is given.
    public func sign(_ message: Data, signType: SignType? = nil) throws(AlipayError) -> String {
        try AlipayCore.native { try native.sign(message: message, signType: signType) }
    }

    /// Checks Alipay's signature (base64) of any message: returns if it is valid. What Alipay sends is better given to
    /// ``open(_:_:)`` and ``verifyNotify(_:)``, which know what is signed.
    ///
    /// - Throws: `signatureInvalid`, `signatureFormat`.
    public func verify(_ message: Data, signature: String, signType: SignType? = nil) throws(AlipayError) {
        try AlipayCore.native { try native.verify(message: message, signature: signature, signType: signType) }
    }

    /// Verifies a notification from its raw body, exactly as it was received.
    public func verifyNotify(_ body: Data) throws(AlipayError) -> Notify {
        try AlipayCore.native { try native.verifyNotify(body: body) }
    }

    /// One of the merchant's operations, such as `pageUrl`: what goes in and what comes out is JSON, as docs/operations.md lists.
    ///
    /// - Throws: `argumentType`, and those of the operation.
    public func invoke(_ operation: String, _ input: String) throws(AlipayError) -> String {
        try AlipayCore.native { try native.invoke(operation: operation, input: input) }
    }
}

extension Alipay: CustomStringConvertible {
    public var description: String { "Alipay" }
}

/// A request that lacks its signature.
public struct PreparedCall: Sendable {
    /// What to sign: the text in the merchant's charset.
    public let bytesToSign: Data
    /// The text that is to be signed, to be looked at. It holds the whole `biz_content`: don't log it.
    public let stringToSign: String
    /// The algorithm.
    public let signType: SignType
    let native: NativePrepared

    /// The request with its raw signature.
    public func finish(_ signature: Data) throws(AlipayError) -> HttpRequest {
        try AlipayCore.native { try native.finish(signature: signature) }
    }
}

/// Signs at once, in the calling thread, with a key that this library never sees, such as one in a keychain. A key that
/// takes its time (a server, a fingerprint) is a ``Signer``'s. Whatever this throws is `signerFailed`. It must not call the
/// payment that it signs for.
public protocol LocalSigner: Sendable {
    /// The raw RSASSA-PKCS1-v1_5 signature over the message: with SHA-256 for ``SignType/rsa2``.
    func sign(_ signType: SignType, _ message: Data) throws -> Data
}

private final class Bridge: NativeSigner {
    private let signer: any LocalSigner

    init(_ signer: any LocalSigner) {
        self.signer = signer
    }

    func sign(signType: SignType, message: Data) throws -> Data {
        do {
            return try signer.sign(signType, message)
        } catch {
            // Only this type crosses; what the signer threw may hold anything.
            throw NativeError.Failed(code: .signerFailed, fault: .host, subject: nil, message: "")
        }
    }
}
