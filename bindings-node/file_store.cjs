// A store in a file, for one payment. With the add-on it is locked: who has the lock is the payment's only driver.
//
// PATH         the last snapshot
// PATH.lock    the lock, and in it a note of who saved the snapshot; it stays, and means nothing while nobody has locked it
'use strict';

const { randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { open, readFile, rename, rm } = require('node:fs/promises');
const { dirname, resolve } = require('node:path');
const { AlipayError, snapshotNumber } = require('@alipay-core/wasm');
const { choice } = require('./native.cjs');

/**
 * The locks that are held: one whose store nobody knows any more is held all the same, until the process ends. Let go by the garbage
 * collector, it would tell the next holder that this process is dead.
 */
const HELD = new Set();

/** @param {string} path */
function fileStore(path) {
  if (typeof path !== 'string') throw new AlipayError('argument_type', 'path');
  return new FileStore(resolve(path));
}

class FileStore {
  #file;
  #lock;
  #driven = false;
  #writerIsDead = false;
  /** Whether the note in the lock's file is of this holder. */
  #noted = false;
  #saving = Promise.resolve();
  /** The lock is being taken, or let go. */
  #locking;

  constructor(file) {
    this.#file = file;
  }

  /** Whether the process that saved the snapshot that was loaded has died, on this very kernel, with the lock in its hands. */
  get writerIsDead() {
    return this.#writerIsDead;
  }

  async acquire() {
    if (this.#driven) throw new AlipayError('superseded', 'store');
    this.#driven = true;
    try {
      await this.#take();
    } catch (thrown) {
      this.#driven = false;
      throw thrown;
    }
  }

  async load() {
    // First, so that nobody else writes meanwhile.
    const anew = await this.#take();
    const snapshot = await read(this.#file);
    if (anew && snapshot !== undefined) this.#writerIsDead = await this.#diedHolding(snapshot);
    return snapshot;
  }

  /** One after the other. */
  save(snapshot) {
    const saved = this.#saving.then(() => this.#save(snapshot));
    this.#saving = saved.catch(() => {});
    return saved;
  }

  async release() {
    await this.#saving;
    this.#driven = this.#noted = this.#writerIsDead = false;
    const lock = this.#lock;
    this.#lock = undefined;
    if (lock === undefined) return;
    this.#locking = letGo(lock).finally(() => (this.#locking = undefined));
    await this.#locking;
  }

  async #save(snapshot) {
    await this.#take();
    const number = snapshotNumber(snapshot);
    const present = await read(this.#file);
    // What can't be read is no snapshot: it is kept, whatever it is.
    if (present !== undefined && present.length > 0 && snapshotNumber(present) > number) {
      throw new AlipayError('superseded', 'snapshot');
    }
    if (this.#lock !== undefined && !this.#noted) {
      await this.#lock.leave(JSON.stringify({ kernel: KERNEL, since: number }));
      this.#noted = true;
    }
    await replace(this.#file, snapshot);
  }

  /** Takes the lock unless it is held already; true if it was taken. */
  async #take() {
    const { lockFile } = choice.addon ?? {};
    // One at a time: who comes meanwhile finds it held.
    while (this.#locking !== undefined) await this.#locking.catch(() => {});
    if (lockFile === undefined || this.#lock !== undefined) return false;
    this.#locking = lockFile(`${this.#file}.lock`);
    try {
      this.#lock = await this.#locking;
      HELD.add(this.#lock);
      return true;
    } catch (thrown) {
      const superseded = String(thrown?.message).includes('"superseded"');
      throw superseded ? new AlipayError('superseded', 'store') : new AlipayError('store_failed', 'lock', thrown);
    } finally {
      this.#locking = undefined;
    }
  }

  async #diedHolding(snapshot) {
    try {
      const { kernel, since } = JSON.parse(await this.#lock.note());
      // Another kernel's process may live on: another machine's, on a folder that both share.
      return kernel === KERNEL && KERNEL !== null && snapshotNumber(snapshot) >= since;
    } catch {
      return false;
    }
  }
}

async function letGo(lock) {
  try {
    // A holder that let go is not dead, and its connections may not be either.
    await lock.leave('');
  } finally {
    await lock.release();
    HELD.delete(lock);
  }
}

/** Which kernel this is, and since when it runs. Where that can't be told, no process is ever known to be dead. */
const KERNEL = kernel();

function kernel() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || null;
  } catch {
    return null;
  }
}

async function read(path) {
  try {
    return await readFile(path);
  } catch (error) {
    if (error?.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** In one piece, and on the disk once this is done. */
async function replace(path, bytes) {
  // A name of its own: who shares one may rename what another is writing.
  const next = `${path}.${process.pid}.${randomUUID()}.next`;
  try {
    await written(next, bytes);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true }).catch(() => {});
    throw error;
  }
  // The name is durable too, where a folder can be synchronised.
  const folder = await open(dirname(path)).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** For nobody else's eyes: before pay leaves, a snapshot holds the payment code. */
async function written(path, bytes) {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

module.exports = { fileStore };
