//! `alipay query`, `alipay cancel` and `alipay call`: one exchange, and the verified node.

use crate::{
    args::{CallArgs, ConnectionArgs, TradeArgs},
    certificates::{advice, download, no_answer},
    driver::{Limits, Transport as _, Unconditional, now},
    failure::Failure,
    merchant,
    output::{print, warn},
    transport::HttpTransport,
};
use alipay_core::{
    Error, ErrorCode, Merchant,
    api::{ApiRequest as _, TradeCancelRequest, TradeQueryRequest},
    envelope::{Answer, Call},
    http::HttpResponse,
    v3,
};
use getrandom::{
    SysRng,
    rand_core::{Rng as _, UnwrapErr},
};
use std::{path::Path, time::Duration};

/// The exit code of a verified answer that is not 10000.
const BUSINESS_FAILURE: u8 = 10;

pub(crate) fn query(args: TradeArgs) -> Result<u8, Failure> {
    let mut request = TradeQueryRequest::default();
    request.out_trade_no = args.out_trade_no;
    request.trade_no = args.trade_no;
    exchange(
        &request.to_call()?,
        "/v3/alipay/trade/query",
        &args.connection,
        args.timeout,
    )
}

pub(crate) fn cancel(args: TradeArgs) -> Result<u8, Failure> {
    let mut request = TradeCancelRequest::default();
    request.out_trade_no = args.out_trade_no;
    request.trade_no = args.trade_no;
    exchange(
        &request.to_call()?,
        "/v3/alipay/trade/cancel",
        &args.connection,
        args.timeout,
    )
}

pub(crate) fn call(args: CallArgs) -> Result<u8, Failure> {
    let biz = args.biz.unwrap_or_default();
    let biz = match biz.strip_prefix('@') {
        Some(path) => read_text(Path::new(path))?,
        None if biz == "-" => read_text(Path::new("-"))?,
        None => biz,
    };
    if !args.connection.v3 {
        return exchange_v2(&Call::new(args.method, biz)?, &args.connection, args.timeout);
    }
    let method = args.http_method.as_deref().unwrap_or("POST").parse();
    let method = method.map_err(|error: Error| Error::about(error.code(), "--http-method"))?;
    exchange_v3(
        &v3::Call::new(method, args.method, biz)?,
        &args.connection,
        args.timeout,
    )
}

/// A trade's call, over the protocol that is asked for.
fn exchange(call: &Call, path: &str, connection: &ConnectionArgs, timeout_ms: u32) -> Result<u8, Failure> {
    if !connection.v3 {
        return exchange_v2(call, connection, timeout_ms);
    }
    let call = v3::Call::new(v3::Method::Post, path, call.biz_content())?;
    exchange_v3(&call, connection, timeout_ms)
}

fn exchange_v3(call: &v3::Call, connection: &ConnectionArgs, timeout_ms: u32) -> Result<u8, Failure> {
    let merchant = connection.merchant()?;
    let mut random = [0; 16];
    UnwrapErr(SysRng).fill_bytes(&mut random);
    let nonce = format!("{:032x}", u128::from_be_bytes(random));
    let request = merchant.request_v3(call, &nonce, now())?;
    let timeout = Duration::from_millis(timeout_ms.into());
    let response = HttpTransport::new(merchant.gateway())
        .send_v3(&request, Limits::within(timeout), &mut Unconditional)
        .map_err(no_answer)?
        .response;
    let answer = merchant.open_v3(&response, None)?;
    if !answer.is_verified() {
        return Err(unsigned(answer.code(), None));
    }
    print(&format!("{}\n", answer.body()));
    Ok(if answer.is_success() { 0 } else { BUSINESS_FAILURE })
}

fn exchange_v2(call: &Call, connection: &ConnectionArgs, timeout_ms: u32) -> Result<u8, Failure> {
    let merchant = connection.merchant()?;
    let request = merchant.request(call, now())?;
    let timeout = Duration::from_millis(timeout_ms.into());
    let mut transport = HttpTransport::new(merchant.gateway());
    let answered = transport.send(&request, Limits::within(timeout), &mut Unconditional);
    let response = answered.map_err(no_answer)?.response;
    let answer = open(&merchant, &mut transport, timeout, call.method(), &response)?;
    if !answer.is_verified() {
        return Err(unsigned(answer.code(), answer.sub_code()));
    }
    print(&format!("{}\n", answer.node()));
    // Methods from before codes existed have none, and are verified all the same.
    let success = answer.is_success() || answer.code().is_none();
    Ok(if success { 0 } else { BUSINESS_FAILURE })
}

fn unsigned(code: Option<&str>, sub_code: Option<&str>) -> Failure {
    let (code, sub_code) = (code.unwrap_or("-"), sub_code.unwrap_or("-"));
    Failure::internal(
        "signature_missing",
        format!("an unsigned failure, which anybody may have written: {code} {sub_code}"),
    )
}

/// Opens a response; one that names a new certificate of Alipay's, with that certificate. The call itself is not sent again.
fn open(
    merchant: &Merchant,
    connection: &mut HttpTransport,
    timeout: Duration,
    method: &str,
    response: &HttpResponse,
) -> Result<Answer, Failure> {
    let error = match merchant.open(method, response) {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    let (ErrorCode::AlipayCertUnknown, Some(sn)) = (error.code(), error.subject()) else {
        return Err(error.into());
    };
    match download(merchant, sn, connection, timeout) {
        Ok((more, _)) => {
            warn(&format!(
                "Alipay has a new certificate: to keep it, {}",
                advice(sn)
            ));
            Ok(more.open(method, response)?)
        }
        Err(failure) => {
            warn(&format!("the certificate could not be had: {failure}"));
            Err(error.into())
        }
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = merchant::read(path)?;
    let text =
        str::from_utf8(&bytes).map_err(|_| Failure::usage("json_syntax", "--biz: this is not UTF-8 text"))?;
    Ok(text.to_owned())
}
