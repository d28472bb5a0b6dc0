// Rows about whole payments: what goes in, step by step, and what the machine asks for.

import AlipayCore
import Foundation

extension Vectors {
    static func payment(_ row: Row, _ keys: Keys) throws -> Any {
        let start = try row.integer("start")
        let external: Bool = try row.take("external")
        let policy = try policy(Row(row.take("policy", as: [String: Any].self)))
        let order = try canonicalJSON(row.take("order", as: [String: Any].self))
        let steps: [[String: Any]] = try row.take("steps")

        let options = try merchant(Row(row.take("merchant", as: [String: Any].self)), keys, external)
        let alipay = try Alipay(options)
        let alipayTime = try row.optionalInteger("alipayTime")
        let resetsOnDeath: Bool? = try row.optional("resetsOnDeath")
        let first = Start(firstId: 1, alipayTime: alipayTime)
        var payment = try Payment(alipay, json: order, policy: policy, start: first, now: start)
        if let resetsOnDeath { try payment.setResetsOnDeath(resetsOnDeath) }
        var watch = Watch(app: try keys.verifying("app_2048", .rsa2))
        var outputs: [Any] = []
        for step in steps {
            let step = try Row(step)
            let now = try step.integer("now")
            if step.has("input") {
                guard !step.has("restore") else { throw Malformed("either an input or a restore") }
                let input = try input(Row(step.take("input", as: [String: Any].self)))
                do throws(AlipayError) {
                    try payment.handle(input, now: now)
                } catch {
                    outputs.append(["error": error.code.word])
                    try step.finish()
                    continue
                }
            } else if let snapshot = try restored(step, payment) {
                let said = step.has("restored") ? try Row(step.take("restored", as: [String: Any].self)) : nil
                let known = try restored(said, watch)
                payment = try Payment.restore(alipay, snapshot: snapshot, restored: known, now: now)
                if let resetsOnDeath { try payment.setResetsOnDeath(resetsOnDeath) }
            }
            try step.finish()
            outputs.append(try watch.said(payment.poll(now: now), now))
        }
        return ["outputs": outputs]
    }

    /// What a restore knows; requests are numbered on from the highest that was seen.
    private static func restored(_ row: Row?, _ watch: Watch) throws -> Restored {
        let known = Restored(
            firstId: watch.highest + 1, writerIsDead: try row?.optional("writerIsDead") ?? false,
            neverSuspended: try row?.optional("neverSuspended") ?? false,
            gatewayMoved: try row?.optional("gatewayMoved") ?? false)
        try row?.finish()
        return known
    }

    private static func restored(_ step: Row, _ payment: Payment) throws -> Data? {
        guard step.has("restore") else { return nil }
        let restore: Any = try step.take("restore")
        if let text = restore as? String {
            guard let snapshot = Data(base64Encoded: text) else { throw Malformed("restore is not base64") }
            return snapshot
        }
        guard restore as? Bool == true else { throw Malformed("restore is true or a snapshot") }
        return try payment.snapshot()
    }

    private static func merchant(_ row: Row, _ keys: Keys, _ external: Bool) throws -> MerchantOptions {
        let options = MerchantOptions(
            appId: try row.take("appId"), alipayPublicKey: try keys.publicKey("alipay_2048"),
            privateKey: external ? nil : try keys.pair("app_2048").privateKey,
            gateway: try row.optional("gateway"), appAuthToken: try row.optional("appAuthToken"),
            apiVersion: try row.optional("apiVersion", as: String.self).map { try apiVersion($0) })
        try row.finish()
        return options
    }

    /// A word that is no version is refused as the core does, whose types know no other.
    private static func apiVersion(_ word: String) throws -> ApiVersion {
        switch word {
        case "v2": .v2
        case "v3": .v3
        default: throw AlipayError(.options)
        }
    }

