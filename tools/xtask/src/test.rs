//! `cargo xtask test [SUITE]`.

use crate::{Usage, report::Report, suite::SUITES, workspace::Workspace};

pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<Report, Usage> {
    // A suite asked for by name and then not run is a failure: nothing else was asked.
    let (suites, mut report) = match arguments {
        [] => (SUITES, Report::new(false)),
        [name] => match SUITES.iter().position(|suite| suite.name == *name) {
            Some(at) => (&SUITES[at..=at], Report::new(true)),
            None => {
                let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
                return Err(Usage(format!(
                    "there is no suite `{name}`; there are: {}",
                    known.join(", ")
                )));
            }
        },
        [_, more, ..] => return Err(Usage(format!("`{more}`: one suite at a time, or none for all"))),
    };
    for suite in suites {
        (suite.run)(workspace, &mut report);
    }
    Ok(report)
}
