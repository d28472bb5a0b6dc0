//! The test suites. A new one is a file here and a row in the table.

mod browser;
mod interop;
mod kotlin;
pub(crate) mod node;
mod rust;
mod swift;
pub(crate) mod wasm;

use crate::{report::Report, workspace::Workspace};

pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Workspace, &mut Report),
}

pub(crate) const SUITES: &[Suite] = &[
    Suite {
        name: "rust",
        about: "the workspace, and the core with each set of features",
        run: rust::run,
    },
    Suite {
        name: "interop",
        about: "the other SDKs verify what we sign, and we what they sign",
        run: interop::run,
    },
    Suite {
        name: "node",
        about: "the npm package @alipay-core/node, native and fallen back to WebAssembly",
        run: node::run,
    },
    Suite {
        name: "wasm",
        about: "the npm package @alipay-core/wasm in Node",
        run: wasm::run,
    },
    Suite {
        name: "browser",
        about: "the sandbox's page and @alipay-core/wasm in headless Chromium",
        run: browser::run,
    },
    Suite {
        name: "kotlin",
        about: "the Kotlin library on this machine's JVM",
        run: kotlin::run,
    },
    Suite {
        name: "swift",
        about: "the Swift package, as root on Debian with a Swift of its own",
        run: swift::run,
    },
];
