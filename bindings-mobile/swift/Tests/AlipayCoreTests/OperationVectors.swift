// Rows that name an operation, or one of the calls that have a function of their own.

import AlipayCore
import Foundation

extension Vectors {
    static func operation(_ row: Row, _ merchants: [String: Any]) throws -> Any {
        let operation: String = try row.take("operation")
        let input = try row.take("input", as: [String: Any].self)
        guard let name = try row.optional("merchant", as: String.self) else {
            guard operation == "typedCall" else { return try parsed(invoke(operation, canonicalJSON(input))) }
            let given = try Row(input)
            let call = try typedCall(given.take("method"), request: canonicalJSON(given.take("request", as: Any.self)))
            try given.finish()
            guard call.parameters.isEmpty else { throw Malformed("parameters from nowhere") }
            return ["method": call.method, "bizContent": call.bizContent, "parameters": NSNull()] as [String: Any]
        }
        let alipay = try Alipay(options(Row(merchants[name])))
        switch operation {
        case "request": return try request(alipay, Row(input))
        case "open": return try open(alipay, Row(input))
        case "verifyNotify": return try verifyNotify(alipay, Row(input))
        default: return try parsed(alipay.invoke(operation, canonicalJSON(input)))
        }
    }

    private static func options(_ given: Row) throws -> MerchantOptions {
        let options = MerchantOptions(
            appId: try given.take("appId"), alipayPublicKey: try given.optional("alipayPublicKey") ?? "",
            privateKey: try given.optional("privateKey"), gateway: try given.optional("gateway"),
            signType: given.has("signType") ? try given.signType("signType") : nil,
            charset: try given.optional("charset", as: String.self).map { try charset($0) },
            notifyUrl: try given.optional("notifyUrl"), appAuthToken: try given.optional("appAuthToken"),
            appCertificate: try given.optional("appCertificate"),
            alipayCertificate: try given.optional("alipayCertificate"),
            rootCertificate: try given.optional("rootCertificate"),
            furtherAlipayCertificates: try given.optional("furtherAlipayCertificates") ?? [],
            encryptKey: try given.optional("encryptKey"))
        try given.finish()
        return options
    }

    /// A word that is no charset is refused as the core does, whose types know no other.
    private static func charset(_ word: String) throws -> Charset {
        switch word.lowercased() {
        case "utf-8": .utf8
        case "gbk": .gbk
        case "gb18030": .gb18030
        case "gb2312": .gb2312
        default: throw AlipayError(.charsetUnsupported)
        }
    }

    private static func parsed(_ json: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
    }

    private static func request(_ alipay: Alipay, _ input: Row) throws -> Any {
        let given = try Row(input.take("call", as: Any.self))
        let parameters = given.has("parameters") ? try given.pairs("parameters").map(Parameter.init) : []
        let call = try call(
            given.take("method"), bizContent: given.take("bizContent"), parameters: parameters,
            plain: given.optional("plain") ?? false)
        let request = try alipay.request(call, now: input.integer("now"))
        try given.finish()
        try input.finish()
        return [
            "method": request.method, "url": request.url, "headers": request.headers,
            "body": request.body.base64EncodedString(),
        ] as [String: Any]
    }

    private static func open(_ alipay: Alipay, _ input: Row) throws -> Any {
        let response = HttpResponse(status: Int(try input.integer("status")), body: try input.base64("body"))
        let answer = try alipay.open(input.take("method"), response)
        try input.finish()
        return [
            "verified": answer.verified, "code": orNull(answer.code), "msg": orNull(answer.msg),
            "subCode": orNull(answer.subCode), "subMsg": orNull(answer.subMsg), "node": answer.node,
        ] as [String: Any]
    }

    private static func verifyNotify(_ alipay: Alipay, _ input: Row) throws -> Any {
        let notify = try alipay.verifyNotify(input.base64("body"))
        try input.finish()
        return [
            "fields": notify.fields, "paid": notify.paid, "notifyId": orNull(notify.notifyId),
            "outTradeNo": orNull(notify.outTradeNo), "totalAmount": orNull(notify.totalAmount),
            "paidAt": orNull(notify.paidAt), "lossy": notify.lossy,
            "variant": [
                "signTypeSigned": orNull(notify.variant.signTypeSigned), "emptySigned": orNull(notify.variant.emptySigned),
                "certSnSigned": orNull(notify.variant.certSnSigned),
            ],
        ] as [String: Any]
    }
}
