//! The sandbox as its users have it: over HTTP, and over a kill.

mod certificates;
mod http;
mod merchant;
mod restart;
