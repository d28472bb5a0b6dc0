// The package however it is reached: each condition of its exports, each module system, bundled, and where only compiled modules run.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

const here = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "alipay-exports-"));
after(() => rmSync(folder, { recursive: true, force: true }));
// A program that depends on the package.
mkdirSync(join(folder, "node_modules/@alipay-core"), { recursive: true });
symlinkSync(here, join(folder, "node_modules/@alipay-core/wasm"));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');

const run = (...command) => promisify(execFile)(process.execPath, command, { cwd: folder }).then(({ stdout }) => stdout.trim());
const write = (name, text) => (writeFileSync(join(folder, name), text), join(folder, name));
const USE = 'console.log(chargeAmount("88.88").fen, version());';
const VERSION = JSON.parse(readFileSync(join(here, "package.json"), "utf8")).version;

test("Node, ES modules and CommonJS, without init; init is there and harmless", async () => {
  const esm = write("esm.mjs", `import { chargeAmount, version } from "@alipay-core/wasm"; ${USE}`);
  assert.equal(await run(esm), `8888 ${VERSION}`);
  const cjs = write("cjs.cjs", `const { chargeAmount, version } = require("@alipay-core/wasm"); ${USE}`);
  assert.equal(await run(cjs), `8888 ${VERSION}`);
  const init = `import { init, chargeAmount, version } from "@alipay-core/wasm"; await Promise.all([init(), init()]); await init(); ${USE}`;
  assert.equal(await run(write("init.mjs", init)), `8888 ${VERSION}`);
});

test("one class, however it is reached", async () => {
  const program = `
    import { createRequire } from "node:module";
    import * as esm from "@alipay-core/wasm";
    import * as layer from "@alipay-core/wasm/layer";
    import { provideEngine } from "@alipay-core/wasm/engine";
    const require = createRequire(import.meta.url);
    const cjs = require("@alipay-core/wasm"), cjsLayer = require("@alipay-core/wasm/layer");
    for (const name of Object.keys(layer)) {
      if (new Set([esm[name], layer[name], cjs[name], cjsLayer[name]]).size !== 1) console.log("differs:", name);
    }
    console.log(typeof provideEngine, provideEngine === require("@alipay-core/wasm/engine").provideEngine, "provideEngine" in esm);`;
  assert.equal(await run(write("identity.mjs", program)), "function true false");
});

test("a layer without an engine says so", async () => {
  const program = `import { version } from "@alipay-core/wasm/layer"; try { version(); } catch (error) { console.log(error.name, error.code); }`;
  assert.equal(await run(write("layer.mjs", program)), "AlipayError not_initialised");
});

test("a provided engine stays, whichever package is loaded later", async () => {
  const program = `
    import { provideEngine } from "@alipay-core/wasm/engine";
    provideEngine(() => ({ version: () => "another" }));
    const { version } = await import("@alipay-core/wasm");
    console.log(version());`;
  assert.equal(await run(write("provided.mjs", program)), "another");
});

async function bundle(name, text, options) {
  const outfile = join(folder, "out", `${name}.mjs`);
  const entry = write(`${name}.source.mjs`, text);
  const result = await build({ entryPoints: [entry], bundle: true, format: "esm", outfile, metafile: true, logLevel: "silent", ...options });
  assert.deepEqual(result.warnings, []);
  return outfile;
}

test("bundled for browsers: not_initialised until init, which takes the bytes, and may be tried again", async () => {
  const outfile = await bundle(
    "browser",
    `export { init, chargeAmount, AlipayError } from "@alipay-core/wasm";`,
    { platform: "browser" },
  );
  const { init, chargeAmount, AlipayError } = await import(pathToFileURL(outfile));
  assert.throws(() => chargeAmount("1.00"), (error) => error instanceof AlipayError && error.code === "not_initialised");
  const fails = (source, code) => assert.rejects(init(source), (error) => error instanceof AlipayError && error.code === code);
  await fails(new Uint8Array([1, 2, 3]), "not_initialised");
  await fails(5, "argument_type");
  await fails(Promise.reject(new Error("offline")), "not_initialised");
  // Node's fetch knows no files: the default source can't be had here.
  await fails(undefined, "not_initialised");
  const bytes = readFileSync(join(here, "dist/alipay.wasm"));
  let asked = 0;
  const source = { then: (resolve) => ((asked += 1), resolve(bytes)) };
  await Promise.all([init(source), init(source), init(source)]);
  await init();
  assert.equal(asked, 1, "calls at the same time share one load");
  assert.equal(chargeAmount("1.00").fen, "100");
});

