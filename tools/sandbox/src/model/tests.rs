//! The model as a merchant sees it, a room for each family of stories.

mod asking;
mod cancelling;
mod charsets;
mod damaged;
mod machine;
mod notifying;
mod refusing;
mod requests;
mod v3;
