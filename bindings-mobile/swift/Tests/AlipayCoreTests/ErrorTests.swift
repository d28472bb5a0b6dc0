// One table of codes, one type of error, and nothing secret in it or in anything else that is printed.

import AlipayCore
import Foundation
import Testing

extension AllTests {
    @Suite struct ErrorTests {
        /// The table is Rust's; that each row's code could be read says that the enum has it.
        @Test func everyCodeOfTheCoreIsHereUnderItsWord() throws {
            let words = ErrorCode.all.map(\.word)
            #expect(words.count > 60 && Set(words).count == words.count)
            for code in ErrorCode.all {
                let word = "\(code)".reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
                #expect(code.word == word)
                #expect(!code.message.isEmpty)
            }
        }

        @Test func theEnumHasNoCodeThatTheCoreLacks() throws {
            // The generated source is the only place that lists the enum's cases.
            let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
            let source = package.appendingPathComponent("Sources/AlipayEngine/alipay.swift").standardizedFileURL
            let text = try String(contentsOf: source, encoding: .utf8)
            let start = try #require(text.range(of: "public enum ErrorCode"))
            let end = try #require(text.range(of: "\n}\n", range: start.upperBound..<text.endIndex))
            let cases = text[start.upperBound..<end.lowerBound].split(separator: "\n")
                .map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { $0.hasPrefix("case ") }
            #expect(cases.count == ErrorCode.all.count)
        }

        @Test func anErrorSaysWhatAndWhereAndWhoseFault() throws {
            let error = try expectError { try chargeAmount("1.234") }
            #expect(error.code == .amountFormat && error.fault == .input)
            #expect("\(error)".hasSuffix("(amount_format)") && error.localizedDescription == "\(error)")
            let named = try expectError { try tradePay(TradePayRequest(outTradeNo: "1", scene: "bar_code", subject: "x")) }
            #expect(named.code == .fieldMissing && named.subject == "auth_code")
            #expect("\(named)".hasPrefix("auth_code: "))
        }

        private static let secrets = [
            Fixed.app.privateKey, "28763443825664394", "2088101117955611", "201510BBaabdb44d8fd04607abf8d5931ec75D84",
            "the-planted-secret",
        ]

        @Test func nothingThatIsPrintedHoldsASecret() throws {
            let secret = Self.secrets[4]
            let code = Self.secrets[1]
            let options = MerchantOptions(
                appId: "2014072300007148", alipayPublicKey: Fixed.alipay.publicKey, privateKey: Self.secrets[0],
                appAuthToken: Self.secrets[3], apiVersion: .v3)
            let alipay = try Alipay(options)
            let call = try tradePay(order("1", code))
            let request = try alipay.request(call)
            let payment = try Payment(alipay, order: order("1", code))
            let elsewhere = try Payment(alipay.delegated(), order: order("1", code))
            let node = #"{"code":"10000","buyer_user_id":"\#(Self.secrets[2])","sub_msg":"\#(secret)"}"#
            let answer = try alipay.open("alipay.trade.pay", Gateway.response("alipay.trade.pay", node))
            let trade = Trade(
                outTradeNo: "1", tradeNo: nil, totalAmount: "1.00", receiptAmount: nil, paidAt: nil, document: node)
            let notify = Notify(
                fields: ["buyer_id": Self.secrets[2]], paid: true, notifyId: nil, outTradeNo: nil, totalAmount: nil,
                paidAt: nil,
                variant: NotifyVariant(signTypeSigned: false, emptySigned: nil, certSnSigned: nil), lossy: false)
            let values: [Any] = [
                options, alipay, call, request, payment, try payment.poll(), try elsewhere.poll(), answer,
                try alipay.prepare(call), try tradePayResponse(answer), order("1", code), trade, notify,
                Outcome.paid(trade: trade, late: false, proven: true), Output.done(outcome: .paid(trade: trade, late: false, proven: true)),
                News.stillPaid(trade: trade, proven: true), Output.news(news: .stillPaid(trade: trade, proven: true)),
                PaymentState(
                    phase: .done, outTradeNo: "1", heard: nil, outcome: .paid(trade: trade, late: false, proven: true)),
                Heard(verified: true, problem: nil, code: nil, subCode: nil, subMsg: secret, tradeStatus: nil, alipayCertSn: "0a1b"),
                Input.notify(body: Data(secret.utf8)), Input.signature(id: 1, signature: Data(secret.utf8)),
                Input.response(
                    id: 1, status: 200, body: Data(secret.utf8), headers: [Parameter(name: "n", value: secret)]),
                PaymentEvent.notify(Data(secret.utf8)),
                HttpResponse(status: 200, body: Data(secret.utf8), headers: [Parameter(name: "n", value: secret)]),
                KeyPair(privateKey: secret, publicKey: ""), Parameter(name: "n", value: secret),
                FormField(name: Data("n".utf8), value: Data(secret.utf8)),
                AlipayError(.storeFailed, cause: Malformed(secret)),
            ]
            for value in values {
                var dumped = ""
                dump(value, to: &dumped)
                dump([value], to: &dumped)
                for said in ["\(value)", String(describing: value), String(reflecting: value), dumped, "\([value])", "\(Optional(value) as Any)"] {
                    for secret in Self.secrets {
                        let bytes = Array(secret.utf8).map { String($0) }.joined(separator: ", ")
                        #expect(!said.contains(secret) && !said.contains(bytes), "\(type(of: value))")
                    }
                    #expect(!said.isEmpty)
                }
            }
        }
    }
}

/// What it throws, which must be ours.
func expectError(_ run: () throws -> Any) throws -> AlipayError {
    do {
        let value = try run()
        throw Malformed("nothing was thrown, but there is a \(type(of: value))")
    } catch let error as AlipayError {
        return error
    }
}
