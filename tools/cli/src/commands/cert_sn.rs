//! `alipay cert-sn`: a certificate's serial number as Alipay counts it.

use crate::{
    args::CertSnArgs,
    failure::Failure,
    merchant::{named, read},
    output::{print, print_json, warn},
};
use alipay_core::{
    cert::{Certificate, root_cert_sn},
    wire::operation::cert::{CertificateInfo, RootBundle},
};

pub(crate) fn run(args: &CertSnArgs) -> Result<u8, Failure> {
    let file = read(&args.input)?;
    let certificates = Certificate::parse_bundle(&*file).map_err(|error| named(error, "FILE"))?;
    if args.root {
        let sn = root_cert_sn(&*file).map_err(|error| named(error, "FILE"))?;
        if args.json {
            let certificates = certificates.iter().map(CertificateInfo::from).collect();
            print_json(&RootBundle { sn, certificates });
        } else {
            print(&format!("{sn}\n"));
        }
        return Ok(0);
    }
    let first = Certificate::parse(&*file).map_err(|error| named(error, "FILE"))?;
    // The right answer for an application's file with its chain, the wrong one for a root bundle.
    if certificates.len() > 1 {
        warn(&format!(
            "warning: the first of {} certificates; a root bundle needs --root",
            certificates.len()
        ));
    }
    if args.json {
        print_json(&CertificateInfo::from(&first));
    } else {
        print(&format!("{}\n", first.sn()));
    }
    Ok(0)
}
