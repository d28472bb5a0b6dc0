//! Why a command could not do its work: a stable code, words, and the exit code.

use alipay_core::{Error, Fault};
use serde::Serialize;
use std::{borrow::Cow, fmt, io, path::Path};

/// Exit code of bad usage: an option, a key or a file that the caller must mend.
pub const USAGE: u8 = 2;
/// Exit code of everything else that is not an outcome.
pub const INTERNAL: u8 = 1;

/// Why a command could not do its work. Holds no value of an option.
#[derive(Debug)]
pub struct Failure {
    code: &'static str,
    message: Cow<'static, str>,
    exit: u8,
}

impl Failure {
    /// The caller must mend it.
    pub fn usage(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            exit: USAGE,
        }
    }

    /// Something else went wrong.
    pub fn internal(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            exit: INTERNAL,
        }
    }

    /// A file that the caller named can't be read.
    #[must_use]
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::usage("file_unreadable", format!("{}: {error}", path.display()))
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The process's exit code.
    #[must_use]
    pub fn exit(&self) -> u8 {
        self.exit
    }

    /// The same failure with exit code 1: what failed is the thing checked, not the way it was asked for.
    #[must_use]
    pub fn as_result(self) -> Self {
        Self {
            exit: INTERNAL,
            ..self
        }
    }

    /// The line for `--json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            r#type: &'static str,
            code: &'static str,
            message: &'a str,
        }
        let line = Line {
            r#type: "error",
            code: self.code,
            message: &self.message,
        };
        serde_json::to_string(&line).unwrap_or_default()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = match error.subject() {
            Some(subject) => format!("{subject}: {}", error.code().message()).into(),
            None => Cow::Borrowed(error.code().message()),
        };
        Self {
            code: error.code().as_str(),
            message,
            exit: match error.code().fault() {
                Fault::Configuration | Fault::Input => USAGE,
                _ => INTERNAL,
            },
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)
    }
}
