//! `alipay cert-download`: a certificate of Alipay's by its SN, checked.

use crate::{
    args::CertDownloadArgs,
    certificates::download,
    commands::keygen::write,
    failure::Failure,
    output::{print, warn},
    transport::HttpTransport,
};
use alipay_core::cert;
use std::time::Duration;

pub(crate) fn run(args: &CertDownloadArgs) -> Result<u8, Failure> {
    let merchant = args.connection.merchant()?;
    if merchant.certificates().is_none() {
        return Err(Failure::usage(
            "cert_mode",
            "only certificate mode has certificates to download: give --app-cert, --alipay-cert and --root-cert",
        ));
    }
    cert::download(&args.sn).map_err(|error| {
        Failure::usage(
            error.code().as_str(),
            "--sn: not 32 lower-case hexadecimal digits",
        )
    })?;
    let mut transport = HttpTransport::new(merchant.gateway());
    let timeout = Duration::from_millis(args.timeout.into());
    let (_, file) = download(&merchant, &args.sn, &mut transport, timeout)?;
    write(&args.out, file.as_bytes(), args.force)?;
    warn(&format!(
        "{}  give it as a second --alipay-cert; messages name the one that verifies them",
        args.out.display()
    ));
    print("ok\n");
    Ok(0)
}
