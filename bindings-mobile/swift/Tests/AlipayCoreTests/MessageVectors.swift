// Rows about whole messages: requests, responses, notifications.

import AlipayCore
import Foundation

extension Vectors {
    static func envelope(_ row: Row, _ keys: Keys) throws -> Any {
        let method: String = try row.take("method")
        let response = HttpResponse(status: Int(try row.integer("status")), body: try row.bytes("body"))
        let alipay = try keys.verifying(row.take("key"), row.signType())
        let answer = try alipay.open(method, response)
        return [
            "verified": answer.verified, "code": orNull(answer.code), "sub_code": orNull(answer.subCode),
            "node": answer.node,
        ] as [String: Any]
    }

    static func notify(_ row: Row, _ keys: Keys) throws -> Any {
        let alipay = try keys.verifying(row.take("key"), row.signType(), appId: row.take("app_id"))
        let notify = try alipay.verifyNotify(row.bytes("body"))
        return ["paid": notify.paid, "fields": notify.fields] as [String: Any]
    }

    static func request(_ row: Row, _ keys: Keys) throws -> Any {
        let pair = try keys.pair(row.take("key"))
        let options = { (key: String?) in
            MerchantOptions(
                appId: try row.take("app_id"), alipayPublicKey: try keys.publicKey("alipay_2048"), privateKey: key,
                gateway: try row.take("gateway"), signType: try row.signType(),
                notifyUrl: try row.optional("notify_url"), appAuthToken: try row.optional("app_auth_token"))
        }
        let given = try options(pair.privateKey)
        let method: String = try row.take("method")
        let bizContent: String = try row.take("biz_content")
        let parameters = try row.pairs("parameters").map(Parameter.init)
        let now = try row.integer("now_unix_ms")

        let alipay = try Alipay(given)
        let call = try call(method, bizContent: bizContent, parameters: parameters)
        let request = try alipay.request(call, now: now)
        // A key that lives elsewhere comes to the same request in two steps.
        let prepared = try alipay.delegated().prepare(call, now: now)
        let signature = try alipay.sign(prepared.bytesToSign, signType: prepared.signType)
        let raw = Data(base64Encoded: signature) ?? Data()
        guard try prepared.finish(raw) == request else { throw Malformed("one step and two steps differ") }
        guard request.method == "POST", request.headers.count == 1, let type = request.headers["content-type"] else {
            throw Malformed("other headers than the content type")
        }
        return [
            "string_to_sign": prepared.stringToSign, "url": request.url, "content_type": type,
            "body": String(decoding: request.body, as: UTF8.self),
        ]
    }
}
