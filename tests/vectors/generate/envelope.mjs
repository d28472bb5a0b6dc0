// Synchronous responses: which bytes are the node, and whether Alipay signed them.

import { accepts, base64, keyTable, signature } from "./oracle.mjs";

const key = "alipay_2048";
const settled = "protocol, section 2; signed by node:crypto over the node's bytes as they stand";
const seed = "seed document 002's example of a response, signed anew by node:crypto";
const method = "alipay.trade.pay";
const node_name = "alipay_trade_pay_response";

const text = (body) => (Buffer.isBuffer(body) ? { body_base64: base64(body) } : { body });
const opened = (name, body, expect, provenance = settled, more = {}) => ({
  name,
  provenance,
  method,
  status: 200,
  key,
  sign_type: "RSA2",
  ...more,
  ...text(body),
  expect: { verified: true, code: null, sub_code: null, ...expect },
});
const refused = (name, body, error, provenance = settled, more = {}) => ({
  name,
  provenance,
  method,
  status: 200,
  key,
  sign_type: "RSA2",
  ...more,
  ...text(body),
  error,
});

const paid = '{"code":"10000","msg":"Success","trade_no":"2013112011001004330000121536","total_amount":"88.88"}';
const sign = signature(key, paid);
const signed = (node, name = node_name, by = key) => `{"${name}":${node},"sign":"${signature(by, node)}"}`;

// The document's example, white space and all: numbers without quotes, JSON inside a string, Chinese.
const example = `{
		"total_amount":120.88,
		"trade_no":"2013112011001004330000121536",
		"voucher_detail_list":[
			{
				"amount":10.00,
				"memo":"学生专用优惠",
				"name":"XX超市5折优惠",
				"type":"ALIPAY_FIX_VOUCHER"
			}
		],
		"code":"10000",
		"out_trade_no":"6823789339978248",
		"msg":"Success",
		"discount_goods_detail":"[{\\"goods_id\\":\\"STANDARD1026181538\\",\\"goods_name\\":\\"雪碧\\",\\"discount_amount\\":\\"100.00\\"}]",
		"fund_bill_list":[
			{
				"amount":10,
				"fund_channel":"ALIPAYACCOUNT",
				"real_amount":11.21
			}
		],
		"store_name":"证大五道口店"
	}`;
const busy = '{"sub_msg":"系统繁忙","code":"20000","sub_code":"isp.unknow-error","msg":"Service Currently Unavailable"}';
const declined = '{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_HAS_SUCCESS","sub_msg":"交易已被支付"}';
const invalid_app = '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-app-id","sub_msg":"无效的AppID参数"}';
const tricky = '{"code":"10000","subject":"a}b{c\\"d\\\\","body":"]}\\\\\\"}","goods":[{"n":"}"},{"n":"["}],"store_name":"\\u007d"}';
const decoys = `{"code":"10000","sign":"inner","x":{"sign":"deeper","${node_name}":{"code":"40004"}},"y":"\\"sign\\":\\"text\\""}`;
const slashes = '{"code":"10000","url":"https:\\/\\/openapi.alipay.com\\/gateway.do"}';

// GBK: 特价 is CC D8 BC DB; the pairs AB 7D, AB 7B and AB 5C end in the bytes of }, { and \, the last before the closing quote.
const gbk = (...parts) => Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
const gbk_node = gbk('{"code":"40004","msg":"Business Failed","sub_code":"ACQ.PAYMENT_FAIL","sub_msg":"', Buffer.from("CCD8BCDBAB7DAB7BAB5C", "hex"), '"}');
const gbk_body = gbk(`{"${node_name}":`, gbk_node, `,"sign":"${signature(key, gbk_node)}"}`);

const flip = (body) => body.replace("88.88", "88.89");
if (!accepts(key, paid, sign) || accepts(key, flip(paid), sign)) throw new Error("envelope");

