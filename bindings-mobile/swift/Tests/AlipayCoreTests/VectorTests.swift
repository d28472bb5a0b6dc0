import Foundation
import Testing

extension AllTests {
    @Suite struct VectorTests {
        @Test func everyRowOfEveryFile() throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: Vectors.folder.path)
                .filter { $0.hasSuffix(".json") }
                .map { String($0.dropLast(".json".count)) }
                .sorted()
            #expect(Set(Vectors.readers.keys).isSubset(of: names), "a reader without a file")
            var counts: [String: Int] = [:]
            for name in names {
                let (rows, problems) = try Vectors.run(name)
                #expect(problems.isEmpty, "\(name).json, \(problems.count) of \(rows) rows:\n\(problems.joined(separator: "\n"))")
                print("\(name).json: \(rows) rows")
                counts[name] = rows
            }
            print("vectors: \(counts.values.reduce(0, +)) rows")
            if let path = ProcessInfo.processInfo.environment["VECTOR_COUNTS"] {
                try JSONSerialization.data(withJSONObject: counts).write(to: URL(fileURLWithPath: path))
            }
        }

        @Test func anUnknownFileFails() {
            #expect(throws: Malformed.self) { try Vectors.run("unknown") }
        }

        @Test func whatNobodyReadsFails() throws {
            let row = try Row(["known": 1, "unknown": 2])
            _ = try row.integer("known")
            #expect(throws: Malformed.self) { try row.finish() }
        }
    }
}
