//! How mutants ended.

use serde_json::Value;

use crate::report::{Outcome, Stop};

/// How the mutants of a run ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) caught: u64,
    /// They did not compile.
    pub(super) unviable: u64,
    /// They hung, which anybody notices.
    pub(super) timeout: u64,
    pub(super) missed: u64,
}

impl Counts {
    pub(super) fn read(outcomes: &Value) -> Self {
        let count = |name: &str| outcomes[name].as_u64().unwrap_or_default();
        Self {
            caught: count("caught"),
            unviable: count("unviable"),
            timeout: count("timeout"),
            missed: count("missed"),
        }
    }

    pub(super) fn line(self) -> String {
        let Self {
            caught,
            unviable,
            timeout,
            missed,
        } = self;
        format!("{caught} caught, {timeout} hang, {unviable} do not compile, {missed} unnoticed")
    }

    pub(super) fn verdict(self) -> Outcome {
        if self.missed == 0 {
            return Ok(());
        }
        Err(Stop::Failed(format!(
            "{} unnoticed: write a test, or the reason into .cargo/mutants.toml",
            self.missed
        )))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            caught: self.caught + other.caught,
            unviable: self.unviable + other.unviable,
            timeout: self.timeout + other.timeout,
            missed: self.missed + other.missed,
        }
    }

    pub(super) fn all(self) -> u64 {
        self.caught + self.unviable + self.timeout + self.missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unnoticed_mutant_is_a_failure_and_a_hanging_one_is_not() {
        let counts = |text: &str| Counts::read(&serde_json::from_str(text).unwrap());
        assert!(
            counts(r#"{"caught":3,"missed":1,"timeout":0,"unviable":0}"#)
                .verdict()
                .is_err()
        );
        assert!(
            counts(r#"{"caught":3,"missed":0,"timeout":1,"unviable":2}"#)
                .verdict()
                .is_ok()
        );
    }
}
