//! Learns of a certificate of Alipay's that is newer than the merchant's files: downloaded by its SN, believed only if the core
//! accepts it.

use crate::{
    driver::{Limits, Transport, Unconditional, now},
    failure::Failure,
};
use alipay_core::{Merchant, cert, payment};
use std::time::Duration;

/// How many are asked for in one run. Alipay changes its certificate every few years; more is somebody's game.
const AT_MOST: usize = 3;

/// Which certificates one run has asked for. None is asked for twice.
#[derive(Debug, Default)]
pub struct Asked(Vec<String>);

impl Asked {
    /// The merchant that believes the certificate of this SN too, or why there is none; `None` if it is not to be asked for (again).
    pub fn learn(
        &mut self,
        merchant: &Merchant,
        sn: &str,
        transport: &mut impl Transport,
        timeout: Duration,
    ) -> Option<Result<Merchant, Failure>> {
        if self.0.len() >= AT_MOST || self.0.iter().any(|asked| asked == sn) {
            return None;
        }
        self.0.push(sn.to_owned());
        Some(download(merchant, sn, transport, timeout).map(|(more, _)| more))
    }
}

/// Downloads the certificate of this SN and checks it: the merchant that believes it too, and its file.
///
/// # Errors
/// Those of the request and the transport; those of [`Merchant::with_downloaded_certificate`].
pub fn download(
    merchant: &Merchant,
    sn: &str,
    transport: &mut impl Transport,
    timeout: Duration,
) -> Result<(Merchant, String), Failure> {
    let request = merchant.request(&cert::download(sn)?, now())?;
    let answered = transport.send(&request, Limits::within(timeout), &mut Unconditional);
    let response = answered.map_err(no_answer)?.response;
    let learnt = merchant.with_downloaded_certificate(sn, &response, now());
    // What is wrong is the answer, also where the same code can be said of an option.
    learnt.map_err(|error| Failure::from(error).as_result())
}

/// What a transport without an answer knows.
pub(crate) fn no_answer(failure: payment::Failure) -> Failure {
    match failure {
        payment::Failure::NotSent => {
            Failure::internal("not_sent", "the gateway could not be reached; nothing was sent")
        }
        _ => Failure::internal("maybe_sent", "no answer; the request may have been carried out"),
    }
}

/// Which command helps where nothing is downloaded: what is offline stays offline.
pub(crate) fn advice(sn: &str) -> String {
    format!(
        "`alipay cert-download --sn {sn} --out FILE …` fetches and checks it; from then on give FILE as a second --alipay-cert"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::keygen::generate;
    use crate::driver::{Answered, Departure};
    use alipay_core::http::HttpRequest;

    /// A gateway that answers with nothing, and counts.
    struct Counting(u32);

    impl Transport for Counting {
        fn send(
            &mut self,
            _: &HttpRequest,
            _: Limits,
            _: &mut dyn Departure,
        ) -> Result<Answered, payment::Failure> {
            self.0 += 1;
            Err(payment::Failure::MaybeSent)
        }
    }

    #[test]
    fn no_certificate_is_asked_for_twice_and_three_at_most() {
        let (own, alipay) = (generate(2048).unwrap(), generate(2048).unwrap());
        let merchant = Merchant::builder("2014072300007148", alipay.public_key().clone())
            .private_key(own)
            .build()
            .unwrap();
        let (mut asked, mut gateway) = (Asked::default(), Counting(0));
        let mut learn = |digit: char| {
            let sn: String = std::iter::repeat_n(digit, 32).collect();
            let learnt = asked.learn(&merchant, &sn, &mut gateway, Duration::from_secs(1));
            (learnt.map(|learnt| learnt.unwrap_err().code()), gateway.0)
        };
        assert_eq!(learn('1'), (Some("maybe_sent"), 1));
        assert_eq!(learn('1'), (None, 1));
        assert_eq!(learn('2'), (Some("maybe_sent"), 2));
        assert_eq!(learn('3'), (Some("maybe_sent"), 3));
        assert_eq!(learn('4'), (None, 3));
        assert_eq!(learn('2'), (None, 3));
    }
}
