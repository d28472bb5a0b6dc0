import type { Store, Transport } from '@alipay-core/wasm';

/** Everything of `@alipay-core/wasm`, over a native add-on where there is one. */
export * from '@alipay-core/wasm';

/** What does the work in this process. */
export interface EngineChoice {
  /** `native`: the add-on, with AWS-LC. `wasm`: the WebAssembly module of `@alipay-core/wasm`. */
  readonly name: 'native' | 'wasm';
  /** Which add-on it is, or why there is none. */
  readonly reason: string;
}

/**
 * Which engine is in use, and why. The environment variable `ALIPAY_CORE_ENGINE` forces one (`native` or `wasm`); if that one
 * can't be had, importing this package throws an `AlipayError` with the code `options`.
 */
export function engine(): EngineChoice;

/** Keeps one payment's snapshot in a file, under a lock. */
export interface FileStore extends Store {
  /**
   * Replaces the file in one piece; it is on the disk once this is done. One save runs after the other.
   * @throws {AlipayError} `superseded` if the file holds a newer snapshot; `snapshot_corrupt` if it holds something else
   */
  save(snapshot: Uint8Array): Promise<void>;
  /**
   * Locks, then reads the last snapshot, for `resume`; `undefined` if there is no payment to resume.
   * @throws {AlipayError} `superseded` if another process, or another store in this one, has the lock
   */
  load(): Promise<Uint8Array | undefined>;
  /** Locks; what runs the payment does it. @throws {AlipayError} `superseded` */
  acquire(): Promise<void>;
  /** Lets the lock go; what ran the payment does it. To be called by hand only if nothing was run after `load()`. */
  release(): Promise<void>;
  /** Whether the process that saved the snapshot that was loaded has died with the lock in its hands. */
  readonly writerIsDead: boolean;
}

/**
 * A store in a file of its own for each payment: name it after the order number. The folder must be there, on a disk of this machine;
 * `PATH.lock` stays beside the file, and unfinished saves may leave `PATH.….next`. Without the add-on there is no lock: that nobody else
 * runs the payment is then the host's to see to, and a process that died is never known to be dead. Whether it is can be told on
 * Linux only.
 */
export function fileStore(path: string): FileStore;

/** How requests are sent over Node's sockets. */
export interface NodeTransportOptions {
  /** Whether the connection leads to the gateway itself, with no proxy and no TLS terminator between. Default: true. */
  direct?: boolean;
  /** Certificates of the authorities to trust over TLS, in PEM, instead of Node's. */
  ca?: string | Uint8Array | Array<string | Uint8Array>;
}

/**
 * The transport over Node's sockets, which `pay`, `resume`, `drive` and `execute` use unless they are given one: HTTP/1.1, a fresh connection
 * for each request, which is reset when the request has ended, however it has. So a request that was given up lands at once or never.
 * With the add-on, on Linux and macOS, the kernel resets it when the process dies too; on Linux also what is not acknowledged while the
 * process is frozen. If Node is told to use a proxy of the environment's (`NODE_USE_ENV_PROXY`), this is `fetchTransport()`.
 * @throws {AlipayError} `options`
 */
export function nodeTransport(options?: NodeTransportOptions): Transport;
