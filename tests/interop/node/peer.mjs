// npm `alipay-sdk`: verifies what we signed, and signs the same itself. `node peer.mjs SETS ANSWERS`

import * as crypto from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { AlipaySdk } from "alipay-sdk";

const { appId, privateKey, publicKey, alipayPublicKey, encryptKey, chain, certificates, sets, v3 } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const own = { appId, privateKey, keyType: "PKCS8", encryptKey };
const files = { appCertContent: chain.app, alipayPublicCertContent: chain.alipay, alipayRootCertContent: chain.roots };
// What the application signed verifies with its own key.
const app = new AlipaySdk({ ...own, alipayPublicKey: publicKey });
const withCertificates = new AlipaySdk({ ...own, ...files });
const fields = (form) => Object.fromEntries(new URLSearchParams(form));

const answered = sets
  // It knows UTF-8 only.
  .filter(({ charset }) => charset === "utf-8")
  .map(({ id, mode, request, order, notification, method, bizContent, parameters }) => {
    const sdk = mode === "certificates" ? withCertificates : app;
    const encrypted = mode === "encrypted";
    const content = fields(request).biz_content;
    const needEncrypt = encrypted ? { needEncrypt: true } : {};
    return {
      id,
      request: [request, order].every((form) => app.checkNotifySignV2(fields(form))) && (encrypted ? app.aesDecrypt(content) : content) === bizContent,
      notification: sdk.checkNotifySignV2(fields(notification)),
      theirs: sdk.sdkExecute(method, { bizContent: JSON.parse(bizContent), ...parameters, ...needEncrypt }, { bizContentAutoSnakeCase: false }),
    };
  });

/** The SN that the SDK computes of a file: it has no function for it, but a configuration. */
const snOf = ({ pem, bundle }) => {
  const { config } = new AlipaySdk({ ...own, ...files, ...(bundle ? { alipayRootCertContent: pem } : { appCertContent: pem }) });
  return bundle ? config.alipayRootCertSn : config.appCertSn;
};

// OpenAPI v3: `curl` sends to a server here, which remembers the request and gives the answer that we made.
let exchange;
let received;
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  received = { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(parts).toString() };
  response.writeHead(exchange.status, exchange.headers);
  response.end(exchange.answer);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const endpoint = `http://127.0.0.1:${server.address().port}`;
const byKey = new AlipaySdk({ ...own, alipayPublicKey, endpoint });
const byCertificates = new AlipaySdk({ ...own, ...files, endpoint });

/** The SDK verifies no requests: the same words as it signs, by node:crypto. */
const verifies = ({ method, path, headers, body }) => {
  const [auth, sign] = headers.authorization.replace("ALIPAY-SHA256withRSA ", "").split(",sign=");
  const token = headers["alipay-app-auth-token"];
  const text = `${auth}\n${method}\n${path}\n${body}\n${token ? `${token}\n` : ""}`;
  const key = crypto.createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  return crypto.verify("RSA-SHA256", Buffer.from(text), key, Buffer.from(sign, "base64"));
};
const meaning = async ({ certificates, encrypted, method, path, query, body, appAuthToken }) => {
  const options = {
    ...(method === "GET" ? { query } : { body: JSON.parse(body), needEncrypt: encrypted }),
    ...(appAuthToken ? { appAuthToken } : {}),
  };
  try {
    return { data: (await (certificates ? byCertificates : byKey).curl(method, path, options)).data };
  } catch (error) {
    // An error's signature it does not look at.
    return error.code === "response-signature-verify-error" ? "refused" : { error: error.code ?? error.message };
  }
};
const exchanged = [];
for (exchange of v3) {
  const means = await meaning(exchange);
  exchanged.push({ id: exchange.id, ours: verifies(exchange.request), theirs: received, means });
}
server.close();
writeFileSync(process.argv[3], JSON.stringify({ sets: answered, certificates: Object.fromEntries(certificates.map((file) => [file.name, snOf(file)])), v3: exchanged }));
// Its agent keeps connections.
process.exit(0);