export const envelope = {
  description:
    "A response's raw body to what may be believed of it: the node's text, whether it is verified, its codes; or the error. `key` names Alipay's key in `keys`.",
  source: "tests/vectors/generate/envelope.mjs, signed with node:crypto",
  keys: keyTable("alipay_2048", "app_2048", "other_2048"),
  rows: [
    opened("paid", `{"${node_name}":${paid},"sign":"${sign}"}`, { code: "10000", node: paid }),
    opened("the document's example, sign in front", `{\n\t"sign":"${signature(key, example)}",\n\t"${node_name}":${example}\n}`, { code: "10000", node: example }, seed),
    opened("the document's failure", signed(busy), { code: "20000", sub_code: "isp.unknow-error", node: busy }, seed),
    opened("declined", signed(declined), { code: "40004", sub_code: "ACQ.TRADE_HAS_SUCCESS", node: declined }),
    opened("error_response instead of the method's node", signed(invalid_app, "error_response"), { code: "40002", sub_code: "isv.invalid-app-id", node: invalid_app }),
    opened("white space between the members, none of it signed", ` {\r\n "${node_name}" :\t${paid} ,\n "sign" : "${sign}" }\n`, { code: "10000", node: paid }),
    opened("white space inside the node is signed", signed('{ "code" : "10000" }'), { code: "10000", node: '{ "code" : "10000" }' }),
    opened("braces, quotes and backslashes inside strings", signed(tricky), { code: "10000", node: tricky }),
    opened("decoys: sign and a node inside the node", signed(decoys), { code: "10000", node: decoys }),
    opened("unknown members beside the node", `{"a":[1,{"sign":"x"}],"${node_name}":${paid},"b":null,"c":-1.5e3,"sign":"${sign}","d":"}"}`, { code: "10000", node: paid }),
    opened("a certificate's number beside the node", `{"${node_name}":${paid},"alipay_cert_sn":"687b59193f3f462dd5336e5abf83c5d8","sign":"${sign}"}`, { code: "10000", node: paid }),
    opened("keys written with unicode escapes", `{"alipay\\u005ftrade_pay_respons\\u0065":${paid},"si\\u0067n":"${sign}"}`, { code: "10000", node: paid }),
    opened("slashes of the signature escaped", `{"${node_name}":${paid},"sign":"${sign.replaceAll("/", "\\/")}"}`, { code: "10000", node: paid }),
    opened("slashes of the node escaped and signed so", signed(slashes), { code: "10000", node: slashes }),
    opened(
      "slashes of the node escaped but signed without",
      `{"${node_name}":${slashes},"sign":"${signature(key, slashes.replaceAll("\\/", "/"))}"}`,
      { code: "10000", node: slashes },
      "protocol, section 2: the official SDK tries this too; signed by node:crypto",
    ),
    opened("a code that is a number", signed('{"code":10000}'), { code: "10000", node: '{"code":10000}' }),
    opened("a node without a code", signed('{"user_id":"2088101117955611"}'), { node: '{"user_id":"2088101117955611"}' }),
    opened("an empty sub_code is none", signed('{"code":"10000","sub_code":""}'), { code: "10000", node: '{"code":"10000","sub_code":""}' }),
    opened("SHA-1", `{"${node_name}":${paid},"sign":"${signature(key, paid, "RSA")}"}`, { code: "10000", node: paid }, settled, { sign_type: "RSA" }),
    opened("another method", signed(paid, "alipay_trade_fastpay_refund_query_response"), { code: "10000", node: paid }, settled, { method: "alipay.trade.fastpay.refund.query" }),
    opened("GBK whose trail bytes are a backslash and braces", gbk_body, { code: "40004", sub_code: "ACQ.PAYMENT_FAIL" }, "bytes of GBK by hand, signed by node:crypto"),
    opened(
      "a signed UTF-8 node reads as it was signed, whatever bytes stand beside it",
      Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff, 0xff]), Buffer.from(`",${signed(declined).slice(1)}`)]),
      { code: "40004", sub_code: "ACQ.TRADE_HAS_SUCCESS", node: declined },
      "protocol, section 2: verify a range, then hand the same range to the parser; signed by node:crypto",
    ),
    opened("a failure without a signature is not verified", `{"error_response":${invalid_app}}`, { verified: false, code: "40002", sub_code: "isv.invalid-app-id", node: invalid_app }),
    opened("a failure with an empty signature is not verified", `{"${node_name}":${busy},"sign":""}`, { verified: false, code: "20000", sub_code: "isp.unknow-error", node: busy }),

    refused("paid without a signature", `{"${node_name}":${paid}}`, "signature_missing"),
    refused("paid with an empty signature", `{"${node_name}":${paid},"sign":""}`, "signature_missing"),
    refused("a node without a code and a signature", `{"${node_name}":{"user_id":"1"}}`, "signature_missing"),
    refused("a waiting buyer without a signature", `{"${node_name}":{"code":"10003","msg":"order success pay inprocess"}}`, "signature_missing"),
    refused("the amount changed", flip(`{"${node_name}":${paid},"sign":"${sign}"}`), "signature_invalid"),
    refused("one space more in the node", `{"${node_name}":${paid.replace(",", ", ")},"sign":"${sign}"}`, "signature_invalid"),
    refused("a signed failure, its code changed", signed(declined).replace("40004", "10000"), "signature_invalid"),
    refused("a failure with a bad signature is no unverified failure", signed(declined).replace("Business", "business"), "signature_invalid"),
    refused("signed by another key", signed(paid, node_name, "other_2048"), "signature_invalid"),
    refused("SHA-1 where SHA-256 belongs", `{"${node_name}":${paid},"sign":"${signature(key, paid, "RSA")}"}`, "signature_invalid"),
    refused("a backslash smuggled in front of an escaped slash", `{"${node_name}":${slashes.replaceAll("\\/", "\\\\/")},"sign":"${signature(key, slashes)}"}`, "signature_invalid", "the value differs from the signed one: it has backslashes"),
    refused("a signature that is no base64", `{"${node_name}":${paid},"sign":"ERITJKEIJKJHKKKKKKKHJEREEEEEEEEEEE"}`, "signature_format", "the placeholder of seed document 002"),
    refused("a signature that is no string", `{"${node_name}":${paid},"sign":12345}`, "signature_format"),
    refused("a signature that is null", `{"${node_name}":${paid},"sign":null}`, "signature_format"),
    refused("a signature with line breaks", `{"${node_name}":${paid},"sign":"${sign.slice(0, 76)}\\n${sign.slice(76)}"}`, "signature_format"),
    refused("the node twice", `{"${node_name}":${paid},"${node_name}":${paid},"sign":"${sign}"}`, "response_duplicate"),
    refused("the node and its forgery behind", `{"${node_name}":${paid},"sign":"${sign}","${node_name}":${flip(paid)}}`, "response_duplicate"),
    refused("the node and its forgery under an escaped key", `{"alipay_trade_pay\\u005fresponse":${flip(paid)},"${node_name}":${paid},"sign":"${sign}"}`, "response_duplicate"),
    refused("the node beside an error_response", `{"${node_name}":${paid},"error_response":${busy},"sign":"${sign}"}`, "response_duplicate"),
    refused("two signatures", `{"${node_name}":${paid},"sign":"${sign}","sign":"${sign}"}`, "response_duplicate"),
    refused("two certificate numbers", `{"${node_name}":${paid},"alipay_cert_sn":"a","alipay_cert_sn":"b","sign":"${sign}"}`, "response_duplicate"),
    refused("the node of another method", signed(paid, "alipay_trade_query_response"), "response_no_node"),
    refused("the node of another method beside the right one", `{"${node_name}":${paid},"alipay_trade_query_response":${paid},"sign":"${sign}"}`, "response_no_node"),
    refused("only a signature", `{"sign":"${sign}"}`, "response_no_node"),
    refused("an empty object", "{}", "response_no_node"),
    refused("truncated", `{"${node_name}":${paid},"sign":"${sign.slice(0, 100)}`, "response_not_json"),
    refused("truncated in the node", `{"${node_name}":${paid.slice(0, 40)}`, "response_not_json"),
    refused("truncated before the last brace", `{"${node_name}":${paid},"sign":"${sign}"`, "response_not_json"),
    refused("empty", "", "response_not_json"),
    refused("HTML", "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", "response_not_json"),
    refused("trailing garbage", `{"${node_name}":${paid},"sign":"${sign}"}x`, "response_not_json"),
    refused("a second object behind", `{"${node_name}":${paid},"sign":"${sign}"}{"${node_name}":${flip(paid)}}`, "response_not_json"),
    refused("a byte order mark", `\ufeff{"${node_name}":${paid},"sign":"${sign}"}`, "response_not_json"),
    refused("an array around it", `[{"${node_name}":${paid},"sign":"${sign}"}]`, "response_not_json"),
    refused("single quotes", `{'${node_name}':${paid}}`, "response_not_json"),
    refused("a comma too many", `{"${node_name}":${paid},"sign":"${sign}",}`, "response_not_json"),
    refused("signed, but no JSON object", signed("[10000]"), "response_not_json"),
    refused("signed, but its braces do not match", signed('{"code":"10000"]'), "response_not_json"),
    refused("HTTP 502 with a signed body", `{"${node_name}":${paid},"sign":"${sign}"}`, "response_status", settled, { status: 502 }),
    refused("HTTP 302", "", "response_status", settled, { status: 302 }),
  ],
};
