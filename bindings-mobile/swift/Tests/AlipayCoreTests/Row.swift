// Reading rows strictly: what is not read is an error.

import Foundation

/// A row, or a part of one, is not what a reader expects.
struct Malformed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A JSON object whose members are taken out one by one; ``finish()`` fails if any is left.
final class Row {
    private var members: [String: Any]

    init(_ json: Any?) throws {
        guard let members = json as? [String: Any] else { throw Malformed("not an object: \(json ?? "nothing")") }
        self.members = members
    }

    /// A member of this type, which must be there.
    func take<T>(_ name: String, as type: T.Type = T.self) throws -> T {
        guard let value = try optional(name, as: type) else { throw Malformed("no \(name)") }
        return value
    }

    /// A member of this type, if it is there and is not null.
    func optional<T>(_ name: String, as type: T.Type = T.self) throws -> T? {
        guard let value = members.removeValue(forKey: name), !(value is NSNull) else { return nil }
        guard let typed = value as? T else { throw Malformed("\(name) is not a \(type)") }
        return typed
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    func integer(_ name: String) throws -> Int64 { try take(name, as: NSNumber.self).int64Value }

    func optionalInteger(_ name: String) throws -> Int64? { try optional(name, as: NSNumber.self)?.int64Value }

    func base64(_ name: String) throws -> Data {
        guard let data = Data(base64Encoded: try take(name, as: String.self)) else { throw Malformed("\(name) is not base64") }
        return data
    }

    /// `name` as text, or `name_base64`: exactly one of the two.
    func bytes(_ name: String) throws -> Data {
        guard has(name) != has("\(name)_base64") else { throw Malformed("either \(name) or \(name)_base64") }
        return has(name) ? Data(try take(name, as: String.self).utf8) : try base64("\(name)_base64")
    }

    /// `[[name, value], …]`
    func pairs(_ name: String) throws -> [(String, String)] {
        try take(name, as: [[String]].self).map { pair in
            guard pair.count == 2 else { throw Malformed("\(name) holds no pairs") }
            return (pair[0], pair[1])
        }
    }

    func finish() throws {
        guard members.isEmpty else { throw Malformed("nobody reads \(members.keys.sorted())") }
    }
}

/// JSON with its keys in order, to be compared.
func canonicalJSON(_ value: Any) throws -> String {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes]
    return String(decoding: try JSONSerialization.data(withJSONObject: value, options: options), as: UTF8.self)
}
