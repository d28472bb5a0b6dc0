// A TCP server that answers every connection the way a test wants.

import Foundation

final class RawServer: @unchecked Sendable {
    let port: UInt16
    private let listener: Int32
    private let lock = NSLock()
    private var heard: [String] = []
    private var gone = 0
    private var closed = false

    /// One request after the other, as text.
    var requests: [String] { lock.withLock { heard } }
    /// How many connections were ended by the other side while they were being answered.
    var abandoned: Int { lock.withLock { gone } }

    var url: String { "http://127.0.0.1:\(port)/gateway.do?charset=utf-8" }

    /// - Parameter answer: writes to a connection whose request was read; false once the other side is gone.
    init(_ answer: @escaping @Sendable (Connection) -> Void) throws {
        signal(SIGPIPE, SIG_IGN)
        #if os(Linux)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                Thread.detachNewThread { [self] in
                    var buffer = [UInt8](repeating: 0, count: 65536)
                    let count = recv(connection, &buffer, buffer.count, 0)
                    lock.withLock { heard.append(String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)) }
                    let peer = Connection(socket: connection)
                    answer(peer)
                    if peer.isGone { lock.withLock { gone += 1 } }
                    close(connection)
                }
            }
        }
    }

    deinit { shutdown() }

    /// No connection is accepted any more.
    func shutdown() {
        // Once: its number is soon another file's.
        guard lock.withLock({ !closed && { closed = true; return true }() }) else { return }
        #if os(Linux)
        _ = Foundation.shutdown(listener, Int32(SHUT_RDWR))
        #else
        _ = Foundation.shutdown(listener, SHUT_RDWR)
        #endif
        close(listener)
    }
}

final class Connection {
    private let socket: Int32
    private(set) var isGone = false

    fileprivate init(socket: Int32) {
        self.socket = socket
    }

    /// False once the other side is gone.
    @discardableResult func write(_ text: String) -> Bool {
        write(Array(text.utf8))
    }

    @discardableResult func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, 0) }
            guard count > 0 else {
                isGone = true
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Until the other side goes.
    func wait() {
        var byte: UInt8 = 0
        while recv(socket, &byte, 1, 0) > 0 {}
        isGone = true
    }
}
