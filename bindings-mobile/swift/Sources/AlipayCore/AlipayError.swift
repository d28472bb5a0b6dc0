// The one error of this package, and the gate through which every call into Rust goes.

import AlipayEngine
import Foundation

/// What went wrong: misconfiguration, misuse, bad input or an untrustworthy message. A business result, such as a
/// declined payment, is never an error.
///
/// It never carries a value it was given, so that it may be logged anywhere; its ``cause`` may.
public struct AlipayError: Error {
    /// The stable code, the same word in every language.
    public let code: ErrorCode
    /// The name of the field, option or parameter it is about.
    public let subject: String?
    /// What the application's own store, signer or transport threw. Not shown by ``description``.
    public let cause: (any Error)?

    public init(_ code: ErrorCode, subject: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.subject = subject
        self.cause = cause
    }

    /// Who can mend it.
    public var fault: Fault { code.fault }

    /// What it means, in one English sentence without any value in it.
    public var message: String { code.message }
}

extension AlipayError: CustomStringConvertible, CustomDebugStringConvertible, LocalizedError {
    /// `subject: message (code)`
    public var description: String {
        "\(subject.map { "\($0): " } ?? "")\(message) (\(code.word))"
    }

    public var debugDescription: String { "AlipayError(\(description))" }

    public var errorDescription: String? { description }
}

extension ErrorCode {
    /// The stable word, such as `key_too_short`.
    public var word: String { ErrorTable.row(self).word }

    /// Who can mend it.
    public var fault: Fault { ErrorTable.row(self).fault }

    /// What it means, in one English sentence.
    public var message: String { ErrorTable.row(self).message }

    /// Every code, in the order of the table.
    public static var all: [ErrorCode] { ErrorTable.rows.map(\.code) }
}

private enum ErrorTable {
    static let rows = errorCodeRows()
    private static let byCode = Dictionary(uniqueKeysWithValues: rows.map { ($0.code, $0) })

    static func row(_ code: ErrorCode) -> ErrorCodeRow {
        // The core's table holds every code there is; a test counts them.
        byCode[code] ?? ErrorCodeRow(code: code, word: "\(code)", fault: .internal, message: "\(code)")
    }
}

/// Calls into Rust. Whatever goes wrong there or on the way becomes an ``AlipayError``.
func native<T>(_ call: () throws -> T) throws(AlipayError) -> T {
    do {
        return try call()
    } catch let error as AlipayError {
        throw error
    } catch NativeError.Failed(let code, _, let subject, _) {
        throw AlipayError(code, subject: subject)
    } catch {
        throw AlipayError(.internal, cause: error)
    }
}

/// The system's clock: Unix milliseconds.
@inlinable
public func unixMilliseconds() -> Int64 {
    Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
}
