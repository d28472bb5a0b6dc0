//! What the host answers to a notification.

use super::{ACKNOWLEDGE, REFUSE};

/// The answer to a notification: HTTP 200 with this text as the whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Acknowledgement {
    /// It was dealt with, now or before: Alipay stops sending it.
    Accepted,
    /// It could not be dealt with: Alipay sends it again.
    Refused,
}

impl Acknowledgement {
    /// The body: `success` or `failure`, and nothing around it.
    #[must_use]
    pub const fn body(self) -> &'static str {
        match self {
            Self::Accepted => ACKNOWLEDGE,
            Self::Refused => REFUSE,
        }
    }
}

impl<T, E> From<&Result<T, E>> for Acknowledgement {
    /// Accepted if the host's handling went well.
    fn from(handled: &Result<T, E>) -> Self {
        if handled.is_ok() {
            Self::Accepted
        } else {
            Self::Refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alipay's document: "success", 7 characters; anything else, and it is sent again.
    #[test]
    fn the_body_is_the_documents_word() {
        let handled: Result<(), ()> = Ok(());
        assert_eq!(Acknowledgement::from(&handled).body(), "success");
        let failed: Result<(), ()> = Err(());
        assert_eq!(Acknowledgement::from(&failed).body(), "failure");
    }
}
