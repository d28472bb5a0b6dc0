// npm `alipay-sdk`: verifies what we signed, and signs the same itself. `node peer.mjs SETS ANSWERS`

import { readFileSync, writeFileSync } from "node:fs";
import { AlipaySdk } from "alipay-sdk";

const { appId, privateKey, publicKey, sets } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const sdk = new AlipaySdk({ appId, privateKey, alipayPublicKey: publicKey, keyType: "PKCS8" });
const verifies = (form) => sdk.checkNotifySignV2(Object.fromEntries(new URLSearchParams(form)));

const answers = sets
  // It knows UTF-8 only.
  .filter(({ charset }) => charset === "utf-8")
  .map(({ id, request, notification, method, bizContent, parameters }) => ({
    id,
    request: verifies(request),
    notification: verifies(notification),
    theirs: sdk.sdkExecute(method, { bizContent: JSON.parse(bizContent), ...parameters }, { bizContentAutoSnakeCase: false }),
  }));
writeFileSync(process.argv[3], JSON.stringify(answers));
