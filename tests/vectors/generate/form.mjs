// application/x-www-form-urlencoded, as URLSearchParams writes and node:querystring reads it (to bytes).

import querystring from "node:querystring";
import { base64 } from "./oracle.mjs";

const encode = (name, fields, form) => {
  const made = new URLSearchParams(fields).toString();
  if (form !== undefined && form !== made) throw new Error(`form: ${name}: ${made}`);
  return { name, provenance: "URLSearchParams (WHATWG URL)", operation: "encode", fields, expect: { form: made } };
};

// unescapeBuffer takes one byte per character.
const bytes = (text) => querystring.unescapeBuffer(Buffer.from(text).toString("latin1").replaceAll("+", " "));
const decode = (name, form, pieces, provenance = "node:querystring's unescapeBuffer, pieces cut by hand") => ({
  name,
  provenance,
  operation: "decode",
  form,
  expect: { fields_base64: pieces.map(([field, value]) => [base64(bytes(field)), base64(bytes(value))]) },
});
const malformed = (name, form) => ({
  name,
  provenance: "stricter than WHATWG by our own decision: Alipay never sends it, so the message was cut or rewritten",
  operation: "decode",
  form,
  error: "form_malformed",
});

export const form = {
  description: "urlencoded forms: fields to text and text to fields, once, to bytes. Decoded names and values are base64 of bytes.",
  source: "tests/vectors/generate/form.mjs with URLSearchParams and node:querystring",
  rows: [
    encode("letters, digits and the four marks stand for themselves", [["azAZ09", "*-._"]], "azAZ09=*-._"),
    encode("a space becomes a plus, a plus is escaped", [["a b", "1 + 1"]], "a+b=1+%2B+1"),
    encode("separators in names and values", [["a&b", "c=d"], ["=", "&"]], "a%26b=c%3Dd&%3D=%26"),
    encode("Chinese", [["subject", "特价手机"]]),
    encode("emoji and combining characters", [["🍜", "e\u0301"]]),
    encode("a tilde, an exclamation mark, quotes and brackets are escaped", [["a", "~!'\"()[]{}<>"]]),
    encode("control characters and line ends", [["a", "\u0000\t\r\n\u007f"]]),
    encode("an empty value keeps its equals sign", [["a", ""], ["b", "1"]], "a=&b=1"),
    encode("base64 of a signature", [["sign", "WcO+t3D8Kg71dTlKwN7r9PzUOXeaBJwp8/FOuSxcuSk="]]),
    encode("JSON", [["biz_content", '{"a":"中\\n","b":[1,2.50]}']]),
    encode("no field", [], ""),
    encode("the order stays and names may repeat", [["b", "1"], ["a", "2"], ["b", "3"]], "b=1&a=2&b=3"),
    decode("pluses and escapes", "a+b=1%262%3D3&c=%2B", [["a+b", "1%262%3D3"], ["c", "%2B"]]),
    decode("lower-case and upper-case digits", "a=%e4%b8%ad%E6%96%87", [["a", "%e4%b8%ad%E6%96%87"]]),
    decode("decoded once only", "a=%2525%252B", [["a", "%2525%252B"]]),
    decode("only the first equals sign divides", "sign=ab%3D=cd==", [["sign", "ab%3D=cd=="]]),
    decode("no equals sign means an empty value", "flag&a=", [["flag", ""], ["a", ""]]),
    decode("empty pieces are skipped", "&&a=1&&b=2&", [["a", "1"], ["b", "2"]]),
    decode("an empty name stays", "=v", [["", "v"]]),
    decode("GBK stays bytes", "subject=%CC%D8%BC%DB%CA%D6%BB%FA", [["subject", "%CC%D8%BC%DB%CA%D6%BB%FA"]]),
    decode("bytes that are no text", "a=%00%FF%C3", [["a", "%00%FF%C3"]]),
    decode("unescaped characters stand for themselves", "a=特&b=x/y:z", [["a", "特"], ["b", "x/y:z"]]),
    decode("nothing", "", []),
    malformed("a percent sign at the end", "a=1%"),
    malformed("one digit at the end", "a=%2"),
    malformed("digits that are none", "a=%zz"),
    malformed("a sign for a digit", "a=%+1"),
    malformed("in a name", "%G0=a"),
    malformed("cut by the next field", "a=%4&b=1"),
  ],
};
