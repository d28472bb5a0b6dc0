// The files of `tests/vectors`, and what a row of each comes to. Every other language runs the same rows.

import AlipayCore
import Foundation

enum Vectors {
    /// A row's inputs to what it says under `expect`. What it throws as an `AlipayError` is the row's `error`.
    typealias Reader = (Row, Keys) throws -> Any

    static var readers: [String: Reader] {
        [
            "amount": amount, "canonical": canonical, "envelope": envelope, "form": form, "keys": key,
            "notify": notify, "payment": payment, "request": request, "sign": sign, "time": time,
        ]
    }

    /// What a row may leave open: the text of an answer in GBK.
    private static let leftOpen = ["envelope": ["node"]]

    static var folder: URL {
        if let given = ProcessInfo.processInfo.environment["VECTORS"] { return URL(fileURLWithPath: given) }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        return package.appendingPathComponent("../../tests/vectors").standardizedFileURL
    }

    /// Runs every row of a file: how many there were, and what is wrong, a line per row.
    static func run(_ name: String) throws -> (rows: Int, problems: [String]) {
        guard let data = try? Data(contentsOf: folder.appendingPathComponent("\(name).json")) else {
            throw Malformed("there is no \(name).json")
        }
        let file = try Row(JSONSerialization.jsonObject(with: data))
        let merchants = try file.optional("merchants", as: [String: Any].self) ?? [:]
        // The file's own reader, or the one that it names.
        let runner = try file.optional("runner", as: String.self) ?? name
        let reader: Reader
        if runner == "operation" {
            reader = { row, _ in try operation(row, merchants) }
        } else {
            guard let known = readers[runner] else { throw Malformed("no reader \(runner)") }
            reader = known
        }
        guard try !file.take("description", as: String.self).isEmpty, try !file.take("source", as: String.self).isEmpty
        else { throw Malformed("it does not say what it is") }
        let keys = try Keys(file.optional("keys"))
        let rows: [[String: Any]] = try file.take("rows")
        try file.finish()
        guard !rows.isEmpty else { throw Malformed("no rows") }
        var names = Set<String>()
        let problems = rows.enumerated().compactMap { index, row -> String? in
            guard let rowName = row["name"] as? String, !rowName.isEmpty, names.insert(rowName).inserted else {
                return "row \(index): no name of its own"
            }
            do {
                try check(row, reader, keys, leftOpen[name] ?? [])
                return nil
            } catch {
                return "\(rowName): \(error)"
            }
        }
        return (rows.count, problems)
    }

    private static func check(_ json: [String: Any], _ reader: Reader, _ keys: Keys, _ leftOpen: [String]) throws {
        let row = try Row(json)
        _ = try row.take("name", as: String.self)
        guard try !row.take("provenance", as: String.self).isEmpty else { throw Malformed("no provenance") }
        let expected: String
        var open: [String] = []
        switch (try row.optional("expect", as: Any.self), try row.optional("error", as: String.self)) {
        case (let expect?, nil):
            expected = try canonicalJSON(expect)
            open = leftOpen.filter { (expect as? [String: Any])?[$0] == nil }
        case (nil, let code?): expected = code
        default: throw Malformed("neither expect nor error, or both")
        }
        let actual: String
        do {
            var said = try reader(row, keys)
            if !open.isEmpty, let members = said as? [String: Any] {
                said = members.filter { !open.contains($0.key) }
            }
            actual = try canonicalJSON(said)
        } catch let error as AlipayError {
            actual = error.code.word
        }
        try row.finish()
        guard actual == expected else { throw Malformed("\n  expected \(expected)\n  actual   \(actual)") }
    }
}

/// The keys that a file's rows name: base64 of PKCS#8 and of SPKI.
struct Keys {
    private var pairs: [String: (privateKey: String, publicKey: String)] = [:]

    init(_ json: [String: Any]?) throws {
        for (name, pair) in json ?? [:] {
            let row = try Row(pair)
            pairs[name] = (try row.take("private_key"), try row.take("public_key"))
            try row.finish()
        }
    }

    func pair(_ name: String) throws -> (privateKey: String, publicKey: String) {
        guard let pair = pairs[name] else { throw Malformed("the file has no key \(name)") }
        return pair
    }

    func publicKey(_ name: String) throws -> String { try pair(name).publicKey }

    /// A merchant with this key as the application's, and any other one as Alipay's.
    func signing(_ name: String, _ signType: SignType) throws -> Alipay {
        let other = name == "alipay_2048" ? "app_2048" : "alipay_2048"
        return try Alipay(
            MerchantOptions(
                appId: "2014072300007148", alipayPublicKey: publicKey(other), privateKey: pair(name).privateKey,
                signType: signType))
    }

    /// A merchant with this key as Alipay's.
    func verifying(_ name: String, _ signType: SignType, appId: String = "2014072300007148") throws -> Alipay {
        try Alipay(MerchantOptions(appId: appId, alipayPublicKey: publicKey(name), signType: signType))
    }
}

extension Row {
    func signType(_ name: String = "sign_type") throws -> SignType {
        switch try take(name, as: String.self) {
        case "RSA2": .rsa2
        case "RSA": .rsa
        case let other: throw Malformed("unknown sign_type \(other)")
        }
    }
}

func orNull(_ value: Any?) -> Any { value ?? NSNull() }
