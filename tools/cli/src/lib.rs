//! The command line `alipay`, as modules that its tests use too.

pub mod args;
pub mod certificates;
mod commands;
pub mod driver;
pub mod failure;
mod interrupt;
mod merchant;
mod screen;
pub mod state_file;
pub mod transport;
mod words;

pub use commands::run;
