// Every story of the sandbox over real HTTP with the default transport; a till that is killed.

import AlipayCore
import Foundation
import Testing

extension AllTests {
    @Suite struct StoryTests {
        let sandbox: Sandbox
        let alipay: Alipay

        init() throws {
            sandbox = try Sandbox.shared.get()
            alipay = try Alipay(sandbox.options)
        }

        @Test(.timeLimit(.minutes(3))) func inEveryStoryTheOutcomeAndTheLedgerAgree() async throws {
            let problems = await withTaskGroup(of: String?.self) { group in
                for (place, story) in sandbox.stories.enumerated() {
                    group.addTask {
                        do {
                            // All of them run at once; but that all of them pay in the same instant would take a machine
                            // with two processors longer than the hastened gateway waits.
                            try await Task.sleep(for: .milliseconds(30 * place))
                            try await run(story, alipay, "STORY")
                            return nil
                        } catch {
                            return "story \(story.code) \(story.name): \(error)"
                        }
                    }
                }
                return await group.reduce(into: [String]()) { if let problem = $1 { $0.append(problem) } }
            }
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
            #expect(sandbox.stories.count >= 90)
            print("stories: \(sandbox.stories.count)")
        }

        /// Its answers are signed in their headers, which the transport must return.
        @Test(arguments: [1, 1001, 1003, 3119, 3201, 4006, 5001, 6002]) func overOpenApiV3APaymentEndsAsOverV2(code: Int) async throws {
            let given = sandbox.options
            let v3 = try Alipay(
                MerchantOptions(
                    appId: given.appId, alipayPublicKey: given.alipayPublicKey, privateKey: given.privateKey,
                    gateway: given.gateway, apiVersion: .v3))
            let story = try #require(sandbox.stories.first { $0.code == code })
            try await run(story, v3, "V3", unique: 75)
        }

        private func run(_ story: Story, _ alipay: Alipay, _ name: String, unique: Int? = nil) async throws {
            let number = "\(name)_\(story.code)"
            let code = authCode(story.code, unique: unique)
            let store = MemoryStore()
            let outcome = try await paying(
                alipay, order: order(number, code), policy: sandbox.policy, options: DriverOptions(store: store))
            let trade = try await sandbox.trade(number)
            try checkBooks(outcome, trade)
            guard trade == nil || trade?.payCalls == 1 else { throw Malformed("pay was not sent once") }
            // URLSession can't say that a connection was reset: what Alipay never heard of may still land, as far as it knows.
            if story.outcome == "closed", case .unresolved(.mayLand, _, _) = outcome { return }
            guard outcome.word == story.outcome else { throw Malformed("\(outcome), and not \(story.outcome)") }
            // Write-ahead before pay and each cancel, and the outcome at the end; never the payment code.
            let snapshots = await store.snapshots
            guard snapshots.count >= 2, let last = snapshots.last else { throw Malformed("nothing was stored") }
            guard !snapshots.contains(where: { String(decoding: $0, as: UTF8.self).contains(code) }) else {
                throw Malformed("the auth_code was stored")
            }
            // What is done stays done.
            if case .unresolved = outcome { return }
            let again = try await resuming(alipay, snapshot: last, options: DriverOptions(store: store))
            guard again.word == outcome.word else { throw Malformed("\(again) after resuming") }
        }

