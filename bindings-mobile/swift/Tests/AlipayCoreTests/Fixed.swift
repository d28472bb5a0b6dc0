// Keys that the tests share, made once.

import AlipayCore
import Foundation

enum Fixed {
    /// From the vectors: an application's key pair, and Alipay's.
    static let app = pair("app_2048")
    static let alipay = pair("alipay_2048")
    static var publicKey: String { alipay.publicKey }

    private static func pair(_ name: String) -> (privateKey: String, publicKey: String) {
        do {
            let data = try Data(contentsOf: Vectors.folder.appendingPathComponent("sign.json"))
            let file = try Row(JSONSerialization.jsonObject(with: data))
            return try Keys(file.take("keys")).pair(name)
        } catch {
            fatalError("the vectors' keys: \(error)")
        }
    }
}
