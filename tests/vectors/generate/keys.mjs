// Keys in every format seen in the field, and what is none. node:crypto wrote them and says what is in them.

import { base64, integer, numbers, pem, pkcs1, privateDer, publicDer, publicPem, secret, tlv } from "./oracle.mjs";
import * as crypto from "node:crypto";

const wrote = "written by OpenSSL through node:crypto, rewrapped in the generator";
const text = (input) => (Buffer.isBuffer(input) ? { input_base64: base64(input) } : { input });

const good = (kind, key) => (name, input, provenance = wrote) => ({
  name: `${kind}: ${name}`,
  provenance,
  kind,
  ...text(input),
  expect: {
    bits: crypto.createPublicKey(secret(key)).asymmetricKeyDetails.modulusLength,
    weak: crypto.createPublicKey(secret(key)).asymmetricKeyDetails.modulusLength < 2048,
    public_key: base64(publicDer(key)),
  },
});
const bad = (kind) => (name, error, input, provenance = wrote) => ({ name: `${kind}: ${name}`, provenance, kind, ...text(input), error });

const app = good("private", "app_2048");
const alipay = good("public", "alipay_2048");
const noPrivate = bad("private");
const noPublic = bad("public");

const pkcs8 = secret("app_2048");
const traditional = crypto.createPrivateKey(pkcs8).export({ type: "pkcs1", format: "pem" });
const spki = publicPem("alipay_2048");
const certificate = pem("alipay_2048_certificate");
const body = (key) => key.replace(/-----[^-]+-----/g, "").replace(/\s/g, "");
const lines = (key) => key.trim().split("\n");
const wrap = (key, width) => body(key).match(new RegExp(`.{1,${width}}`, "g")).join("\n");

// A modulus of 8192 bits needs no primes to be refused; nor does an exponent.
const [n, e, d, p, q, dp, dq, qinv] = numbers("app_2048");
const long = (1n << 8191n) + 1n;
const private1 = (...all) => pkcs1(0n, ...all);
const inverse = (a, m) => {
  let [r, s, t, u] = [m, a % m, 0n, 1n];
  while (s) [r, s, t, u] = [s, r % s, u, t - (r / s) * u];
  return ((t % m) + m) % m;
};
const arithmetic = "numbers of a test key changed in the generator, encoded after RFC 8017 appendix A.1";
const rfc = "refused by the protocol, section 4, and RFC 8017";