        @Test func aCallIsExecuted() async throws {
            let number = "EXECUTE_1"
            let paid = try await alipay.execute(tradePay(order(number, authCode(1, unique: 71))))
            #expect(paid.verified && paid.code == "10000")
            #expect(try tradePayResponse(paid).totalAmount == "88.88")
            let asked = try await alipay.execute(
                call("alipay.trade.query", bizContent: #"{"out_trade_no":"\#(number)"}"#))
            #expect(try tradeQueryResponse(asked).tradeStatus == "TRADE_SUCCESS")
            let none = try await alipay.execute(tradeQuery(TradeQueryRequest(outTradeNo: "NO_SUCH")))
            #expect(none.subCode == "ACQ.TRADE_NOT_EXIST")
            let cancelled = try await alipay.execute(tradeCancel(TradeCancelRequest(outTradeNo: number)))
            #expect(try tradeCancelResponse(cancelled).action == "refund")
            // The same with the key elsewhere.
            let elsewhere = try await alipay.delegated().execute(
                tradeQuery(TradeQueryRequest(outTradeNo: number)), signer: Elsewhere(key: alipay))
            #expect(try tradeQueryResponse(elsewhere).tradeStatus == "TRADE_CLOSED")
        }

        @Test func aPaymentWhoseKeyIsElsewhere() async throws {
            let options = DriverOptions(store: MemoryStore(), signer: Elsewhere(key: alipay))
            let outcome = try await paying(
                alipay.delegated(), order: order("ELSEWHERE_1", authCode(1001, unique: 72)), policy: sandbox.policy,
                options: options)
            #expect(outcome.word == "paid")
            try checkBooks(outcome, try await sandbox.trade("ELSEWHERE_1"))
        }

        /// While the buyer is asked, while pay itself is in flight, and when it ends in a cancel.
        @Test(arguments: [1001, 5003, 1003]) func aKilledTillGoesOnWhereItWas(story: Int) async throws {
            let number = "KILLED_\(story)"
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(number).\(UUID()).state").path
            defer { for path in [file, "\(file).lock"] { try? FileManager.default.removeItem(atPath: path) } }
            let till = try Program.start(
                "Till", [file, sandbox.options.gateway!, sandbox.options.appId, number, authCode(story, unique: 73)],
                input: "\(sandbox.options.alipayPublicKey)\0\(sandbox.options.privateKey!)")
            #expect(try await sandbox.heardOf(number).payCalls == 1)
            #expect(kill(till.processIdentifier, SIGKILL) == 0)
            till.waitUntilExit()
            #expect(till.terminationReason == .uncaughtSignal && till.terminationStatus == SIGKILL)

            let store = try FileStore(path: file)
            let snapshot = try #require(try store.load())
            // Its lock was taken anew, which it held.
            #expect(store.writerIsDead(snapshot))
            let outcome = try await resuming(alipay, snapshot: snapshot, options: DriverOptions(store: store))
            let trade = try await sandbox.trade(number)
            try checkBooks(outcome, trade)
            #expect(trade?.payCalls == 1)
            #expect(outcome.word == sandbox.stories.first { $0.code == story }?.outcome)
        }

        @Test func theQuickStartIsTheReadmes() throws {
            let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
            let text = { try String(contentsOf: package.appendingPathComponent($0).standardizedFileURL, encoding: .utf8) }
            let program = try text("Sources/QuickStart/main.swift")
            #expect(try text("../README.md").contains("```swift\n\(program)```\n"))
        }

        @Test func theQuickStartRuns() async throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("quickstart.\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let output = Pipe()
            let program = try Program.start(
                "QuickStart", [],
                environment: [
                    "APP_ID": sandbox.options.appId, "ALIPAY_PUBLIC_KEY": sandbox.options.alipayPublicKey,
                    "APP_PRIVATE_KEY": sandbox.options.privateKey!, "GATEWAY": sandbox.options.gateway!,
                    "AUTH_CODE": authCode(1, unique: 74),
                ], folder: folder, output: output)
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            program.waitUntilExit()
            #expect(program.terminationStatus == 0)
            #expect(said == "paid 88.88 yuan\n")
            #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("20150320010101001.payment").path))
        }
    }
}

/// A key that another machine holds.
struct Elsewhere: Signer {
    let key: Alipay

    func sign(_ signType: SignType, _ message: Data) async throws -> Data {
        await Task.yield()
        return Data(base64Encoded: try key.sign(message, signType: signType))!
    }
}

/// The package's own executables, which SwiftPM builds beside the tests.
enum Program {
    static func start(
        _ name: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        folder: URL? = nil, output: Pipe? = nil
    ) throws -> Process {
        let process = Process()
        let stdin = Pipe()
        #if os(Linux)
        let tests = URL(fileURLWithPath: CommandLine.arguments[0])
        #else
        let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!.bundleURL
        #endif
        process.executableURL = tests.deletingLastPathComponent().appendingPathComponent(name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = stdin
        if let output { process.standardOutput = output }
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        return process
    }
}
