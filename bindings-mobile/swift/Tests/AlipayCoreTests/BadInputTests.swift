// Whatever is given: this package's own error with the core's code, never a crash, never a hang.

import AlipayCore
import Foundation
import Testing

extension AllTests {
    @Suite(.timeLimit(.minutes(2))) struct BadInputTests {
        static let huge = String(repeating: "9", count: 1 << 20 + 7)
        static let texts = ["", " ", "\0", "NaN", "-1", "1e3", "🙂", "\u{FEFF}1", "{", "%", "&&==", huge]
        static let bodies = texts.map { Data($0.utf8) } + [Data([0xff, 0xfe, 0x80]), Data(repeating: 0xff, count: 1 << 21)]
        static let times: [Int64] = [.min, -1, 253_402_300_800_000, .max]

        /// Runs it; what it throws must be ours. That it returns is fine too.
        private func survives(_ run: () throws -> Any) throws {
            do { _ = try run() } catch let error as AlipayError { #expect(error.code != .internal, "\(error)") }
        }

        @Test func valuesTakeAnyText() throws {
            for text in Self.texts {
                try survives { try chargeAmount(text) }
                try survives { try readAmount(text) }
                try survives { try fromBeijing(text) }
                try survives { try businessCode(text) }
                try survives { try stringToSign([Parameter(name: text, value: text)]) }
                try survives { try encodeForm([Parameter(name: text, value: text)]) }
                try survives { try inspectPrivateKey(text) }
                try survives { try inspectPublicKey(text) }
                try survives { try call(text, bizContent: text, parameters: [Parameter(name: text, value: text)]) }
                try survives { try typedCall(text, request: text) }
                try survives { try tradeQuery(TradeQueryRequest(outTradeNo: text)) }
                try survives { try Alipay(MerchantOptions(appId: text, alipayPublicKey: text, privateKey: text, gateway: text)) }
                try survives { try Payment(Fixed.merchant, json: text) }
                try survives { try Payment(Fixed.merchant, order: order(text, text)) }
                try survives { try Fixed.merchant.verify(Data(text.utf8), signature: text) }
            }
            #expect(try expectError { try chargeAmount(Self.huge) }.fault == .input)
            #expect(try expectError { try inspectPrivateKey("") }.code == .keyUnreadable)
            #expect(try expectError { try call("alipay.trade.query", bizContent: "[]") }.code == .jsonSyntax)
            #expect(try expectError { try Fixed.merchant.verify(Data(), signature: "?") }.code == .signatureFormat)
            #expect(try expectError { try Fixed.merchant.verify(Data(), signature: "AAAA") }.code == .signatureInvalid)
        }

        @Test func bodiesMayBeAnyBytes() throws {
            let payment = try Payment(Fixed.merchant, order: order("1"))
            for body in Self.bodies {
                try survives { try decodeForm(body) }
                try survives { try inspectPublicKey(body) }
                #expect(try expectError { try Fixed.merchant.verifyNotify(body) }.fault == .peer)
                #expect(try expectError { try payment.handle(.notify(body: body)) }.fault == .peer)
                for status in [200, 0, -1, 99_999, .max, .min] {
                    let response = HttpResponse(status: status, body: body)
                    #expect(try expectError { try Fixed.merchant.open("alipay.trade.pay", response) }.fault == .peer)
                }
                #expect(try expectError { try Payment.restore(Fixed.merchant, snapshot: body) }.code == .snapshotCorrupt)
                try payment.handle(.response(id: 77, status: 200, body: body))
            }
            #expect(try payment.state().phase == .ready)
        }

        @Test func timesHaveARange() throws {
            let payment = try Payment(Fixed.merchant, order: order("1"))
            let query = try tradeQuery(TradeQueryRequest(outTradeNo: "1"))
            for now in Self.times {
                #expect(try expectError { try toBeijing(now) }.code == .timeRange)
                #expect(try expectError { try payment.poll(now: now) }.code == .timeRange)
                #expect(try expectError { try payment.handle(.cancel, now: now) }.code == .timeRange)
                #expect(try expectError { try Fixed.merchant.request(query, now: now) }.code == .timeRange)
                #expect(try expectError { try Fixed.merchant.prepare(query, now: now) }.code == .timeRange)
                #expect(try expectError { try Payment(Fixed.merchant, order: order("1"), now: now) }.code == .timeRange)
            }
        }

        @Test func policiesHaveBounds() throws {
            for value in [Int64.min, -1, 1, .max] {
                let policies = [
                    Policy(pollIntervalMs: value), Policy(payTimeoutMs: value), Policy(cancelRetryMs: [value]),
                    Policy(cancelRetryMs: Array(repeating: 2000, count: 1000)), Policy(settleMs: value),
                ]
                for policy in policies {
                    let error = try expectError { try Payment(Fixed.merchant, order: order("1"), policy: policy) }
                    #expect(error.fault == .configuration)
                }
            }
        }

        @Test func keysHaveBounds() async throws {
            for bits in [-1, 0, 1024, 2047, 8192, Int.max, Int.min] {
                do {
                    _ = try await generateKeyPair(bits: bits)
                    Issue.record("\(bits) bits")
                } catch {
                    #expect(error.code == .keygenBits)
                }
            }
            let pair = try await generateKeyPair()
            #expect(try inspectPrivateKey(pair.privateKey).publicKey == pair.publicKey)
        }

        @Test func whatALocalSignerDoesIsItsOwnFailure() throws {
            struct Failing: LocalSigner {
                func sign(_ signType: SignType, _ message: Data) throws -> Data { throw DiskFull() }
            }
            struct Useless: LocalSigner {
                func sign(_ signType: SignType, _ message: Data) throws -> Data { Data() }
            }
            let options = MerchantOptions(appId: "1", alipayPublicKey: Fixed.alipay.publicKey)
            let query = try tradeQuery(TradeQueryRequest(outTradeNo: "1"))
            let failing = try Alipay(options, signer: Failing())
            #expect(try expectError { try failing.sign(Data()) }.code == .signerFailed)
            #expect(try expectError { try failing.request(query) }.code == .signerFailed)
            let useless = try Alipay(options, signer: Useless())
            try survives { try useless.request(query) }
            #expect(try expectError { try Alipay(Fixed.options, signer: Failing()) }.code == .options)
            let keyless = try Alipay(options)
            #expect(keyless.signsExternally)
            #expect(try expectError { try keyless.request(query) }.code == .signerExternal)
            #expect(try expectError { try keyless.prepare(query).finish(Data()) }.code == .signatureFormat)
        }

        /// A signer that calls the payment it signs for would wait for itself.
        @Test func aSignerThatCallsItsPaymentFailsAndDoesNotHang() throws {
            final class Calling: LocalSigner, @unchecked Sendable {
                var payment: Payment?

                func sign(_ signType: SignType, _ message: Data) throws -> Data { try payment?.snapshot() ?? Data() }
            }
            let signer = Calling()
            let alipay = try Alipay(MerchantOptions(appId: "1", alipayPublicKey: Fixed.alipay.publicKey), signer: signer)
            let payment = try Payment(alipay, order: order("1"))
            signer.payment = payment
            try survives { try payment.poll() }
            try survives { try payment.poll() }
            signer.payment = nil
        }
    }
}

extension AllTests {
    @Suite struct ConcurrencyTests {
        @Test func oneMerchantServesManyTasks() async throws {
            let message = Data("hello".utf8)
            let signature = try Fixed.merchant.sign(message)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<64 {
                    group.addTask {
                        #expect(try Fixed.merchant.sign(message) == signature)
                        try Gateway.alipayItself.verify(message, signature: signature)
                        #expect(try chargeAmount("\(index + 1).00").fen == "\(index + 1)00")
                    }
                }
                try await group.waitForAll()
            }
        }

