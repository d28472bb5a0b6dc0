// What the module's bytes are: `node size.mjs` after a build. The parts are of the module before wasm-opt takes the names away.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const SECTIONS = ["custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data", "data count"];

/** Reads a module's sections, and the sizes of its functions by name. */
function read(bytes) {
  let at = 8;
  const unsigned = () => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (byte < 0x80) return value;
    }
  };
  const text = () => {
    const length = unsigned();
    return bytes.toString("utf8", at, (at += length));
  };
  const [sections, sizes, names] = [{}, [], new Map()];
  let imported = 0;
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = unsigned() + at;
    const start = at;
    let name = SECTIONS[id];
    if (id === 0) name = `custom ${text()}`;
    if (id === 2) imported = countFunctions(unsigned());
    if (id === 10) {
      for (let left = unsigned(); left > 0; left -= 1) {
        const size = unsigned();
        sizes.push(size);
        at += size;
      }
    }
    if (name === "custom name") {
      while (at < end) {
        const kind = bytes[at++];
        const rest = unsigned() + at;
        if (kind === 1) for (let left = unsigned(); left > 0; left -= 1) names.set(unsigned(), text());
        at = rest;
      }
    }
    sections[name] = (sections[name] ?? 0) + end - start;
    at = end;
  }
  return { sections, functions: sizes.map((size, index) => ({ size, name: names.get(index + imported) ?? "?" })) };

  function countFunctions(count) {
    let functions = 0;
    for (let left = count; left > 0; left -= 1) {
      text();
      text();
      const kind = bytes[at++];
      if (kind === 0) {
        functions += 1;
        unsigned();
      } else throw new Error("an import that is no function");
    }
    return functions;
  }
}

/** The crate of a demangled name: of `<a::B as c::D>::e` it is `a`. */
function crateOf(mangled) {
  const name = mangled.replace(/\[[0-9a-f]+\]/g, "");
  const own = name.match(/^(?:<|&|mut |dyn |\[|\()*([a-z0-9_]+)::/)?.[1];
  return own ?? (/wbindgen|wbg|externref/.test(name) ? "wasm_bindgen" : /^(mem|__)/.test(name) ? "compiler_builtins" : "other");
}

function table(title, rows) {
  const total = rows.reduce((sum, [, size]) => sum + size, 0);
  console.log(`\n${title}`);
  for (const [name, size] of rows.sort((a, b) => b[1] - a[1])) {
    if (size / total >= 0.005) console.log(`${name.padEnd(24)} ${String(size).padStart(8)}  ${((100 * size) / total).toFixed(1).padStart(5)} %`);
  }
}

const published = readFileSync(new URL("dist/alipay.wasm", import.meta.url));
console.log(`alipay.wasm: ${published.length} bytes, gzipped ${gzipSync(published, { level: 9 }).length}`);
table("sections", Object.entries(read(published).sections));
const crates = new Map();
for (const { name, size } of read(readFileSync(new URL("pkg/alipay_bg.wasm", import.meta.url))).functions) {
  crates.set(crateOf(name), (crates.get(crateOf(name)) ?? 0) + size);
}
table("code by crate, before wasm-opt", [...crates]);
