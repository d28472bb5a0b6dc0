// Makes dist/ of what wasm-bindgen wrote into pkg/ and of ts/. `cargo xtask build wasm` runs it.
//
// The layer is in one file per module system (core.js, core.cjs), and everything else is around it, so that a class is the same class
// however it is reached. In Node the ES modules are wrappers around the CommonJS ones, for the same reason.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { optimised } from "./optimise.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const require = createRequire(import.meta.url);

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const wasm = optimised(join(here, "pkg"));
writeFileSync(join(dist, "alipay.wasm"), wasm);

const common = { bundle: true, target: "es2022", charset: "utf8", legalComments: "none", logLevel: "warning" };

/** An entry holds the glue of the WebAssembly module and nothing of the layer. */
function around({ core, layer, wasm }) {
  return {
    name: "around",
    setup({ onResolve }) {
      onResolve({ filter: /^alipay\.wasm$/ }, () => ({ path: wasm, external: true }));
      onResolve({ filter: /^\.\/[a-z0-9]+\.js$/ }, ({ path }) => {
        if (path === "./wasm.js" || path === "./gb18030.js") return undefined;
        return { path: path === "./public.js" ? layer : core, external: true };
      });
    },
  };
}

function entry(source, outfile, format, names) {
  return build({
    ...common,
    entryPoints: [join(here, "ts", source)],
    outfile: join(dist, outfile),
    format,
    platform: format === "cjs" ? "node" : "neutral",
    plugins: [around(names)],
  });
}

const esm = { core: "./core.js", layer: "./layer.js" };
const cjs = { core: "./core.cjs", layer: "./layer.cjs" };
for (const [format, outfile] of [["esm", "core.js"], ["cjs", "core.cjs"]]) {
  await build({ ...common, entryPoints: [join(here, "ts/core.ts")], outfile: join(dist, outfile), format, platform: "neutral" });
}

// What a user sees, and what is between the two packages.
const between = ["provideEngine", "provideTransport"];
const names = Object.keys(require(join(dist, "core.cjs"))).filter((name) => !between.includes(name)).sort();
for (const [file, exported] of [["layer", names], ["engine", between]]) {
  const list = exported.join(", ");
  writeFileSync(join(dist, `${file}.js`), `export { ${list} } from "./core.js";\n`);
  writeFileSync(join(dist, `${file}.cjs`), `const { ${list} } = require("./core.cjs");\nmodule.exports = { ${list} };\n`);
  writeFileSync(join(dist, `${file}.mjs`), `import cjs from "./core.cjs";\nexport const { ${list} } = cjs;\n`);
}

await entry("browser.ts", "browser.js", "esm", esm);
await entry("edge.ts", "workerd.js", "esm", { ...esm, wasm: "./alipay.wasm" });
await entry("edge.ts", "edge-light.js", "esm", { ...esm, wasm: "./alipay.wasm?module" });
await entry("node.ts", "node.cjs", "cjs", cjs);
const list = [...names, "init"].join(", ");
writeFileSync(join(dist, "node.mjs"), `import cjs from "./node.cjs";\nexport const { ${list} } = cjs;\n`);

execFileSync(process.execPath, [require.resolve("typescript/bin/tsc"), "--project", here], { stdio: "inherit" });
// The same declarations once more, where TypeScript takes them for CommonJS.
cpSync(join(dist, "types"), join(dist, "types-cjs"), { recursive: true });
writeFileSync(join(dist, "types-cjs/package.json"), '{ "type": "commonjs" }\n');

for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(join(here, "..", licence), join(dist, licence));

const kib = (bytes) => `${(bytes.length / 1024).toFixed(1)} KiB`;
for (const file of ["alipay.wasm", "core.js", "browser.js"]) {
  const bytes = readFileSync(join(dist, file));
  console.log(`${file}: ${kib(bytes)}, gzipped ${kib(gzipSync(bytes, { level: 9 }))}`);
}
