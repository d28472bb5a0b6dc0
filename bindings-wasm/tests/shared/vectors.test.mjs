// Every row of the golden vectors. VECTOR_COUNTS: where to write how many rows of which file ran.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { api } from "../support/package.mjs";
import { runVectors, summary } from "../support/vectors.mjs";

const folder = new URL("../../../tests/vectors/", import.meta.url);

test("every row of the vectors", async () => {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const texts = Object.fromEntries(names.map((name) => [name.slice(0, -5), readFileSync(new URL(name, folder), "utf8")]));
  const { counts, failures } = await runVectors(api, texts);
  assert.equal(failures.length, 0, `${failures.length} rows:\n${failures.slice(0, 20).join("\n")}`);
  console.log(summary(counts));
  if (process.env.VECTOR_COUNTS) writeFileSync(process.env.VECTOR_COUNTS, JSON.stringify(counts));
});
