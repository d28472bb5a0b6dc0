// wasm-opt over a folder's alipay_bg.wasm: `node optimise.mjs FOLDER` tells the bytes of what comes out, as JSON.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const require = createRequire(import.meta.url);

// The features are those that rustc uses by itself.
const features = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext", "reference-types", "multivalue"];
const options = [...features.map((feature) => `--enable-${feature}`), "-Oz", "--strip-producers"];

/** Half a minute's work, done again only if something changed. */
export function optimised(folder) {
  const source = readFileSync(join(folder, "alipay_bg.wasm"));
  const binaryen = require("binaryen/package.json").version;
  const key = createHash("sha256").update(source).update(JSON.stringify([binaryen, options])).digest("hex");
  const [result, made] = [join(folder, "optimised.wasm"), join(folder, "optimised.sha256")];
  if (!existsSync(made) || readFileSync(made, "utf8") !== key) {
    const program = join(dirname(require.resolve("binaryen")), "bin/wasm-opt");
    execFileSync(process.execPath, [program, join(folder, "alipay_bg.wasm"), ...options, "--output", result], { stdio: "inherit" });
    writeFileSync(made, key);
  }
  return readFileSync(result);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wasm = optimised(resolve(process.argv[2]));
  console.log(JSON.stringify({ raw: wasm.length, gzip: gzipSync(wasm, { level: 9 }).length }));
}
