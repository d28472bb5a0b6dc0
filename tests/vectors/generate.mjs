// Makes every golden vector: `node tests/vectors/generate.mjs`, or with `--check` says whether the files are current.
//
// Node and OpenSSL (inside node:crypto), URLSearchParams and documents say what is right; none of our own code is used here.
// One room per file of vectors in generate/.

import { readFileSync, writeFileSync } from "node:fs";
import { amount, time } from "./generate/amount_time.mjs";
import { api } from "./generate/api.mjs";
import { canonical } from "./generate/canonical.mjs";
import { cert } from "./generate/cert.mjs";
import { charset } from "./generate/charset.mjs";
import { cipher } from "./generate/cipher.mjs";
import { codes } from "./generate/codes.mjs";
import { diagnose } from "./generate/diagnose.mjs";
import { envelope } from "./generate/envelope.mjs";
import { form } from "./generate/form.mjs";
import { keys } from "./generate/keys.mjs";
import { notify } from "./generate/notify.mjs";
import { notify_more } from "./generate/notify_more.mjs";
import { pages as page } from "./generate/page.mjs";
import { payment } from "./generate/payment.mjs";
import { payment_v3 } from "./generate/payment_v3.mjs";
import { request } from "./generate/request.mjs";
import { sign } from "./generate/sign.mjs";
import { v3 } from "./generate/v3.mjs";

const files = {
  amount, api, canonical, cert, charset, cipher, diagnose, envelope, form, keys, notify, notify_more, page, payment, request, sign, time,
  v3, payment_v3, codes,
};
const check = process.argv.includes("--check");
let stale = 0;
for (const [name, vectors] of Object.entries(files)) {
  const names = vectors.rows.map((row) => row.name);
  if (new Set(names).size !== names.length) throw new Error(`${name}: two rows of one name`);
  for (const row of vectors.rows) {
    if (!row.provenance) throw new Error(`${name}: ${row.name}: where does it come from?`);
    if ((row.expect === undefined) === (row.error === undefined)) throw new Error(`${name}: ${row.name}: expect or error`);
  }
  const url = new URL(`${name}.json`, import.meta.url);
  const text = JSON.stringify(vectors, null, 2) + "\n";
  if (!check) {
    writeFileSync(url, text);
    console.log(`${name}.json: ${names.length} rows`);
  } else if (readFileSync(url, "utf8") !== text) {
    console.error(`${name}.json is not what the generator makes`);
    stale += 1;
  }
}
process.exitCode = stale === 0 ? 0 : 1;
