//! `alipay query`, `alipay cancel` and `alipay call`: one exchange, and the verified node.

use crate::{
    args::{CallArgs, ConnectionArgs, TradeArgs},
    driver::{Transport as _, now},
    failure::Failure,
    merchant,
    screen::print,
    transport::HttpTransport,
};
use alipay_core::{
    api::{ApiRequest as _, TradeCancelRequest, TradeQueryRequest},
    envelope::Call,
    payment,
};
use std::{path::Path, time::Duration};

/// The exit code of a verified answer that is not 10000.
const BUSINESS_FAILURE: u8 = 10;

pub(crate) fn query(args: TradeArgs) -> Result<u8, Failure> {
    let mut request = TradeQueryRequest::default();
    request.out_trade_no = args.out_trade_no;
    request.trade_no = args.trade_no;
    exchange(&request.to_call()?, &args.connection, args.timeout)
}

pub(crate) fn cancel(args: TradeArgs) -> Result<u8, Failure> {
    let mut request = TradeCancelRequest::default();
    request.out_trade_no = args.out_trade_no;
    request.trade_no = args.trade_no;
    exchange(&request.to_call()?, &args.connection, args.timeout)
}

pub(crate) fn call(args: CallArgs) -> Result<u8, Failure> {
    let biz_content = match args.biz.strip_prefix('@') {
        Some(path) => read_text(Path::new(path))?,
        None if args.biz == "-" => read_text(Path::new("-"))?,
        None => args.biz,
    };
    exchange(
        &Call::new(args.method, biz_content)?,
        &args.connection,
        args.timeout,
    )
}

fn exchange(call: &Call, connection: &ConnectionArgs, timeout_ms: u32) -> Result<u8, Failure> {
    let merchant = connection.merchant()?;
    let request = merchant.request(call, now())?;
    let timeout = Duration::from_millis(timeout_ms.into());
    let response = HttpTransport::new(merchant.gateway())
        .send(&request, timeout)
        .map_err(no_answer)?;
    let answer = merchant.open(call.method(), &response)?;
    if !answer.is_verified() {
        let (code, sub_code) = (answer.code().unwrap_or("-"), answer.sub_code().unwrap_or("-"));
        return Err(Failure::internal(
            "signature_missing",
            format!("an unsigned failure, which anybody may have written: {code} {sub_code}"),
        ));
    }
    print(&format!("{}\n", answer.node()));
    // Methods from before codes existed have none, and are verified all the same.
    let success = answer.is_success() || answer.code().is_none();
    Ok(if success { 0 } else { BUSINESS_FAILURE })
}

fn no_answer(failure: payment::Failure) -> Failure {
    match failure {
        payment::Failure::NotSent => {
            Failure::internal("not_sent", "the gateway could not be reached; nothing was sent")
        }
        _ => Failure::internal("maybe_sent", "no answer; the request may have been carried out"),
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = merchant::read(path)?;
    let text =
        str::from_utf8(&bytes).map_err(|_| Failure::usage("json_syntax", "--biz: this is not UTF-8 text"))?;
    Ok(text.to_owned())
}