        @Test func onePaymentMayBeUsedByManyTasks() async throws {
            let payment = try Payment(Fixed.merchant, order: order("1"), start: Start(firstId: 1))
            let ids = try await withThrowingTaskGroup(of: UInt32.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        _ = try payment.snapshot()
                        guard case .request(let id, _, _, _, _, _) = try payment.poll() else { return 1 }
                        return id
                    }
                }
                return try await group.reduce(into: Set<UInt32>()) { $0.insert($1) }
            }
            #expect(ids == [1])
        }

        @Test func manyPaymentsRunAtOnce() async throws {
            let gateway = Gateway { method in
                try await Task.sleep(for: .milliseconds(20))
                return method == "alipay.trade.pay" ? Gateway.waiting("1") : Gateway.status("1", "TRADE_SUCCESS")
            }
            let paid = try await withThrowingTaskGroup(of: Outcome.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        try await paying(
                            Fixed.merchant, order: order("1"), policy: Policy(pollIntervalMs: 100),
                            options: DriverOptions(store: MemoryStore(), transport: gateway))
                    }
                }
                return try await group.reduce(0) { $0 + ($1.word == "paid" ? 1 : 0) }
            }
            #expect(paid == 100)
            #expect(gateway.asked["alipay.trade.pay"] == 100)
        }
    }
}
