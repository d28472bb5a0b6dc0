// Certificate mode: SNs, which certificate verifies, and which downloaded one may be believed.
//
// SNs are made here from the name as Java writes it, node:crypto's reading of the serial number and its MD5; whether a chain holds
// is also asked of node:crypto, signature by signature.

import * as crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { base64, canonical, keyTable, pem, publicDer, secret, signature, tlv } from "./oracle.mjs";
import { PRINTABLE, authority, certificate, entity, oddNames, strange, toPem } from "./x509.mjs";

const file = (name) => readFileSync(new URL(`../certs/${name}.pem`, import.meta.url), "utf8");
const blocks = (text) => text.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g);
const md5 = (text) => crypto.createHash("md5").update(text).digest("hex");
const java = "issuer by JDK 17's X500Principal.getName() (certs/IssuerNames.java), the rest by node:crypto";
const chains = "protocol, section 5, and RFC 5280; signatures by node:crypto";

const serialOf = (x509) => BigInt(`0x${x509.serialNumber}`).toString();
const keyInfo = (x509) => {
  if (x509.publicKey.asymmetricKeyType !== "rsa") return null;
  const bits = x509.publicKey.asymmetricKeyDetails.modulusLength;
  return { bits, weak: bits < 2048, publicKey: base64(x509.publicKey.export({ type: "spki", format: "der" })) };
};
const info = (der, { issuer, subject, serial, rsaSigned = true }) => {
  const x509 = new crypto.X509Certificate(der);
  serial ??= serialOf(x509);
  return {
    sn: md5(issuer + serial),
    issuer,
    subject,
    serial,
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
    rsaSigned,
    key: keyInfo(x509),
  };
};
/** Names without anything odd: node lists their parts from the first to the last. */
const plain = (text) => text.split("\n").reverse().join(",");
const plainInfo = (der, rsaSigned) => {
  const x509 = new crypto.X509Certificate(der);
  return info(der, { issuer: plain(x509.issuer), subject: plain(x509.subject), rsaSigned });
};

const ca = (cn) => [[["C", "CN", PRINTABLE]], [["O", "Test Financial"]], [["OU", "Certification Authority"]], [["CN", cn]]];
const rfc = (cn) => `CN=${cn},OU=Certification Authority,O=Test Financial,C=CN`;
const own = [[["C", "CN", PRINTABLE]], [["O", "商户"]], [["CN", "2014072300007148"]]];
const alipays = [[["C", "CN", PRINTABLE]], [["OU", "Alipay"]], [["CN", "支付宝(中国)网络技术有限公司-2088000000000000"]]];
const made = (more) => certificate({ issuer: ca("Class 2"), subject: alipays, key: "alipay_2048", by: "other_2048", ...more });

const root = certificate({ issuer: ca("Root"), subject: ca("Root"), key: "big_4096", by: "big_4096", extensions: authority(), serial: 0x10c764e9d560384212d9c08fd10e373fdd0fb396n });
const between = (more = {}) => certificate({ issuer: ca("Root"), subject: ca("Class 2"), key: "other_2048", by: "big_4096", serial: 2n, extensions: authority(0), ...more });
const class2 = between();
const app = certificate({ issuer: ca("Class 2"), subject: own, key: "app_2048", by: "other_2048", serial: 0x20200514e63c2fe04d538716fe21358bn });
const alipay = made({ serial: 3n });
// Alipay's next certificate, with another key.
const next = made({ key: "weak_1024", serial: 4n });
const ecdsa = pem("ec_p256_certificate");
const realRoots = file("alipay_root_bundle");
const realClass2 = file("alipay_class_2_r1");

const bundle = toPem(root) + ecdsa;
const sn = (der) => plainInfo(der).sn;
const rootSn = sn(root);
/** The SNs of the two certificates that the merchant `knows_the_next` believes. */
export const sns = { alipay: sn(alipay), next: sn(next) };

for (const [below, above] of [[class2, root], [app, class2], [alipay, class2], [next, class2]]) {
  const [one, other] = [below, above].map((der) => new crypto.X509Certificate(der));
  if (!one.verify(other.publicKey) || !one.checkIssued(other)) throw new Error("cert: a chain that node:crypto refuses");
}

