//! `@alipay-core/node` beside alipay-sdk, alipay-mobile and bare node:crypto, in one run: `bindings-node/bench`.

use crate::{command::Command, npm, report::Report, suite::node, workspace::Workspace};

pub(super) fn run(workspace: &Workspace, quick: bool, report: &mut Report) {
    let folder = workspace.root.join("bindings-node/bench");
    let ready = node::build(workspace, report)
        && report.step("bench: the add-on's probe", || node::probe(workspace))
        && report.step("bench: npm packages of the peers", || npm::install(&folder));
    if !ready {
        return;
    }
    report.step("bench: node", || {
        let results = workspace.target.join("bench").join("node.json");
        let mut command = Command::new("node").arg("main.mjs").arg(&results);
        if quick {
            command = command.arg("--quick");
        }
        command.folder(&folder).run()?;
        println!("\nwritten to {}", results.display());
        Ok(())
    });
}
