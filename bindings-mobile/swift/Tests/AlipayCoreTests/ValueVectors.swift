// Rows about plain values: amounts, times, forms, the string to be signed; keys and signatures.

import AlipayCore
import Foundation

extension Vectors {
    static func amount(_ row: Row, _: Keys) throws -> Any {
        let operation: String = try row.take("operation")
        let text: String = try row.take("text")
        let amount =
            switch operation {
            case "charge": try chargeAmount(text)
            case "read": try readAmount(text)
            default: throw Malformed("unknown operation \(operation)")
            }
        return ["fen": amount.fen, "text": amount.text]
    }

    static func time(_ row: Row, _: Keys) throws -> Any {
        switch try row.take("operation", as: String.self) {
        case "format":
            let unixMs = try row.integer("unix_ms")
            return ["beijing": try toBeijing(unixMs)]
        case "parse":
            let beijing: String = try row.take("beijing")
            return ["unix_ms": try fromBeijing(beijing)]
        case let operation: throw Malformed("unknown operation \(operation)")
        }
    }

    static func canonical(_ row: Row, _: Keys) throws -> Any {
        ["string_to_sign": try stringToSign(row.pairs("parameters").map(Parameter.init))]
    }

    static func form(_ row: Row, _: Keys) throws -> Any {
        switch try row.take("operation", as: String.self) {
        case "encode":
            return ["form": try encodeForm(row.pairs("fields").map(Parameter.init))]
        case "decode":
            let form = try row.bytes("form")
            let fields = try decodeForm(form).map { [$0.name.base64EncodedString(), $0.value.base64EncodedString()] }
            return ["fields_base64": fields]
        case let operation: throw Malformed("unknown operation \(operation)")
        }
    }

    static func key(_ row: Row, _: Keys) throws -> Any {
        let kind: String = try row.take("kind")
        let input = try row.bytes("input")
        let info: KeyInfo
        switch kind {
        case "private":
            info = try inspectPrivateKey(input)
            // A key that is accepted must also sign.
            if let text = String(data: input, encoding: .utf8) {
                let pair = try Alipay(
                    MerchantOptions(appId: "1", alipayPublicKey: Fixed.publicKey, privateKey: text))
                _ = try pair.sign(Data())
            }
        case "public": info = try inspectPublicKey(input)
        default: throw Malformed("unknown kind \(kind)")
        }
        return ["bits": info.bits, "weak": info.weak, "public_key": info.publicKey] as [String: Any]
    }

    static func sign(_ row: Row, _ keys: Keys) throws -> Any {
        let operation: String = try row.take("operation")
        let key: String = try row.take("key")
        let signType = try row.signType()
        let message = try row.bytes("message")
        switch operation {
        case "sign":
            return ["signature": try keys.signing(key, signType).sign(message)]
        case "verify":
            let signature: String = try row.take("signature")
            // The algorithm given with the call, and the merchant's own.
            let merchant = try keys.verifying(key, .rsa2)
            try merchant.verify(message, signature: signature, signType: signType)
            try keys.verifying(key, signType).verify(message, signature: signature)
            return ["valid": true]
        default: throw Malformed("unknown operation \(operation)")
        }
    }
}
