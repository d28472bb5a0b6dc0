// Makes dist/package/ of this folder: what is published. `cargo xtask build node` runs it. The dependency on @alipay-core/wasm, here a
// link to the folder beside this one, becomes its version.

import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('./', import.meta.url);
const out = new URL('dist/package/', here);
const read = (file) => JSON.parse(readFileSync(new URL(file, here), 'utf8'));

const { devDependencies: _, scripts: __, ...manifest } = read('package.json');
const wasm = read('../bindings-wasm/package.json');
if (manifest.version !== wasm.version) throw new Error(`${manifest.name} ${manifest.version} over ${wasm.name} ${wasm.version}`);
manifest.dependencies = { [wasm.name]: wasm.version };

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
writeFileSync(new URL('package.json', out), `${JSON.stringify(manifest, null, 2)}\n`);
const wanted = new Set(manifest.files);
for (const file of readdirSync(here)) {
  if (wanted.has(file) || file.endsWith('.node')) copyFileSync(new URL(file, here), new URL(file, out));
}
for (const file of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(new URL(`../${file}`, here), new URL(file, out));
console.log(`${fileURLToPath(out)}: ${readdirSync(out).join(', ')}`);
