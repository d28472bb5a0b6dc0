// The one exception of this library, and the gate through which every call into Rust goes.

package io.github.alipaycore

import java.nio.charset.CharacterCodingException

/**
 * What went wrong: misconfiguration, misuse, bad input or an untrustworthy message. A business result, such as a
 * declined payment, is never an exception.
 *
 * It never carries a value it was given, so that it may be logged anywhere; its [cause] may.
 *
 * @property code the stable code, the same word in every language
 * @property subject the name of the field, option or parameter it is about
 */
public class AlipayException(
    public val code: ErrorCode,
    public val subject: String? = null,
    cause: Throwable? = null,
) : Exception(if (subject == null) described(code) else "$subject: ${described(code)}", cause) {
    /** Who can mend it. */
    public val fault: Fault get() = code.fault
}

/** The stable word, such as `key_too_short`. */
public val ErrorCode.word: String get() = name.lowercase()

/** Who can mend it. */
public val ErrorCode.fault: Fault get() = ErrorTable.rows?.get(this)?.fault ?: Fault.INTERNAL

/** What it means, in one English sentence. */
public val ErrorCode.message: String get() = ErrorTable.rows?.get(this)?.message ?: word

private fun described(code: ErrorCode) = "${code.message} (${code.word})"

private object ErrorTable {
    /** Absent only where the native library itself can't be loaded. */
    val rows: Map<ErrorCode, ErrorCodeRow>? by lazy {
        try {
            nativeErrorCodeRows().associateBy { it.code }
        } catch (_: LinkageError) {
            null
        }
    }
}

/** Calls into Rust. Whatever goes wrong there or on the way becomes an [AlipayException]. */
internal inline fun <T> native(call: () -> T): T =
    try {
        call()
    } catch (e: Exception) {
        throw ours(e)
    } catch (e: LinkageError) {
        // The native library is missing, or is another version's.
        throw AlipayException(ErrorCode.INTERNAL, "alipay_uniffi", e)
    }

internal fun ours(e: Exception): AlipayException = when (e) {
    is AlipayException -> e
    is NativeException.Failed -> AlipayException(e.code, e.subject)
    // Half of a surrogate pair: a String that is no text.
    is CharacterCodingException -> AlipayException(ErrorCode.ARGUMENT_TYPE)
    // The only one that UniFFI's objects throw: they were closed.
    is IllegalStateException -> AlipayException(ErrorCode.CLOSED)
    else -> AlipayException(ErrorCode.INTERNAL, cause = e)
}
