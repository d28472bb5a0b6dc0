// X.509 certificates made byte by byte and signed by node:crypto, so that they may be odd and are the same every time.
//
// Run by itself it prints the DER of every odd name as base64, for certs/IssuerNames.java to judge.

import * as crypto from "node:crypto";
import { fileURLToPath } from "node:url";
import { integer, publicDer, secret, tlv } from "./oracle.mjs";

const sequence = (...parts) => tlv(0x30, ...parts);

/** An OBJECT IDENTIFIER. */
export const oid = (dotted) => {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const base128 = (n) => (n < 128 ? [n] : [...base128(Math.floor(n / 128)).map((b) => b | 128), n % 128]);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
};

const types = {
  CN: "2.5.4.3",
  serialNumber: "2.5.4.5",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  STREET: "2.5.4.9",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  DC: "0.9.2342.19200300.100.1.25",
  UID: "0.9.2342.19200300.100.1.1",
  emailAddress: "1.2.840.113549.1.9.1",
};
export const UTF8 = 0x0c;
export const PRINTABLE = 0x13;

/** A type and value; `[type, text]`, or with the tag of its string, which may also be given as bytes. */
const attribute = ([type, value, tag = UTF8]) => sequence(oid(types[type] ?? type), tlv(tag, Buffer.from(value)));

/** A name: a list of parts, each a list of types and values. */
export const name = (parts) =>
  sequence(...parts.map((part) => tlv(0x31, ...part.map(attribute).sort(Buffer.compare))));

const algorithms = { sha256: "1.2.840.113549.1.1.11", sha1: "1.2.840.113549.1.1.5" };
const extension = (id, critical, value) =>
  sequence(oid(id), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value));

/** A certification authority's extensions. */
export const authority = (pathLength, usage = 0x06) => [
  extension("2.5.29.19", true, sequence(tlv(0x01, Buffer.from([0xff])), ...(pathLength === undefined ? [] : [integer(pathLength)]))),
  extension("2.5.29.15", true, tlv(0x03, Buffer.from([1, usage]))),
];
/** An end entity's, as Alipay's have them. */
export const entity = [extension("2.5.29.15", true, tlv(0x03, Buffer.from([3, 0xf8])))];
/** A critical extension that nobody knows. */
export const strange = extension("1.2.3.4.5", true, sequence());

/** UTCTime or GeneralizedTime of `yyyy-mm-dd`. */
const day = (text) => {
  const digits = `${text.replaceAll("-", "")}000000Z`;
  return text < "2050" ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
};

/** A certificate of `key`, signed by `by` (a test key's name) in the name of `issuer`; DER. */
export const certificate = ({
  issuer,
  subject,
  key,
  by,
  serial = 1n,
  serialDer = integer(serial),
  from = "2020-01-01",
  until = "2040-01-01",
  hash = "sha256",
  claims = hash,
  extensions = entity,
}) => {
  const algorithm = (which) => sequence(oid(algorithms[which]), tlv(0x05));
  const signed = sequence(
    tlv(0xa0, integer(2)),
    serialDer,
    algorithm(claims),
    name(issuer),
    sequence(day(from), day(until)),
    name(subject),
    publicDer(key),
    ...(extensions.length ? [tlv(0xa3, sequence(...extensions))] : []),
  );
  const signature = crypto.sign(hash, signed, secret(by));
  return sequence(signed, algorithm(hash), tlv(0x03, Buffer.from([0]), signature));
};

export const toPem = (der) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;

/** Names as odd as they come, and what JDK 17's `X500Principal.getName()` writes for them. */
export const oddNames = [
  ["the usual parts, last to first", [[["C", "CN", PRINTABLE]], [["O", "Ant Financial"]], [["OU", "Certification Authority"]], [["CN", "R1"]]], "CN=R1,OU=Certification Authority,O=Ant Financial,C=CN"],
  ["every short name, and parts of two values", [[["STREET", "road"]], [["DC", "dc", 0x16]], [["UID", "uid"]], [["ST", "st"], ["L", "l"]]], "L=l+ST=st,UID=uid,DC=dc,STREET=road"],
  ["Chinese and an emoji stand as they are", [[["O", "支付宝(中国)网络技术有限公司"]], [["CN", "😀"]]], "CN=😀,O=支付宝(中国)网络技术有限公司"],
  ["special characters", [[["O", 'a,b+c"d\\e<f>g;h#i=j']], [["CN", "#lead"]]], "CN=\\#lead,O=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\#i\\=j"],
  ["spaces at the ends", [[["O", "  two  "]], [["OU", " "]], [["CN", "in  side\\ "]]], "CN=in  side\\\\\\ ,OU=\\ ,O=\\ \\ two\\ \\ "],
  ["no character at all", [[["O", ""]], [["CN", "x"]]], "CN=x,O="],
  ["control characters", [[["O", "nul\0one\u0001"]]], "O=nul\\00one\u0001"],
  ["types without a short name", [[["emailAddress", "a@b.c", 0x16]], [["serialNumber", "123", PRINTABLE]], [["1.2.3.4", "x"]], [["CN", "y"]]], "CN=y,1.2.3.4=#0c0178,2.5.4.5=#1303313233,1.2.840.113549.1.9.1=#16056140622e63"],
  ["a BMPString is read byte by byte", [[["O", Buffer.from("ab", "utf16le").swap16(), 0x1e]]], "O=\\00a\\00b"],
  ["a TeletexString is read as UTF-8", [[["O", Buffer.from("Größe", "latin1"), 0x14]]], "O=Gr��e"],
  ["a value that is no string", [[["O", "\0a", 0x03]], [["CN", "123", 0x12]]], "CN=#1203313233,O=#03020061"],
  ["no parts", [], ""],
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [, parts] of oddNames) console.log(name(parts).toString("base64"));
}
