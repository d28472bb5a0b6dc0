//! The one error that crosses, and the guard around everything that runs in Rust.

use crate::{ErrorCode, Fault};
use alipay_core::{Error, Timestamp, error::ErrorCode as CoreCode, wire};
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What went wrong. A business result, such as a declined payment, is never an error.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Error)]
pub enum NativeError {
    /// The one case: what tells errors apart is the code.
    Failed {
        /// The stable code, the same in every language.
        code: ErrorCode,
        /// Who can mend it.
        fault: Fault,
        /// The name of the field, option or parameter it is about; never a value.
        subject: Option<String>,
        /// What it means, in one English sentence without any value in it.
        message: String,
    },
}

impl From<Error> for NativeError {
    fn from(error: Error) -> Self {
        Self::Failed {
            code: error.code().into(),
            fault: wire::Fault::from(error.code().fault()).into(),
            subject: error.subject().map(str::to_owned),
            message: error.code().message().to_owned(),
        }
    }
}

impl From<CoreCode> for NativeError {
    fn from(code: CoreCode) -> Self {
        Error::new(code).into()
    }
}

/// An exception of the host's that its own [`NativeSigner`](crate::NativeSigner) did not turn into ours. The reason is
/// dropped: it may hold anything.
impl From<uniffi::UnexpectedUniFFICallbackError> for NativeError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        CoreCode::SignerFailed.into()
    }
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Failed { subject, message, .. } = self;
        match subject {
            Some(subject) => write!(f, "{subject}: {message}"),
            None => f.write_str(message),
        }
    }
}

impl std::error::Error for NativeError {}

/// Runs what a host asked for. A panic becomes `internal`; nothing unwinds into the host.
pub(crate) fn guard<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, NativeError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(CoreCode::Internal.into()),
    }
}

/// A host's time.
pub(crate) fn timestamp(unix_ms: i64) -> Result<Timestamp, Error> {
    Timestamp::from_unix_ms(unix_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: NativeError) -> ErrorCode {
        let NativeError::Failed { code, .. } = error;
        code
    }

    #[test]
    fn a_panic_is_our_error() {
        let error = guard::<()>(|| panic!("must not be shown")).unwrap_err();
        assert!(!error.to_string().contains("shown"));
        assert_eq!(code(error), ErrorCode::Internal);
    }

    #[test]
    fn an_exception_in_the_hosts_signer_is_the_signers_failure() {
        let error = NativeError::from(uniffi::UnexpectedUniFFICallbackError::new("secret"));
        assert!(!format!("{error:?}").contains("secret"));
        assert_eq!(code(error), ErrorCode::SignerFailed);
    }
}