test("bundled for browsers: what is not used is left out", async () => {
  const small = await bundle("small", `import { AlipayError } from "@alipay-core/wasm/layer"; console.log(AlipayError);`, { platform: "browser", minify: true });
  const all = await bundle("all", `export * from "@alipay-core/wasm/layer";`, { platform: "browser", minify: true });
  assert.ok(readFileSync(small).length < 0.7 * readFileSync(all).length);
});

test("the edge: the module is imported compiled, and nothing needs init", async () => {
  for (const [condition, specifier] of [["workerd", "./alipay.wasm"], ["edge-light", "./alipay.wasm?module"]]) {
    const imported = [];
    // As such a runtime does it: the import is a compiled module.
    const compiled = {
      name: "compiled",
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => (imported.push(path), { path, namespace: "compiled" }));
        const contents = `import { readFileSync } from "node:fs"; export default new WebAssembly.Module(readFileSync(${JSON.stringify(join(here, "dist/alipay.wasm"))}));`;
        onLoad({ filter: /.*/, namespace: "compiled" }, () => ({ contents }));
      },
    };
    const text = `import { init, chargeAmount, version } from "@alipay-core/wasm"; ${USE} await init(); ${USE}`;
    const options = { conditions: [condition, "import"], platform: "neutral", plugins: [compiled], external: ["node:fs"] };
    const outfile = await bundle(condition, text, options);
    assert.deepEqual(imported, [specifier]);
    assert.equal(await run(outfile), `8888 ${VERSION}\n8888 ${VERSION}`);
  }
});

test("the default entry takes a compiled module, where nothing else may be compiled", async () => {
  const outfile = await bundle("generic", `export { init, chargeAmount } from "@alipay-core/wasm";`, { platform: "neutral", conditions: ["import"] });
  const { init, chargeAmount } = await import(pathToFileURL(outfile));
  await init(new WebAssembly.Module(readFileSync(join(here, "dist/alipay.wasm"))));
  assert.equal(chargeAmount("0.01").fen, "1");
});

test("Node: a missing module is said with our error, and may be given", async () => {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  for (const file of ["node.cjs", "core.cjs", "layer.cjs"]) copyFileSync(join(here, "dist", file), join(copy, file));
  const { chargeAmount, init, AlipayError } = createRequire(import.meta.url)(join(copy, "node.cjs"));
  const missing = (error) => error instanceof AlipayError && error.code === "not_initialised" && error.cause.code === "ENOENT";
  assert.throws(() => chargeAmount("1.00"), missing);
  await assert.rejects(init(), missing);
  await init(pathToFileURL(join(here, "dist/alipay.wasm")));
  assert.equal(chargeAmount("1.00").fen, "100");
});

test("a trap leaves the instance unused: `internal`, then and ever after", async () => {
  const program = `
    import { provideEngine } from "@alipay-core/wasm/engine";
    import { AlipayError, toBeijing, version } from "@alipay-core/wasm/layer";
    let calls = 0;
    provideEngine(() => ({
      version: () => { calls += 1; return "x"; },
      toBeijing: () => { throw new WebAssembly.RuntimeError("unreachable"); },
    }));
    const code = (work) => { try { return work(); } catch (error) { return error instanceof AlipayError ? error.code : "another"; } };
    console.log(code(version), code(() => toBeijing(0)), code(version), calls);`;
  assert.equal(await run(write("trap.mjs", program)), "x internal internal 1");
});

test("what is published is what is built", async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"], { cwd: here });
  const [{ files, size }] = JSON.parse(stdout);
  const paths = files.map(({ path }) => path);
  const { exports } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  const named = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry).flatMap(named));
  for (const path of named(exports)) assert.ok(paths.includes(path.slice(2)), path);
  assert.ok(paths.every((path) => /^(dist\/|README\.md$|package\.json$|LICENSE)/.test(path)), paths.join());
  assert.ok(size < 600 * 1024, `${size} bytes`);
  assert.equal(dirname(paths.find((path) => path.endsWith(".wasm"))), "dist");
});
