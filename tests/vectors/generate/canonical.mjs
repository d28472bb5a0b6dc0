// The string to be signed. Each expected string is written out by hand after the protocol; `oracle.canonical` must agree.

import { canonical as secondOpinion } from "./oracle.mjs";

const rules = "protocol, section 1, written out by hand; a second implementation in the generator agrees";
const seed = "public parameters of the seed document 002 (alipay.trade.pay), written out by hand";

const row = (name, parameters, string_to_sign, provenance = rules) => {
  if (secondOpinion(parameters) !== string_to_sign) throw new Error(`canonical: ${name}: ${secondOpinion(parameters)}`);
  return { name, provenance, parameters, expect: { string_to_sign } };
};

export const canonical = {
  description: "Parameters, and the string to be signed: without `sign` and blank values, sorted by key by byte, joined raw.",
  source: "tests/vectors/generate/canonical.mjs; expected strings written by hand after the protocol",
  rows: [
    row(
      "the document's public parameters",
      [
        ["app_id", "2014072300007148"],
        ["method", "alipay.trade.pay"],
        ["format", "JSON"],
        ["charset", "utf-8"],
        ["sign_type", "RSA2"],
        ["sign", "ERITJKEIJKJHKKKKKKKHJEREEEEEEEEEEE"],
        ["timestamp", "2014-07-24 03:07:50"],
        ["version", "1.0"],
        ["notify_url", "http://api.test.alipay.net/atinterface/receive_notify.htm"],
        ["app_auth_token", ""],
        ["biz_content", '{"out_trade_no":"20150320010101001","scene":"bar_code","subject":"Iphone6 16G","body":"特价手机"}'],
      ],
      'app_id=2014072300007148&biz_content={"out_trade_no":"20150320010101001","scene":"bar_code","subject":"Iphone6 16G","body":"特价手机"}' +
        "&charset=utf-8&format=JSON&method=alipay.trade.pay&notify_url=http://api.test.alipay.net/atinterface/receive_notify.htm" +
        "&sign_type=RSA2&timestamp=2014-07-24 03:07:50&version=1.0",
      seed,
    ),
    row("nothing at all", [], ""),
    row("only a signature", [["sign", "x"]], ""),
    row("one parameter", [["a", "1"]], "a=1"),
    row("sorted by key", [["c", "3"], ["a", "1"], ["b", "2"]], "a=1&b=2&c=3"),
    row("a key that is another's prefix comes first", [["a1", "x"], ["a", "y"], ["a_b", "z"]], "a=y&a1=x&a_b=z"),
    row("a prefix whose value would sort behind", [["a", "zzz"], ["a!", "1"], ["a-b", "2"]], "a=zzz&a!=1&a-b=2"),
    row("upper case before underscore before lower case", [["b", "1"], ["B", "2"], ["_", "3"], ["A", "4"], ["a", "5"]], "A=4&B=2&_=3&a=5&b=1"),
    row("digits by byte, not by number", [["k10", "a"], ["k9", "b"], ["k1", "c"]], "k1=c&k10=a&k9=b"),
    row("keys beyond ASCII by their UTF-8 bytes, not by UTF-16", [["\u{1F35C}", "1"], ["\u{FF5E}", "2"], ["中", "3"], ["z", "4"]], "z=4&中=3&\u{FF5E}=2&\u{1F35C}=1"),
    row("empty values are dropped", [["a", ""], ["b", "1"], ["c", ""]], "b=1"),
    row("white space alone is blank", [["a", " "], ["b", "\t\r\n"], ["c", "\u{3000}"], ["d", "0"]], "d=0"),
    row("white space around a value stays", [["a", " x "], ["b", "\ty\n"], ["c", "\u{3000}z"]], "a= x &b=\ty\n&c=\u{3000}z"),
    row("values are raw: & = + % # ? and space", [["a", "1&b=2"], ["c", "x+y%20z"], ["d", "?q=1#f"], ["e", "%E4%B8%AD"]], "a=1&b=2&c=x+y%20z&d=?q=1#f&e=%E4%B8%AD"),
    row("Chinese, emoji and combining characters are not touched", [["subject", "特价手机 🍜"], ["body", "e\u0301 é"], ["flag", "🇨🇳"]], "body=e\u0301 é&flag=🇨🇳&subject=特价手机 🍜"),
    row("JSON is text: spaces, order and long numbers stay", [["biz_content", '{ "b":1,\n "a":12345678901234567890.10, "c":"\\u4e2d\\/" }']], 'biz_content={ "b":1,\n "a":12345678901234567890.10, "c":"\\u4e2d\\/" }'),
    row("sign_type is signed", [["sign_type", "RSA2"], ["sign", "abc"], ["a", "1"]], "a=1&sign_type=RSA2"),
    row("only the exact name sign is dropped", [["Sign", "1"], ["sign ", "2"], ["signature", "3"], ["sign", "4"], ["sig", "5"]], "Sign=1&sig=5&sign =2&signature=3"),
    row("quotes, backslashes and angle brackets stay", [["a", '"\\<&>\''], ["b", "\\u0026"]], 'a="\\<&>\'&b=\\u0026'),
    row("a zero is not blank", [["a", "0"], ["b", "false"], ["c", "null"]], "a=0&b=false&c=null"),
    row("a value of an equals sign", [["a", "="], ["b", "&"]], "a==&b=&"),
  ],
};
