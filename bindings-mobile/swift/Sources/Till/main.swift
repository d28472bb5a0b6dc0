// till FILE GATEWAY APP_ID ORDER AUTH_CODE, with Alipay's public key and the application's private key on standard input,
// a NUL between them. Pays 88.88 yuan ten times as hastily as usual; the tests kill it in the middle of that.

import AlipayCore
import Foundation

let arguments = CommandLine.arguments
let keys = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self).split(separator: "\0")
guard arguments.count == 6, keys.count == 2 else { exit(2) }
let alipay = try Alipay(
    MerchantOptions(
        appId: arguments[3], alipayPublicKey: String(keys[0]), privateKey: String(keys[1]), gateway: arguments[2]))
let order = TradePayRequest(
    outTradeNo: arguments[4], scene: "bar_code", authCode: arguments[5], subject: "test", totalAmount: "88.88")
let hasty = Policy(
    payTimeoutMs: 1500, queryTimeoutMs: 500, cancelTimeoutMs: 1000, pollIntervalMs: 500, pollWindowMs: 6000,
    retrySoonMs: 100, settleMs: 6000, cancelRetryMs: [200, 200, 200, 500, 1000, 3000, 6000])
let options = DriverOptions(store: try FileStore(path: arguments[1]))
print(try await pay(alipay, order: order, policy: hasty, options: options).outcome)