const app_id = "2014072300007148";
const certificates = { appId: app_id, appCertificate: toPem(app), alipayCertificate: toPem(alipay), rootCertificate: bundle };
export const merchants = {
  certificates: { ...certificates, privateKey: base64(crypto.createPrivateKey(secret("app_2048")).export({ type: "pkcs8", format: "der" })) },
  knows_the_next: { ...certificates, furtherAlipayCertificates: [toPem(next)] },
  keys: { appId: app_id, alipayPublicKey: base64(publicDer("alipay_2048")) },
  // The real authority stands for a certificate of Alipay's: no other real one is here.
  real_roots: { ...certificates, alipayCertificate: realClass2, rootCertificate: realRoots },
  old_root: { ...certificates, rootCertificate: toPem(certificate({ issuer: ca("Root"), subject: ca("Root"), key: "big_4096", by: "big_4096", extensions: authority(), until: "2026-01-01" })) },
  other_root_of_that_name: { ...certificates, rootCertificate: toPem(certificate({ issuer: ca("Root"), subject: ca("Root"), key: "app_2048", by: "app_2048", extensions: authority() })) },
  key_of_another: { ...certificates, privateKey: base64(crypto.createPrivateKey(secret("other_2048")).export({ type: "pkcs8", format: "der" })) },
  key_and_certificates: { ...certificates, alipayPublicKey: base64(publicDer("alipay_2048")) },
  no_root: { ...certificates, rootCertificate: undefined },
  roots_without_rsa: { ...certificates, rootCertificate: ecdsa },
  alipay_with_ecdsa: { ...certificates, alipayCertificate: ecdsa },
  no_certificate: { ...certificates, appCertificate: base64(publicDer("app_2048")) },
  further_alone: { appId: app_id, alipayPublicKey: base64(publicDer("alipay_2048")), furtherAlipayCertificates: [toPem(next)] },
};

const row = (name, provenance, operation, input, expect, merchant) => ({ name, provenance, operation, ...(merchant ? { merchant } : {}), input, expect });
const bad = (name, provenance, operation, input, error, merchant) => ({ name, provenance, operation, ...(merchant ? { merchant } : {}), input, error });

