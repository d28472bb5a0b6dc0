// For a CommonJS program the same types are there.
import alipay = require("@alipay-core/wasm");

const code: alipay.ErrorCode = new alipay.AlipayError("closed").code;
const merchant = new alipay.Alipay({ appId: "x", alipayPublicKey: "y" });
const outcome: Promise<alipay.Outcome> = alipay.pay(merchant, { out_trade_no: "A" });
export = { code, outcome };