    static func policy(_ row: Row) throws -> Policy {
        let preset: PolicyPreset? =
            switch try row.optional("preset", as: String.self) {
            case nil: nil
            case "default": .default
            case "officialDemo": .officialDemo
            case "fast": .fast
            case let other?: throw Malformed("unknown preset \(other)")
            }
        let policy = Policy(
            preset: preset, payTimeoutMs: try row.optionalInteger("payTimeoutMs"),
            queryTimeoutMs: try row.optionalInteger("queryTimeoutMs"),
            cancelTimeoutMs: try row.optionalInteger("cancelTimeoutMs"),
            signTimeoutMs: try row.optionalInteger("signTimeoutMs"),
            pollIntervalMs: try row.optionalInteger("pollIntervalMs"),
            pollWindowMs: try row.optionalInteger("pollWindowMs"),
            retrySoonMs: try row.optionalInteger("retrySoonMs"), settleMs: try row.optionalInteger("settleMs"),
            sendWithinMs: try row.optionalInteger("sendWithinMs"),
            cancelRetryMs: try row.optional("cancelRetryMs", as: [NSNumber].self)?.map(\.int64Value),
            confirmNotSent: try row.optional("confirmNotSent"), fenceMs: try row.optionalInteger("fenceMs"),
            longAuthCodes: try row.optional("longAuthCodes"))
        try row.finish()
        return policy
    }

    private static func input(_ row: Row) throws -> Input {
        let type: String = try row.take("type")
        defer { _ = row }
        let input: Input
        switch type {
        case "response":
            input = .response(
                id: try id(row), status: Int32(try row.integer("status")), body: try row.base64("body"),
                headers: row.has("headers") ? try row.pairs("headers").map(Parameter.init) : [],
                reset: try row.optional("reset") ?? false)
        case "failure":
            let failures = ["notSent": Failure.notSent, "notStored": .notStored, "aborted": .aborted, "maybeSent": .maybeSent]
            guard let failure = failures[try row.take("failure")] else { throw Malformed("unknown failure") }
            input = .failure(id: try id(row), failure: failure)
        case "signature": input = .signature(id: try id(row), signature: try row.base64("signature"))
        case "notify": input = .notify(body: try row.base64("body"))
        case "cancel": input = .cancel
        case "giveUp": input = .giveUp
        default: throw Malformed("unknown input \(type)")
        }
        try row.finish()
        return input
    }

    private static func id(_ row: Row) throws -> UInt32 { UInt32(try row.integer("id")) }
}

/// What is said of an output, and what is checked that no row says.
private struct Watch {
    /// Knows the application's own key as the one to verify with.
    let app: Alipay
    /// When the host was asked to sign a request.
    var asked: [UInt32: Int64] = [:]
    /// The highest id that was seen.
    var highest: UInt32 = 0

    mutating func said(_ output: Output, _ now: Int64) throws -> Any {
        switch output {
        case .request(let id, let kind, let http, let timeoutMs, let checkpoint, let sendWithinMs):
            highest = max(highest, id)
            var said = try request(http, made: asked[id] ?? now)
            said.merge(
                ["type": "request", "id": id, "kind": "\(kind)", "timeoutMs": timeoutMs, "checkpoint": checkpoint,
                    "sendWithinMs": sendWithinMs,
                ]
            ) { _, _ in "twice" }
            return said
        case .sign(let id, let kind, let signType, let message, _, let timeoutMs):
            asked[id] = now
            highest = max(highest, id)
            return [
                "type": "sign", "id": id, "kind": "\(kind)", "signType": signType == .rsa2 ? "RSA2" : "RSA",
                "message": message, "timeoutMs": timeoutMs,
            ] as [String: Any]
        case .save: return ["type": "save"]
        case .news(let news): return ["type": "news", "news": redacted(news)] as [String: Any]
        case .timeout(let at, let wake):
            guard at > now else { throw Malformed("a timeout that is over") }
            return ["type": "timeout", "at": at, "wake": "\(wake)"] as [String: Any]
        case .done(let outcome):
            return ["type": "done", "outcome": redacted(outcome)] as [String: Any]
        }
    }

