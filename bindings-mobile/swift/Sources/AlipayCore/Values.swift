// Plain values: keys, money, times, forms, what codes mean.

import AlipayEngine
import Foundation

/// This library's version.
public func version() -> String { AlipayEngine.version() }

/// A new key pair of 2048, 3072 or 4096 bits, from the system's random source. Takes a second or more, off the caller's actor.
public func generateKeyPair(bits: Int = 2048) async throws(AlipayError) -> KeyPair {
    try native { try AlipayEngine.generateKeyPair(bits: UInt32(clamping: bits)) }
}

/// What a private key is, in any accepted format: PEM or base64 text, or DER.
public func inspectPrivateKey(_ key: Data) throws(AlipayError) -> KeyInfo {
    try native { try AlipayEngine.inspectPrivateKey(key: key) }
}

/// What a private key is: PEM or base64 text.
public func inspectPrivateKey(_ key: String) throws(AlipayError) -> KeyInfo {
    try inspectPrivateKey(Data(key.utf8))
}

/// What a public key or certificate is, in any accepted format: PEM or base64 text, or DER.
public func inspectPublicKey(_ key: Data) throws(AlipayError) -> KeyInfo {
    try native { try AlipayEngine.inspectPublicKey(key: key) }
}

/// What a public key or certificate is: PEM or base64 text.
public func inspectPublicKey(_ key: String) throws(AlipayError) -> KeyInfo {
    try inspectPublicKey(Data(key.utf8))
}

/// An amount that a buyer can be charged: 0.01 to 100000000 yuan, at most two decimals.
public func chargeAmount(_ text: String) throws(AlipayError) -> AmountValue {
    try native { try AlipayEngine.chargeAmount(text: text) }
}

/// An amount in an answer, which may be zero.
public func readAmount(_ text: String) throws(AlipayError) -> AmountValue {
    try native { try AlipayEngine.readAmount(text: text) }
}

/// Unix milliseconds as civil time at GMT+8, as Alipay writes it.
public func toBeijing(_ unixMs: Int64) throws(AlipayError) -> String {
    try native { try AlipayEngine.toBeijing(unixMs: unixMs) }
}

/// Unix milliseconds of a time that Alipay wrote.
public func fromBeijing(_ text: String) throws(AlipayError) -> Int64 {
    try native { try AlipayEngine.fromBeijing(text: text) }
}

/// The string to be signed of these parameters.
public func stringToSign(_ parameters: [Parameter]) throws(AlipayError) -> String {
    try native { try AlipayEngine.stringToSign(parameters: parameters) }
}

/// An urlencoded form.
public func encodeForm(_ fields: [Parameter]) throws(AlipayError) -> String {
    try native { try AlipayEngine.encodeForm(fields: fields) }
}

/// The fields of an urlencoded form, in their order; as bytes, since the charset is inside.
public func decodeForm(_ body: Data) throws(AlipayError) -> [FormField] {
    try native { try AlipayEngine.decodeForm(body: body) }
}

/// What a business code (业务错误码, `subCode`) means, who must act, and what to do.
public func businessCode(_ subCode: String) throws(AlipayError) -> BusinessCode {
    try native { try AlipayEngine.businessCode(subCode: subCode) }
}

/// The number of a snapshot: of two of one payment, the higher is the newer, and a store never replaces it by the lower.
public func snapshotNumber(_ snapshot: Data) throws(AlipayError) -> Int64 {
    try native { try AlipayEngine.snapshotNumber(snapshot: snapshot) }
}
