// Plain values: keys, money, times, forms, what codes mean.

package io.github.alipaycore

/** This library's version. */
public fun version(): String = native { nativeVersion() }

/** A new key pair of 2048, 3072 or 4096 bits, from the system's random source. Takes a second or more: not on the main thread. */
public fun generateKeyPair(bits: Int = 2048): KeyPair = native { nativeGenerateKeyPair(bits.coerceAtLeast(0).toUInt()) }

/** What a private key is, in any accepted format: PEM or base64 text, or DER. */
public fun inspectPrivateKey(key: ByteArray): KeyInfo = native { nativeInspectPrivateKey(key) }

/** What a private key is: PEM or base64 text. */
public fun inspectPrivateKey(key: String): KeyInfo = inspectPrivateKey(key.toByteArray())

/** What a public key or certificate is, in any accepted format: PEM or base64 text, or DER. */
public fun inspectPublicKey(key: ByteArray): KeyInfo = native { nativeInspectPublicKey(key) }

/** What a public key or certificate is: PEM or base64 text. */
public fun inspectPublicKey(key: String): KeyInfo = inspectPublicKey(key.toByteArray())

/** An amount that a buyer can be charged: 0.01 to 100000000 yuan, at most two decimals. */
public fun chargeAmount(text: String): AmountValue = native { nativeChargeAmount(text) }

/** An amount in an answer, which may be zero. */
public fun readAmount(text: String): AmountValue = native { nativeReadAmount(text) }

/** Unix milliseconds as civil time at GMT+8, as Alipay writes it. */
public fun toBeijing(unixMs: Long): String = native { nativeToBeijing(unixMs) }

/** Unix milliseconds of a time that Alipay wrote. */
public fun fromBeijing(text: String): Long = native { nativeFromBeijing(text) }

/** The string to be signed of these parameters. */
public fun stringToSign(parameters: List<Parameter>): String = native { nativeStringToSign(parameters) }

/** An urlencoded form. */
public fun encodeForm(fields: List<Parameter>): String = native { nativeEncodeForm(fields) }

/** The fields of an urlencoded form, in their order; as bytes, since the charset is inside. */
public fun decodeForm(body: ByteArray): List<FormField> = native { nativeDecodeForm(body) }

/** What a business code (业务错误码, `subCode`) means, who must act, and what to do. */
public fun businessCode(subCode: String): BusinessCode = native { nativeBusinessCode(subCode) }

/** The number of a snapshot: of two of one payment, the higher is the newer, and a store never replaces it by the lower. */
public fun snapshotNumber(snapshot: ByteArray): Long = native { nativeSnapshotNumber(snapshot) }