    /// The method and the content of a request made at `made`, which must be signed and dated.
    private func request(_ http: HttpRequest, made: Int64) throws -> [String: Any] {
        if let path = http.url.range(of: "/v3/") {
            return try requestV3(http, String(http.url[path.lowerBound...]), made)
        }
        let url = http.url.split(separator: "?", maxSplits: 1)
        guard http.method == "POST", url.count == 2, url[1] == "charset=utf-8" else {
            throw Malformed("not a POST with the charset in its URL: \(http.url)")
        }
        var fields = ["charset": "utf-8"]
        for field in try decodeForm(http.body) {
            let name = String(decoding: field.name, as: UTF8.self)
            guard fields.updateValue(String(decoding: field.value, as: UTF8.self), forKey: name) == nil else {
                throw Malformed("\(name) stands twice")
            }
        }
        guard let signature = fields.removeValue(forKey: "sign"), fields["timestamp"] == (try toBeijing(made)),
            let method = fields["method"], let content = fields["biz_content"]
        else { throw Malformed("not signed, not dated, or without content") }
        let message = try stringToSign(fields.map { Parameter(name: $0.key, value: $0.value) })
        try app.verify(Data(message.utf8), signature: signature)
        return ["method": method, "bizContent": try JSONSerialization.jsonObject(with: Data(content.utf8))]
    }

    /// The same over OpenAPI v3.
    private func requestV3(_ http: HttpRequest, _ path: String, _ made: Int64) throws -> [String: Any] {
        let scheme = "ALIPAY-SHA256withRSA "
        guard http.method == "POST", let authorization = http.headers["authorization"], authorization.hasPrefix(scheme),
            let split = authorization.range(of: ",sign=")
        else { throw Malformed("not a signed POST of v3") }
        let auth = authorization[..<split.lowerBound].dropFirst(scheme.count)
        guard auth.hasSuffix(",timestamp=\(made)") else { throw Malformed("not dated: \(auth)") }
        let message = Data("\(auth)\nPOST\n\(path)\n".utf8) + http.body + Data("\n".utf8)
        try app.verify(message, signature: String(authorization[split.upperBound...]))
        return ["method": path, "bizContent": try JSONSerialization.jsonObject(with: http.body)]
    }
}

private func redacted(_ trade: Trade) -> [String: Any] {
    [
        "outTradeNo": trade.outTradeNo, "tradeNo": orNull(trade.tradeNo), "totalAmount": trade.totalAmount,
        "receiptAmount": orNull(trade.receiptAmount), "paidAt": orNull(trade.paidAt),
    ]
}

private func redacted(_ news: News) -> [String: Any] {
    switch news {
    case .stillPaid(let trade, let proven):
        return ["type": "stillPaid", "trade": redacted(trade), "proven": proven]
    case .otherSale: return ["type": "otherSale"]
    case .closed(let refunded): return ["type": "closed", "refunded": orNull(refunded)]
    case .notKnown: return ["type": "notKnown"]
    }
}

/// An outcome in the wire model, without the trade's document.
private func redacted(_ outcome: Outcome) -> [String: Any] {
    switch outcome {
    case .paid(let trade, let late, let proven):
        return ["type": "paid", "trade": redacted(trade), "late": late, "proven": proven]
    case .declined(let reason, let code, let subCode, let display):
        return [
            "type": "declined", "reason": "\(reason)", "code": orNull(code), "subCode": orNull(subCode),
            "display": orNull(display),
        ]
    case .closed(let refunded): return ["type": "closed", "refunded": orNull(refunded)]
    case .rejected(let code, let subCode, let display):
        return ["type": "rejected", "code": code, "subCode": orNull(subCode), "display": orNull(display)]
    case .conflict(let reason, let subCode, let cancelSent):
        return ["type": "conflict", "reason": "\(reason)", "subCode": orNull(subCode), "cancelSent": cancelSent]
    case .unresolved(let reason, let subCode, let askAgainAt):
        return ["type": "unresolved", "reason": "\(reason)", "subCode": orNull(subCode), "askAgainAt": askAgainAt]
    }
}
