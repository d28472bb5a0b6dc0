//! The command line `alipay`, as modules that its tests use too.

pub mod args;
pub mod certificates;
pub mod clock;
mod commands;
pub mod driver;
pub mod failure;
mod interrupt;
mod merchant;
mod output;
mod saver;
mod screen;
pub mod state_file;
pub mod transport;
mod words;

pub use commands::run;