// --- SNs ---
const subject = [[["CN", "subject"]]];
const odd = oddNames.map(([name, issuer, text]) => {
  const der = certificate({ issuer, subject, key: "alipay_2048", by: "other_2048", serial: 77n });
  return row(`sn: ${name}`, java, "certSn", { certificate: toPem(der) }, info(der, { issuer: text, subject: "CN=subject" }));
});
const serials = [
  ["zero", Buffer.from([0]), "0"],
  ["its first bit set, so a zero in front", Buffer.from("008000000000000001", "hex"), "9223372036854775809"],
  ["160 bits", Buffer.from("10c764e9d560384212d9c08fd10e373fdd0fb396", "hex"), BigInt("0x10c764e9d560384212d9c08fd10e373fdd0fb396").toString()],
  ["160 bits, all set", Buffer.from(`00${"ff".repeat(20)}`, "hex"), (2n ** 160n - 1n).toString()],
  ["negative, as Java's BigInteger writes it", Buffer.from("ff00", "hex"), "-256"],
].map(([name, bytes, serial]) => {
  const der = certificate({ issuer: ca("Class 2"), subject, key: "alipay_2048", by: "other_2048", serialDer: tlv(0x02, bytes) });
  return row(`serial: ${name}`, "the number by hand and by BigInt; MD5 by node:crypto", "certSn", { certificate: toPem(der) }, info(der, { issuer: rfc("Class 2"), subject: "CN=subject", serial }));
});
const wrapped = base64(app);
const told = info(app, { issuer: rfc("Class 2"), subject: "CN=2014072300007148,O=商户,C=CN" });
const formats = [
  ["PEM", toPem(app)],
  ["PEM with CRLF and text around it", `subject=x\r\n${toPem(app).replaceAll("\n", "\r\n")}\r\nthe end`],
  ["PEM of one line", `-----BEGIN CERTIFICATE-----${wrapped}-----END CERTIFICATE-----`],
  ["PEM with \\n written out", toPem(app).replaceAll("\n", "\\n")],
  ["bare base64", wrapped],
  ["the first of several", toPem(app) + toPem(class2) + toPem(root)],
].map(([name, text]) => row(`format: ${name}`, java, "certSn", { certificate: text }, told));
const noCertificates = [
  ["empty", ""],
  ["a public key", base64(publicDer("app_2048"))],
  ["a private key", secret("app_2048")],
  ["cut", wrapped.slice(0, 400)],
  ["one byte more behind it", base64(Buffer.concat([app, Buffer.from([0])]))],
  ["no end line", toPem(app).split("-----END")[0]],
  ["the second of two broken", `${toPem(app)}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
].map(([name, text]) => bad(`no certificate: ${name}`, "not the DER of a Certificate (RFC 5280)", "certSn", { certificate: text }, "cert_format"));

const realInfos = blocks(realRoots).map((text) => {
  const x509 = new crypto.X509Certificate(text);
  return plainInfo(x509.raw, x509.publicKey.asymmetricKeyType === "rsa");
});
const usual = "687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6";

// --- requests and answers ---
const now = Date.UTC(2026, 10, 22);
const method = "alipay.trade.query";
const biz = '{"out_trade_no":"20150320010101001"}';
const sent = { app_id, method, format: "JSON", charset: "utf-8", sign_type: "RSA2", timestamp: "2026-11-22 08:00:00", version: "1.0", biz_content: biz, app_cert_sn: told.sn, alipay_root_cert_sn: rootSn };
const sorted = Object.entries(sent).sort(([a], [b]) => (a < b ? -1 : 1));
const form = new URLSearchParams([...sorted.filter(([name]) => name !== "charset"), ["sign", signature("app_2048", canonical(sorted))]]).toString();
const paid = '{"code":"10000","msg":"Success","trade_status":"TRADE_SUCCESS"}';
const answer = (certSn, by = "alipay_2048") =>
  base64(JSON.stringify({ alipay_trade_query_response: 0, ...(certSn === undefined ? {} : { alipay_cert_sn: certSn }), sign: signature(by, paid) }).replace(":0", `:${paid}`));
const opened = (name, certSn, by, merchant = "certificates") =>
  row(`answer: ${name}`, "protocol, sections 2 and 5; signed by node:crypto", "open", { method, status: 200, body: answer(certSn, by) }, { verified: true, code: "10000", msg: "Success", subCode: null, subMsg: null, node: paid }, merchant);
const refused = (name, certSn, by, error, merchant = "certificates") =>
  bad(`answer: ${name}`, "protocol, sections 2 and 5", "open", { method, status: 200, body: answer(certSn, by) }, error, merchant);
const notification = (certSn, by) => {
  const fields = { app_id, charset: "utf-8", notify_id: "91722adff935e8cfa58b3aabf4dead6ibe", trade_status: "TRADE_SUCCESS", alipay_cert_sn: certSn };
  return { body: base64(new URLSearchParams({ ...fields, sign_type: "RSA2", sign: signature(by, canonical(Object.entries(fields))) }).toString()) };
};
const noted = "protocol, sections 3 and 5; signed by node:crypto with alipay_cert_sn among the fields";

// --- chains ---
const check = (name, expect, certificates, merchant = "certificates", at = now) =>
  (typeof expect === "string" ? bad : row)(`chain: ${name}`, chains, "checkAlipayCertificate", { certificate: certificates.map((one) => (typeof one === "string" ? one : toPem(one))).join(""), now: at }, expect, merchant);
const nextInfo = info(next, { issuer: rfc("Class 2"), subject: "CN=支付宝(中国)网络技术有限公司-2088000000000000,OU=Alipay,C=CN" });
const under = (more) => [next, between(more)];
const sha1 = made({ hash: "sha1", serial: 5n });
const direct = certificate({ issuer: ca("Root"), subject: alipays, key: "alipay_2048", by: "big_4096", serial: 6n });
const like = (der, issuer) => info(der, { issuer, subject: nextInfo.subject });
const deeper = certificate({ issuer: ca("Class 2"), subject: ca("Class 3"), key: "app_2048", by: "other_2048", extensions: authority() });
const deepest = certificate({ issuer: ca("Class 3"), subject: alipays, key: "alipay_2048", by: "app_2048", serial: 8n });
const forged = Buffer.from(next);
forged[forged.length - 1] ^= 1;
const byMerchant = certificate({ issuer: own, subject: alipays, key: "other_2048", by: "app_2048" });

// As Alipay names them: every merchant's certificate is by the same authority, and Alipay's own names its merchant in the CN.
const alipayFor = (pid) => [[["C", "CN", PRINTABLE]], [["OU", "Alipay"]], [["CN", `支付宝(中国)网络技术有限公司-${pid}`]]];
const ofMerchant = made({ subject: [[["C", "CN", PRINTABLE]], [["O", "别的商户"]], [["OU", "Alipay"]], [["CN", "2088000000000001-2014072300007149"]]], key: "weak_1024", serial: 9n });
const renamed = made({ subject: [[["C", "CN", PRINTABLE]], [["O", "商户改名"]], [["OU", "Alipay"]], [["CN", "支付宝(中国)网络技术有限公司-2088000000000000"]]], key: "weak_1024", serial: 10n });

// --- downloads ---
const DOWNLOAD = "alipay_open_app_alipaycert_download_response";
const content = (der) => base64(toPem(der) + toPem(class2));
const download = (node, by, certSn) => base64(`{"${DOWNLOAD}":${node},"alipay_cert_sn":"${certSn}"${by ? `,"sign":"${signature(by, node)}"` : ""}}`);
const holding = (der) => `{"code":"10000","msg":"Success","alipay_cert_content":"${content(der)}"}`;
const response = (node, by, certSn) => ({ sn: nextInfo.sn, status: 200, body: download(node, by, certSn), now });
const accepted = { certificate: toPem(next) + toPem(class2), info: nextInfo };
const fetched = "protocol, section 5: the download's answer, signed by node:crypto";

export const cert = {
  description: "Certificate mode: a certificate's SN, what a request carries, which certificate verifies an answer, and whether a downloaded one may be believed. Inputs and outputs are those of the operations.",
  source: "tests/vectors/generate/cert.mjs with node:crypto and JDK 17; the root bundle is Alipay's own",
  runner: "operation",
  keys: keyTable("app_2048", "alipay_2048", "other_2048", "big_4096", "weak_1024"),
  merchants,
  rows: [
    ...odd,
    ...serials,
    ...formats,
    ...noCertificates,
    row("sn: an ECDSA certificate", "node:crypto", "certSn", { certificate: ecdsa }, plainInfo(new crypto.X509Certificate(ecdsa).raw, false)),
    row("root sn: Alipay's own bundle", "protocol, section 5, for the SN; the names of its certificates by node:crypto", "rootCertSn", { certificate: realRoots }, { sn: usual, certificates: realInfos }),
    row("root sn: one of two counts", "protocol, section 5", "rootCertSn", { certificate: bundle }, { sn: rootSn, certificates: [plainInfo(root), plainInfo(new crypto.X509Certificate(ecdsa).raw, false)] }),
    row("root sn: in file order", "protocol, section 5", "rootCertSn", { certificate: toPem(class2) + toPem(root) }, { sn: `${sn(class2)}_${rootSn}`, certificates: [plainInfo(class2), plainInfo(root)] }),
    row("root sn: SHA-1 with RSA counts too", "protocol, section 5: by the OID's beginning", "rootCertSn", { certificate: toPem(between({ hash: "sha1" })) }, { sn: sn(class2), certificates: [plainInfo(between({ hash: "sha1" }))] }),
    bad("root sn: none that counts", "protocol, section 5", "rootCertSn", { certificate: ecdsa }, "cert_format"),
    bad("root sn: no certificate", "protocol, section 5", "rootCertSn", { certificate: "hello" }, "cert_format"),
    row("the call that downloads a certificate", "Alipay's document of alipay.open.app.alipaycert.download", "certificateDownload", { sn: usual.slice(0, 32) }, { method: "alipay.open.app.alipaycert.download", bizContent: `{"alipay_cert_sn":"${usual.slice(0, 32)}"}`, parameters: null }),
    bad("no SN to download: upper case", "an SN is an MD5 in lower case", "certificateDownload", { sn: usual.slice(0, 32).toUpperCase() }, "cert_sn"),
    bad("no SN to download: something else", "an SN is an MD5 in lower case", "certificateDownload", { sn: '","x":"' }, "cert_sn"),

    row("request: both SNs are signed and sent", "protocol, sections 1 and 5; form by URLSearchParams, signature by node:crypto", "request", { call: { method, bizContent: biz }, now }, { method: "POST", url: "https://openapi.alipay.com/gateway.do?charset=utf-8", headers: { "content-type": "application/x-www-form-urlencoded;charset=utf-8" }, body: base64(form) }, "certificates"),
    bad("request: the SNs can't be given", "the library sets them", "request", { call: { method, bizContent: biz, parameters: [["app_cert_sn", "x"]] }, now }, "parameter_reserved", "certificates"),

    opened("by the certificate it names", sn(alipay), "alipay_2048"),
    opened("naming none: by the configured one", undefined, "alipay_2048"),
    opened("naming an empty SN: by the configured one", "", "alipay_2048"),
    opened("by a further certificate", nextInfo.sn, "weak_1024", "knows_the_next"),
    opened("without certificates there is one key", nextInfo.sn, "alipay_2048", "keys"),
    refused("by a certificate not known yet", nextInfo.sn, "weak_1024", "alipay_cert_unknown"),
    refused("naming an unknown one, though signed by the known key", nextInfo.sn, "alipay_2048", "alipay_cert_unknown"),
    refused("naming no SN at all", "x", "alipay_2048", "alipay_cert_unknown"),
    refused("naming one and signed by another", sn(alipay), "weak_1024", "signature_invalid", "knows_the_next"),
    refused("naming the application's own certificate", told.sn, "app_2048", "alipay_cert_unknown"),
    row("notification: by a further certificate", noted, "verifyNotify", notification(nextInfo.sn, "weak_1024"), { fields: { alipay_cert_sn: nextInfo.sn, app_id, charset: "utf-8", notify_id: "91722adff935e8cfa58b3aabf4dead6ibe", sign_type: "RSA2", trade_status: "TRADE_SUCCESS" }, paid: true, notifyId: "91722adff935e8cfa58b3aabf4dead6ibe", outTradeNo: null, totalAmount: null, paidAt: null, variant: { signTypeSigned: false, emptySigned: null, certSnSigned: true }, lossy: false }, "knows_the_next"),
    bad("notification: by a certificate not known yet", noted, "verifyNotify", notification(nextInfo.sn, "weak_1024"), "alipay_cert_unknown", "certificates"),
    bad("notification: naming one and signed by another", noted, "verifyNotify", notification(sn(alipay), "weak_1024"), "signature_invalid", "knows_the_next"),

    check("over an authority to the root", nextInfo, [next, class2]),
    check("the others may stand in any order, the root among them", nextInfo, [next, root, ecdsa, class2]),
    check("straight to the root", like(direct, rfc("Root")), [direct]),
    check("signed with SHA-1", like(sha1, rfc("Class 2")), [sha1, class2]),
    check("Alipay's own authority under Alipay's own roots", plainInfo(new crypto.X509Certificate(realClass2).raw), [realClass2], "real_roots"),
    check("a merchant's certificate by the same authority", "cert_subject", [ofMerchant, class2]),
    check("Alipay's certificate for another merchant", "cert_subject", [made({ subject: alipayFor("2088000000000001") }), class2]),
    check("two names, one of them Alipay's", "cert_subject", [made({ subject: [...alipays, [["CN", "2014072300007148"]]] }), class2]),
    check("for nobody", "cert_subject", [made({ subject: [[["OU", "Alipay"]]] }), class2]),
    check("the same name in another organisation", info(renamed, { issuer: rfc("Class 2"), subject: "CN=支付宝(中国)网络技术有限公司-2088000000000000,OU=Alipay,O=商户改名,C=CN" }), [renamed, class2]),
    check("on its last day", nextInfo, [next, class2], "certificates", Date.UTC(2040, 0, 1)),
    check("a millisecond later", "cert_expired", [next, class2], "certificates", Date.UTC(2040, 0, 1) + 1),
    check("a millisecond before its first day", "cert_expired", [next, class2], "certificates", Date.UTC(2020, 0, 1) - 1),
    check("the certificate has expired", "cert_expired", [made({ key: "weak_1024", until: "2026-11-21" }), class2]),
    check("the certificate is not valid yet", "cert_expired", [made({ key: "weak_1024", from: "2026-11-23", until: "2050-01-01" }), class2]),
    check("the authority has expired", "cert_expired", under({ until: "2026-11-21" })),
    check("the root has expired", "cert_expired", [next, class2], "old_root"),
    check("the authority is missing", "cert_chain", [next]),
    check("another root of the same name", "cert_chain", [next, class2], "other_root_of_that_name"),
    check("another bundle", "cert_chain", [next, class2], "real_roots"),
    check("no basic constraints", "cert_chain", under({ extensions: entity })),
    check("no extensions", "cert_chain", under({ extensions: [] })),
    check("an authority that must not sign certificates", "cert_chain", under({ extensions: authority(0, 0x02) })),
    check("signed by a merchant", "cert_chain", [byMerchant, app, class2]),
    check("deeper than the authority allows", "cert_chain", [deepest, deeper, class2]),
    check("as deep as the authority allows", like(deepest, rfc("Class 3")), [deepest, deeper, between({ extensions: authority(1) })]),
    check("a critical extension that nobody knows", "cert_chain", [made({ key: "weak_1024", extensions: [...entity, strange] }), class2]),
    check("a critical extension that nobody knows, in the authority", "cert_chain", under({ extensions: [...authority(0), strange] })),
    check("a forged signature", "cert_chain", [forged, class2]),
    check("an authority of the right name and the wrong key", "cert_chain", [made({ key: "weak_1024", by: "app_2048" }), class2]),
    check("its own issuer", "cert_chain", [certificate({ issuer: alipays, subject: alipays, key: "alipay_2048", by: "alipay_2048", extensions: authority() })]),
    check("two authorities that sign each other", "cert_chain", [made({}), certificate({ issuer: ca("Class 3"), subject: ca("Class 2"), key: "other_2048", by: "app_2048", extensions: authority() }), certificate({ issuer: ca("Class 2"), subject: ca("Class 3"), key: "app_2048", by: "other_2048", extensions: authority() })]),
    check("an algorithm inside that is not the one outside", "cert_chain", [made({ key: "weak_1024", claims: "sha1" }), class2]),
    check("no certificate", "cert_format", ["hello"]),
    check("a merchant without certificates", "cert_mode", [next, class2], "keys"),

    row("download: signed with the certificate it brings", fetched, "openAlipayCertificate", response(holding(next), "weak_1024", nextInfo.sn), accepted, "certificates"),
    row("download: signed with the known one", fetched, "openAlipayCertificate", response(holding(next), "alipay_2048", sn(alipay)), accepted, "certificates"),
    bad("download: another certificate than asked for", fetched, "openAlipayCertificate", response(holding(alipay), "alipay_2048", sn(alipay)), "cert_sn", "certificates"),
    bad("download: not signed", fetched, "openAlipayCertificate", response(holding(next), null, sn(alipay)), "signature_missing", "certificates"),
    bad("download: signed by somebody", fetched, "openAlipayCertificate", response(holding(next), "other_2048", sn(alipay)), "signature_invalid", "certificates"),
    bad("download: expired", fetched, "openAlipayCertificate", { ...response(holding(next), "weak_1024", nextInfo.sn), now: Date.UTC(2041, 0, 1) }, "cert_expired", "certificates"),
    bad("download: a merchant's certificate, and signed with it", fetched, "openAlipayCertificate", { ...response(holding(ofMerchant), "weak_1024", sn(ofMerchant)), sn: sn(ofMerchant) }, "cert_subject", "certificates"),
    bad("download: no chain", fetched, "openAlipayCertificate", response(holding(next), "weak_1024", nextInfo.sn), "cert_chain", "real_roots"),
    bad("download: refused by the gateway", fetched, "openAlipayCertificate", response('{"code":"40004","msg":"Business Failed"}', "alipay_2048", sn(alipay)), "field_missing", "certificates"),
    bad("download: no base64", fetched, "openAlipayCertificate", response('{"code":"10000","alipay_cert_content":"%%%"}', "alipay_2048", sn(alipay)), "cert_format", "certificates"),
    bad("download: no JSON", fetched, "openAlipayCertificate", { sn: nextInfo.sn, status: 200, body: base64("<html>"), now }, "response_not_json", "certificates"),
    bad("download: another node", fetched, "openAlipayCertificate", { sn: nextInfo.sn, status: 200, body: answer(), now }, "response_no_node", "certificates"),
    bad("download: a merchant without certificates", fetched, "openAlipayCertificate", response(holding(next), "weak_1024", nextInfo.sn), "cert_mode", "keys"),

    ...[
      ["the private key of another application", "key_of_another", "cert_key"],
      ["a public key of Alipay's beside certificates", "key_and_certificates", "field_conflict"],
      ["no root bundle", "no_root", "options"],
      ["a root bundle without RSA", "roots_without_rsa", "cert_format"],
      ["Alipay's certificate with another kind of key", "alipay_with_ecdsa", "key_not_rsa"],
      ["a key where the application's certificate belongs", "no_certificate", "cert_format"],
      ["further certificates without the others", "further_alone", "field_conflict"],
    ].map(([name, merchant, error]) => bad(`options: ${name}`, "protocol, section 5: three files belong together", "checkAlipayCertificate", { certificate: toPem(next), now }, error, merchant)),
  ],
};
