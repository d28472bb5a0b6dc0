// A store in a file, for one payment.

import AlipayEngine
import Foundation

/// Keeps one payment's snapshot in a file, which is replaced in one piece and is on the disk once `save` returns. Only its
/// owner may read it. Every sale has a file of its own: the snapshot of another payment is not overwritten.
///
/// As long as it is open it holds a kernel lock on a second file, `PATH.lock`, so that two processes never drive one payment.
/// That file stays: it tells whether the process that wrote the snapshot died.
public final class FileStore: Store, @unchecked Sendable {
    private let path: String
    private let lock: StoreLock
    /// What was there when it was opened, if its writer is dead.
    private let ofTheDead: Data?
    /// Does one thing at a time, and blocks while it does.
    private let queue = DispatchQueue(label: "alipay.store")
    /// Touched on the queue only.
    private var last: Data?

    /// Opens the store of one payment.
    ///
    /// - Throws: ``AlipayError`` `superseded` if it is open already, here or in another process; `POSIXError` if the lock's
    ///   file can't be made.
    public init(path: String) throws {
        self.path = path
        let lock = try StoreLock(path + ".lock")
        let found = try Self.read(path)
        ofTheDead = found.flatMap { found in
            lock.left != nil && (try? snapshotNumber(found)) == lock.left ? found : nil
        }
        self.lock = lock
    }

    deinit { lock.close() }

    /// Gives the lock back: after the outcome, once it is stored (``Ended/untilStored()``). So does its deinitialiser.
    public func close() {
        queue.sync { lock.close() }
    }

    /// Replaces the snapshot.
    ///
    /// - Throws: ``AlipayError``: `superseded` if the file holds a newer snapshot or another payment's, or the lock is lost;
    ///   `closed`. Another error if it may not be on the disk.
    public func save(_ snapshot: Data) async throws {
        try await withCheckedThrowingContinuation { done in
            queue.async { done.resume(with: Result { try self.replace(snapshot) }) }
        }
    }

    public func writerIsDead(_ snapshot: Data) -> Bool { ofTheDead == snapshot }

    /// The last snapshot, for ``resume(_:snapshot:restored:options:)``; nil if there is no payment to resume.
    public func load() throws -> Data? { try Self.read(path) }

    private static func read(_ path: String) throws -> Data? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    private func replace(_ snapshot: Data) throws {
        guard lock.isOpen else { throw AlipayError(.closed) }
        let number = try snapshotNumber(snapshot)
        guard lock.isHeld, mayFollow(number, snapshot) else { throw AlipayError(.superseded) }
        let next = "\(path).\(UUID().uuidString).next"
        do {
            try write(snapshot, next)
            guard rename(next, path) == 0 else { throw POSIXError.last }
        } catch {
            unlink(next)
            throw error
        }
        // The name is durable too, where a folder can be synchronised.
        let folder = Foundation.open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            Foundation.close(folder)
        }
        last = snapshot
        lock.note(number)
    }

    /// Numbers go up, also across restarts: what does not is older, or another payment's.
    private func mayFollow(_ number: Int64, _ snapshot: Data) -> Bool {
        guard let present = try? Self.read(path), let stored = try? snapshotNumber(present) else { return true }
        return present == last ? number >= stored : number > stored || present == snapshot
    }

    private func write(_ snapshot: Data, _ path: String) throws {
        let file = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw POSIXError.last }
        defer { Foundation.close(file) }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: false)
        try handle.write(contentsOf: snapshot)
        #if canImport(Darwin)
        // `fsync` leaves it in the drive's cache there. Not every file system can do better.
        if fcntl(file, F_FULLFSYNC) == 0 { return }
        #endif
        try handle.synchronize()
    }
}

/// A kernel lock on a file, which the kernel gives back when the process dies. The file says who holds it and which snapshot
/// was saved last: if that is still there when the lock is taken anew, the holder did not close it but died.
private final class StoreLock {
    /// The number of the last snapshot of a process that ran on this machine since it was started, and died; else nil.
    let left: Int64?
    private let path: String
    private var file: Int32
    private var noted = false

    init(_ path: String) throws {
        self.path = path
        file = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw POSIXError.last }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let cause = POSIXError.last
            Foundation.close(file)
            throw cause.code == .EWOULDBLOCK ? AlipayError(.superseded) : cause
        }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = pread(file, &bytes, bytes.count, 0)
        let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
        let isOurs = words.count == 3 && !Machine.boot.isEmpty && words[0] == Machine.boot && words[1] != Machine.process
        left = isOurs ? Int64(words[2]) : nil
        // The last holder's word stays until there is something newer to say, in case this process dies before that, too.
        if left == nil { write("") }
    }

    var isOpen: Bool { file >= 0 }

    /// Whether the file that is locked is the one that others would lock.
    var isHeld: Bool {
        var (ours, theirs) = (stat(), stat())
        guard fstat(file, &ours) == 0, stat(path, &theirs) == 0 else { return false }
        return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino
    }

    func note(_ number: Int64) {
        noted = true
        write(Machine.boot.isEmpty ? "" : "\(Machine.boot) \(Machine.process) \(number)")
    }

    func close() {
        guard isOpen else { return }
        // This process lives on, and so may its connections.
        if noted { write("") }
        Foundation.close(file)
        file = -1
    }

    private func write(_ text: String) {
        ftruncate(file, 0)
        let bytes = Array(text.utf8)
        _ = pwrite(file, bytes, bytes.count, 0)
    }
}

private enum Machine {
    /// Names this machine since it was started, where the system does.
    static let boot: String = {
        #if canImport(Darwin)
        var bytes = [CChar](repeating: 0, count: 64)
        var count = bytes.count - 1
        guard sysctlbyname("kern.bootsessionuuid", &bytes, &count, nil, 0) == 0 else { return "" }
        return String(cString: bytes)
        #else
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        #endif
    }()

    static let process = UUID().uuidString
}

extension POSIXError {
    fileprivate static var last: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
