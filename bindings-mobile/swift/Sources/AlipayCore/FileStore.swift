// A store in a file, for one payment.

import Foundation

/// Keeps one payment's snapshot in a file, which is replaced in one piece and is on the disk once `save` returns. Only its
/// owner may read it.
public struct FileStore: Store {
    private let path: String

    public init(path: String) {
        self.path = path
    }

    public func save(_ snapshot: Data) async throws {
        let next = path + ".next"
        let file = Foundation.open(next, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw POSIXError.last }
        do {
            defer { close(file) }
            let handle = FileHandle(fileDescriptor: file, closeOnDealloc: false)
            try handle.write(contentsOf: snapshot)
            try handle.synchronize()
        }
        guard rename(next, path) == 0 else { throw POSIXError.last }
        // The name is durable too, where a folder can be synchronised.
        let folder = Foundation.open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// The last snapshot, for ``resume(_:snapshot:options:)``; nil if there is no payment to resume.
    public func load() throws -> Data? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }
}

extension POSIXError {
    fileprivate static var last: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
