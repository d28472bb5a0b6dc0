// A store in a file, for one payment.
'use strict';

const { open, readFile, rename } = require('node:fs/promises');
const { dirname, resolve } = require('node:path');

/** @param {string} path */
function fileStore(path) {
  const file = resolve(path);
  return {
    async save(snapshot) {
      const next = `${file}.next`;
      await written(next, snapshot);
      await rename(next, file);
      // The name is durable too, where a folder can be synchronised.
      const folder = await open(dirname(file)).catch(() => undefined);
      await folder?.sync().catch(() => {});
      await folder?.close();
    },
    async load() {
      try {
        return await readFile(file);
      } catch (error) {
        if (error?.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

/** For nobody else's eyes: before pay leaves, a snapshot holds the payment code. */
async function written(path, bytes) {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

module.exports = { fileStore };
