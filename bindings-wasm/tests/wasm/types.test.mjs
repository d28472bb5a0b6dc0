// The public types: a program against each module system compiles, and every mistake in it that TypeScript must find is found.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const folder = fileURLToPath(new URL("../types", import.meta.url));

for (const project of ["node.json", "browser.json"]) {
  test(`the public types, ${project}`, async () => {
    const compiled = await promisify(execFile)(process.execPath, [tsc, "--project", project], { cwd: folder }).catch((error) => error);
    assert.equal(compiled.stdout, "");
    assert.ok(!(compiled instanceof Error), compiled.message);
  });
}
