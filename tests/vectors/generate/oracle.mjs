// What the rows are made with: the test keys, and signatures by node:crypto.

import * as crypto from "node:crypto";
import { readFileSync } from "node:fs";

export const pem = (name) => readFileSync(new URL(`../keys/${name}.pem`, import.meta.url), "utf8");
export const secret = (name) => pem(`${name}_TEST_ONLY`);
export const base64 = (bytes) => Buffer.from(bytes).toString("base64");

const hash = { RSA2: "sha256", RSA: "sha1" };

/** RSASSA-PKCS1-v1_5, as base64. */
export const signature = (key, message, signType = "RSA2") =>
  crypto.sign(hash[signType], Buffer.from(message), secret(key)).toString("base64");

/** Whether node:crypto accepts it. */
export const accepts = (key, message, sign, signType = "RSA2") =>
  crypto.verify(hash[signType], Buffer.from(message), crypto.createPublicKey(secret(key)), Buffer.from(sign, "base64"));

export const privateDer = (name, type = "pkcs8") => crypto.createPrivateKey(secret(name)).export({ type, format: "der" });
export const publicDer = (name, type = "spki") => crypto.createPublicKey(secret(name)).export({ type, format: "der" });
export const publicPem = (name, type = "spki") => crypto.createPublicKey(secret(name)).export({ type, format: "pem" });

/** The keys that a file's rows name: base64 of PKCS#8 and of SPKI. */
export const keyTable = (...names) =>
  Object.fromEntries(
    names.map((name) => [name, { private_key: base64(privateDer(name)), public_key: base64(publicDer(name)) }]),
  );

/** A second opinion on the string to be signed, after the protocol's words. */
export const canonical = (parameters, drop = ["sign"]) =>
  parameters
    .filter(([name, value]) => !drop.includes(name) && value.trim() !== "")
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

/** An ASN.1 element. */
export const tlv = (tag, ...contents) => {
  const body = Buffer.concat(contents);
  const digits = body.length.toString(16);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : Buffer.concat([
          Buffer.from([0x80 | Math.ceil(digits.length / 2)]),
          Buffer.from(digits.padStart(2 * Math.ceil(digits.length / 2), "0"), "hex"),
        ]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};

/** An ASN.1 INTEGER that is not negative. */
export const integer = (value) => {
  const digits = value.toString(16);
  const even = digits.length % 2 ? `0${digits}` : digits;
  return tlv(0x02, Buffer.from(parseInt(even.slice(0, 2), 16) > 127 ? `00${even}` : even, "hex"));
};

/** PKCS#1 keys of any numbers. */
export const pkcs1 = (...numbers) => tlv(0x30, ...numbers.map(integer));

/** The numbers of a private key, in PKCS#1's order: n, e, d, p, q, dp, dq, qinv. */
export const numbers = (name) => {
  const jwk = crypto.createPrivateKey(secret(name)).export({ format: "jwk" });
  return ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((field) =>
    BigInt(`0x${Buffer.from(jwk[field], "base64url").toString("hex")}`),
  );
};
