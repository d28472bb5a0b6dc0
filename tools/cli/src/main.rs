//! `alipay`: see `alipay --help`.

use alipay_cli::args::Cli;
use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return alipay_cli::args::explain(&error),
    };
    ExitCode::from(alipay_cli::run(cli))
}
