//! The native add-on of `@alipay-core/node`: the engine that the package's TypeScript layer runs on.
//!
//! Not an interface of its own: the layer in `bindings-wasm/ts` has checked every argument's type before it calls. What
//! is here is napi's attributes around [`alipay_core::wire::engine`], and three promises: no panic leaves a call,
//! every failure is an Error whose message is the JSON of an `ErrorReport`, and what takes RSA's time with a private key
//! has a form that runs on libuv's thread pool. Beside the engine it holds what JavaScript can't do: a lock of the kernel's for
//! `file_store.cjs`, and sockets that reset for `transport.cjs`.

pub mod functions;
mod guard;
pub mod lock;
pub mod merchant;
pub mod payment;
#[cfg(unix)]
pub mod socket;
pub mod tasks;

#[cfg(feature = "probe")]
pub mod probe;
