//! The test suites. A new one is a file here and a row in the table.

mod browser;
mod kotlin;
mod rust;
mod swift;

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
        name: "browser",
        about: "the sandbox's page in headless Chromium",
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
