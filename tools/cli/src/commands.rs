//! The commands, one file each.

mod call;
mod cert_download;
mod cert_sn;
mod cipher;
mod demo;
mod diagnose;
mod give_up;
pub(crate) mod keygen;
mod notify;
mod pay;
mod sandbox;
mod signatures;

use crate::{
    args::{Cli, Command, DiagnoseCommand, NotifyCommand},
    failure::Failure,
    output::{self, print, warn},
};

/// Runs a command; the process's exit code.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    let json = match &cli.command {
        Command::Demo(args) => args.json,
        Command::Pay(args) => args.json,
        Command::Resume(args) => args.json,
        Command::GiveUp(args) => args.json,
        Command::Sandbox(args) => args.json,
        Command::CertSn(args) => args.json,
        Command::Notify(NotifyCommand::Verify(args)) => args.json,
        Command::Notify(NotifyCommand::Diagnose(args)) => args.json,
        Command::Diagnose(DiagnoseCommand::Request(args)) => args.json,
        Command::Diagnose(DiagnoseCommand::Response(args)) => args.diagnosis.json,
        _ => false,
    };
    let is_payment = matches!(
        cli.command,
        Command::Pay(_) | Command::Resume(_) | Command::GiveUp(_)
    );
    let done: Result<u8, Failure> = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Pay(args) => pay::pay(*args),
        Command::Resume(args) => pay::resume(&args),
        Command::GiveUp(args) => give_up::run(&args),
        Command::Query(args) => call::query(args),
        Command::Cancel(args) => call::cancel(args),
        Command::Call(args) => call::call(args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Sign(args) => signatures::sign(&args),
        Command::Verify(args) => signatures::verify(&args),
        Command::CertSn(args) => cert_sn::run(&args),
        Command::CertDownload(args) => cert_download::run(&args),
        Command::Notify(NotifyCommand::Verify(args)) => notify::verify(&args),
        Command::Notify(NotifyCommand::Diagnose(args)) => notify::diagnose(&args),
        Command::Diagnose(DiagnoseCommand::Request(args)) => diagnose::request(&args),
        Command::Diagnose(DiagnoseCommand::Response(args)) => diagnose::response(&args),
        Command::Encrypt(args) => cipher::encrypt(&args),
        Command::Decrypt(args) => cipher::decrypt(&args),
        Command::Sandbox(args) => sandbox::run(&args),
    };
    let exit = done.unwrap_or_else(|failure| {
        warn(&failure.to_string());
        if json {
            print(&format!("{}\n", failure.to_json()));
        }
        failure.exit()
    });
    if is_payment {
        output::finish_payment();
    } else {
        output::finish();
    }
    exit
}