export const keys = {
  description: "Keys as they are pasted, mailed and configured: text (`input`) or bytes (`input_base64`) to a size and SPKI, or to an error.",
  source: "tests/vectors/generate/keys.mjs with node:crypto, from tests/vectors/keys",
  rows: [
    app("PKCS#8 PEM", pkcs8),
    app("PKCS#1 PEM", traditional),
    app("PKCS#8 DER", privateDer("app_2048")),
    app("PKCS#1 DER", privateDer("app_2048", "pkcs1")),
    app("PKCS#8 bare base64", base64(privateDer("app_2048"))),
    app("PKCS#1 bare base64", base64(privateDer("app_2048", "pkcs1"))),
    app("CRLF", pkcs8.replaceAll("\n", "\r\n")),
    app("wrapped at 76", `-----BEGIN PRIVATE KEY-----\n${wrap(pkcs8, 76)}\n-----END PRIVATE KEY-----`),
    app("whole PEM on one line, with spaces", lines(pkcs8).join(" ")),
    app("whole PEM on one line, without", lines(traditional).join("")),
    app("newlines written out", pkcs8.replaceAll("\n", "\\n")),
    app("byte order mark", `\ufeff${pkcs8}`),
    app("white space around", `\r\n \t${pkcs8} \n\n`),
    app("PKCS#8 under PKCS#1's label", pkcs8.replaceAll("PRIVATE KEY", "RSA PRIVATE KEY")),
    app("PKCS#1 under PKCS#8's label", traditional.replaceAll("RSA PRIVATE KEY", "PRIVATE KEY")),
    app("primes the other way round", private1(n, e, d, q, p, dq, dp, inverse(p, q)), arithmetic),
    good("private", "weak_1024")("1024 bits", secret("weak_1024")),
    good("private", "big_4096")("4096 bits", secret("big_4096")),

    alipay("SPKI PEM", spki),
    alipay("PKCS#1 PEM", publicPem("alipay_2048", "pkcs1")),
    alipay("SPKI DER", publicDer("alipay_2048")),
    alipay("PKCS#1 DER", publicDer("alipay_2048", "pkcs1")),
    alipay("SPKI bare base64, as Alipay's console shows it", base64(publicDer("alipay_2048"))),
    alipay("PKCS#1 bare base64", base64(publicDer("alipay_2048", "pkcs1"))),
    alipay("certificate PEM", certificate, "OpenSSL req -x509"),
    alipay("certificate DER", new crypto.X509Certificate(certificate).raw, "OpenSSL req -x509"),
    alipay("wrapped at 64, CRLF, no label", wrap(spki, 64).replaceAll("\n", "\r\n")),
    alipay("whole PEM on one line", lines(spki).join("")),
    alipay("PKCS#1 under SPKI's label", publicPem("alipay_2048", "pkcs1").replaceAll("RSA PUBLIC", "PUBLIC")),
    good("public", "weak_1024")("1024 bits", publicPem("weak_1024")),
    good("public", "big_4096")("4096 bits", publicPem("big_4096")),

    noPrivate("empty", "key_unreadable", "", rfc),
    noPrivate("not a key", "key_unreadable", "应用私钥", rfc),
    noPrivate("not base64", "key_unreadable", "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n", rfc),
    noPrivate("truncated", "key_unreadable", body(pkcs8).slice(0, 800)),
    noPrivate("PEM without its end", "key_unreadable", pkcs8.slice(0, 1200)),
    noPrivate("trailing byte", "key_unreadable", Buffer.concat([privateDer("app_2048"), Buffer.from([0])])),
    noPrivate("public key", "key_is_public", spki),
    noPrivate("public key in base64", "key_is_public", base64(publicDer("alipay_2048"))),
    noPrivate("certificate", "key_is_public", certificate),
    noPrivate("EC, PKCS#8", "key_not_rsa", secret("ec_p256")),
    noPrivate("EC, SEC1", "key_not_rsa", secret("ec_p256_sec1")),
    noPrivate("EC, SEC1 DER", "key_not_rsa", privateDer("ec_p256", "sec1")),
    noPrivate("EC, SEC1 in base64", "key_not_rsa", base64(privateDer("ec_p256", "sec1"))),
    noPrivate("Ed25519 DER", "key_not_rsa", privateDer("ed25519")),
    noPrivate("Ed25519", "key_not_rsa", secret("ed25519")),
    noPrivate("only for PSS", "key_not_rsa", secret("pss_2048")),
    noPrivate("encrypted PKCS#8", "key_encrypted", secret("encrypted_2048")),
    noPrivate("encrypted PKCS#8 in base64", "key_encrypted", body(secret("encrypted_2048"))),
    noPrivate("encrypted, traditional", "key_encrypted", secret("encrypted_traditional_2048")),
    noPrivate("512 bits", "key_too_short", secret("short_512")),
    noPrivate("8192 bits", "key_too_long", private1(long, e, d, p, q, dp, dq, qinv), arithmetic),
    noPrivate("exponent of one", "key_exponent", private1(n, 1n, d, p, q, dp, dq, qinv), arithmetic),
    noPrivate("another d", "key_inconsistent", private1(n, e, d ^ 2n, p, q, dp, dq, qinv), arithmetic),
    noPrivate("another p", "key_inconsistent", private1(n, e, d, p ^ 2n, q, dp, dq, qinv), arithmetic),
    noPrivate("another d mod p-1", "key_inconsistent", private1(n, e, d, p, q, dp ^ 2n, dq, qinv), arithmetic),
    noPrivate("another d mod q-1", "key_inconsistent", private1(n, e, d, p, q, dp, dq ^ 2n, qinv), arithmetic),
    noPrivate("another inverse of q", "key_inconsistent", private1(n, e, d, p, q, dp, dq, qinv ^ 2n), arithmetic),
    noPrivate("another n", "key_inconsistent", private1(n ^ 2n, e, d, p, q, dp, dq, qinv), arithmetic),

    noPublic("empty", "key_unreadable", "", rfc),
    noPublic("not a key", "key_unreadable", "支付宝公钥", rfc),
    noPublic("private key, PKCS#8", "key_is_private", pkcs8),
    noPublic("private key, PKCS#1 in base64", "key_is_private", base64(privateDer("app_2048", "pkcs1"))),
    noPublic("EC", "key_not_rsa", publicPem("ec_p256")),
    noPublic("EC certificate", "key_not_rsa", pem("ec_p256_certificate"), "OpenSSL req -x509"),
    noPublic("EC DER", "key_not_rsa", publicDer("ec_p256")),
    noPublic("Ed25519 DER", "key_not_rsa", publicDer("ed25519")),
    noPublic("512 bits DER", "key_too_short", publicDer("short_512")),
    noPublic("Ed25519", "key_not_rsa", publicPem("ed25519")),
    noPublic("512 bits", "key_too_short", publicPem("short_512")),
    noPublic("8192 bits", "key_too_long", pkcs1(long, 65537n), arithmetic),
    noPublic("exponent of zero", "key_exponent", pkcs1(n, 0n), arithmetic),
    noPublic("exponent of one", "key_exponent", pkcs1(n, 1n), arithmetic),
    noPublic("even exponent", "key_exponent", pkcs1(n, 65536n), arithmetic),
    noPublic("exponent as long as the modulus", "key_exponent", pkcs1(n, n - 2n), arithmetic),
    noPublic("even modulus", "key_inconsistent", pkcs1(n - 1n, 65537n), arithmetic),
    noPublic("modulus of one integer only", "key_unreadable", tlv(0x30, integer(n)), arithmetic),
  ],
};
