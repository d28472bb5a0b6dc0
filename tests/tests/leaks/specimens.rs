//! One of every type that can be shown, made of planted secrets wherever it may hold one.

use crate::{
    album::Album,
    world::{
        AES, AMOUNT, APP_ID, BUYER, CODE, LOGON, NUMBER, OPEN_ID, START, TOKEN, World, paid_node, pay_call,
        response,
    },
};
use alipay_core::{
    Amount, Error, ErrorCode, Fault, Payment, Timestamp, api,
    cert::{Certificate, Certificates},
    charset::Charset,
    codes,
    diagnose::{self, Hints},
    envelope::FormSubmit,
    id::{AppId, AuthCode, OutTradeNo, Personal},
    json::{Json, RecordTable},
    key::PrivateKeyFormat,
    merchant::{ApiVersion, Warning},
    multipart::File,
    notify::{self, Acknowledgement, AppStatus, Expected},
    payment::{Failure, Input, News, Outcome, Output, Phase, Policy, Restored, Start},
    sign::{SignType, aws, pure},
    v3, wire,
};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};

fn root(file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/vectors/certs/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A record with every field filled: people's with a buyer's names, as text or (where `odd`) as an object that no document
/// knows.
fn filled(record: &RecordTable, odd: bool) -> Value {
    let mut members: Map<String, Value> = record
        .fields
        .iter()
        .map(|field| (field.name.replace("r#", ""), value(field.kind, odd)))
        .collect();
    members.insert(
        "undocumented".into(),
        json!({"token": TOKEN, "who": [BUYER, LOGON]}),
    );
    Value::Object(members)
}

fn value(kind: &str, odd: bool) -> Value {
    let kind: String = kind.split_whitespace().collect();
    if let Some(item) = kind.strip_prefix("Vec<").and_then(|kind| kind.strip_suffix('>')) {
        return json!([value(item, odd)]);
    }
    match &*kind {
        "Personal" if odd => json!({ "who": OPEN_ID }),
        "AuthCode" if odd => json!([CODE]),
        "Personal" => json!(format!("{BUYER} {LOGON} {OPEN_ID}")),
        "AuthCode" => json!(CODE),
        "String" => json!("text"),
        "Amount" => json!(AMOUNT),
        "u64" => json!(7),
        "bool" => json!(true),
        "Json" => json!({ "who": BUYER }),
        name => {
            let tables = api::RECORDS.iter().chain(notify::RECORDS);
            let table = tables.into_iter().find(|table| table.name == name);
            filled(table.unwrap_or_else(|| panic!("a field of type {name}")), odd)
        }
    }
}

macro_rules! records {
    ($album:ident, $($module:ident { $($name:ident)* })*) => {$($(
        for odd in [false, true] {
            let text = filled(&$module::$name::TABLE, odd).to_string();
            let record = $module::$name::from_answer(&text).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&record.to_json()).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
            $album.debug(&record);
        }
    )*)*};
}

pub(crate) fn records(album: &mut Album) {
    records! { album,
        api {
            AccessParams AgreementParams AgreementSignParams BankcardExtInfo BkAgentReqInfo BkAgentRespInfo BusinessParams
            ChargeInfo CloseExtendParams ContributeDetail DataDataserviceBillDownloadurlQueryRequest
            DataDataserviceBillDownloadurlQueryResponse DepositBackInfo EnterprisePayInfo ExtUserInfo ExtendParams
            ExternalPayerInfo FulfillmentDetail FundTransToaccountTransferRequest FundTransToaccountTransferResponse
            FundTransUniTransferRequest FundTransUniTransferResponse GoodsDetail HbFqPayInfo IntactChargeInfo InvoiceInfo
            InvoiceKeyInfo LogisticsDetail MutipleCurrencyDetail OpenAppAlipaycertDownloadRequest
            OpenAppAlipaycertDownloadResponse Participant PayParams PaymentInfoWithId PeriodRuleParams PresetPayToolInfo
            PromoParam ReceiverAddressInfo RefundChargeInfo RefundGoodsDetail RefundRoyaltyResult RefundSubFee RoyaltyDetail
            RoyaltyInfo RoyaltyParameter SceneRuleParams SettleDetailInfo SettleExtendParams SettleInfo SignData
            SignMerchantParams SignParams SpecifiedChannelParams SubFee SubMerchant TapPayInfo TradeAppPayRequest
            TradeAppPayResponse TradeCancelRequest TradeCancelResponse TradeCloseRequest TradeCloseResponse
            TradeCreateRequest TradeCreateResponse TradeFastpayRefundQueryRequest TradeFastpayRefundQueryResponse
            TradeFundBill TradeOrderSettleRequest TradeOrderSettleResponse TradePagePayRequest TradePagePayResponse
            TradePayRequest TradePayResponse TradePrecreateRequest TradePrecreateResponse TradeQueryRequest
            TradeQueryResponse TradeRefundRequest TradeRefundResponse TradeSettleDetail TradeSettleInfo TradeWapPayRequest
            TradeWapPayResponse TransferSceneReportInfo VoucherDetail
        }
        notify { NotifyFundBill NotifyVoucher TradeNotify }
    }
}

/// Words and tables, which hold nothing of anybody's.
pub(crate) fn words(album: &mut Album) {
    for word in wire::error_codes() {
        album.debug(&word);
    }
    for code in ErrorCode::ALL {
        album.display(code);
    }
    album.debug(&Fault::Peer);
    album.debug(&PrivateKeyFormat::Pkcs1);
    album.debug(&Acknowledgement::Accepted);
    album.debug(&AppStatus::of("9000"));
    album.debug(&Warning::AppKeyWeak);
    album.debug(&ApiVersion::default());
    album.debug(&Charset::Gbk);
    album.debug(&SignType::Rsa2);
    album.debug(&v3::Method::Post);
    album.debug(&Policy::default());
    album.debug(&wire::Policy::default());
    album.debug(&wire::PolicyPreset::default());
    album.debug(&diagnose::Verdict::Key);
    album.debug(&diagnose::Proof::Fact);
    album.debug(&diagnose::DifferenceKind::Added);
    let code = codes::lookup("ACQ.TRADE_NOT_EXIST");
    album.debug(code);
    album.debug(&code.class);
    album.debug(&code.actor);
    album.debug(&wire::BusinessCode::from(code));
    album.debug(&wire::Class::from(code.class));
    album.debug(&wire::Actor::from(code.actor));
    album.debug(&wire::operation::OPERATIONS[0]);
    album.debug(&api::RECORDS[0]);
    album.debug(&api::RECORDS[0].fields[0]);
    album.debug(&wire::ApiVersion::V3);
    album.debug(&wire::Charset::Gbk);
    album.debug(&wire::ConflictReason::PaidEarlier);
    album.debug(&wire::DeclineReason::Refused);
    album.debug(&wire::DifferenceKind::Added);
    album.debug(&wire::Failure::NotSent);
    album.debug(&wire::Fault::Peer);
    album.debug(&wire::Phase::Done);
    album.debug(&wire::Proof::Fact);
    album.debug(&wire::RequestKind::Pay);
    album.debug(&wire::SignType::Rsa2);
    album.debug(&wire::UnresolvedReason::CancelRefused);
    album.debug(&wire::Verdict::Key);
    album.debug(&wire::Wake::Query);
}

pub(crate) fn keys_and_values(world: &World, album: &mut Album) {
    album.debug(&world.key);
    album.debug(world.key.public_key());
    album.debug(&alipay_core::cipher::ContentKey::parse(AES).unwrap());
    album.debug(&pure::PureSigner::new(&world.key));
    album.debug(&pure::PureVerifier::new(world.key.public_key()).unwrap());
    album.debug(&aws::AwsSigner::new(&world.key).unwrap());
    album.debug(&aws::AwsVerifier::new(world.key.public_key()).unwrap());
    album.debug(&world.builder());
    album.debug(&world.merchant);
    album.debug(&*world.merchant);
    album.debug(&world.merchant.delegated());
    album.debug(&AuthCode::new(CODE).unwrap());
    album.debug(&Personal::from(LOGON));
    album.display(&NUMBER.parse::<OutTradeNo>().unwrap());
    album.debug(&APP_ID.parse::<AppId>().unwrap());
    album.display(&AMOUNT.parse::<Amount>().unwrap());
    album.debug(&Timestamp::from_unix_ms(START).unwrap());
    album.debug(&Json::parse(&paid_node()).unwrap());
    album.debug(&wire::AmountValue::from(AMOUNT.parse::<Amount>().unwrap()));
    album.debug(&wire::Bytes(CODE.into()));
    let pem = world.key.to_pem(PrivateKeyFormat::Pkcs8).unwrap();
    let info = wire::KeyInfo::of_private(pem.as_bytes()).unwrap();
    album.text("KeyInfo as JSON", serde_json::to_string(&info).unwrap());
    album.debug(&info);

    let bundle = root("alipay_root_bundle.pem");
    let certificate = Certificate::parse(root("alipay_class_2_r1.pem")).unwrap();
    album.debug(&certificate);
    album.debug(&Certificates::parse(certificate.to_der(), certificate.to_der(), bundle).unwrap());
}

pub(crate) fn messages(world: &World, album: &mut Album) {
    let (merchant, now) = (&world.merchant, world.now());
    let call = pay_call();
    let prepared = merchant.prepare(&call, now).unwrap();
    album.debug(&call);
    album.debug(&prepared);
    album.debug(&prepared.finish(&[7; 256]).unwrap());
    album.debug(&merchant.request(&call, now).unwrap());
    album.debug(&FormSubmit::Button("支付"));
    let answered = world.response("alipay.trade.query", &paid_node());
    album.debug(&answered);
    album.debug(&merchant.open("alipay.trade.query", &answered).unwrap());

    let path = format!("/v3/alipay/trade/query?buyer_id={BUYER}");
    let file = File::new("image_content", "a.jpg", "image/jpeg", CODE).unwrap();
    album.debug(&file);
    let v3_call = v3::Call::new(v3::Method::Post, path, call.biz_content()).unwrap();
    let v3_call = v3_call
        .query("code", CODE)
        .app_auth_token(TOKEN)
        .unwrap()
        .file(file)
        .unwrap();
    album.debug(&v3_call);
    let prepared = merchant.prepare_v3(&v3_call, "nonce-0123456789", now).unwrap();
    album.debug(&prepared);
    album.debug(&prepared.finish(&[7; 256]).unwrap());
    album.debug(&merchant.request_v3(&v3_call, "nonce-0123456789", now).unwrap());
    let window = Duration::from_secs(600);
    album.debug(&v3::Freshness { now, window });
    album.debug(&merchant.open_v3(&v3_answer(world), None).unwrap());

    let body = world.notification();
    let verified = merchant.verify_notify(body.as_bytes()).unwrap();
    album.debug(&verified);
    album.debug(&verified.variant());
    album.debug(&wire::NotifyVariant::from(verified.variant()));
    let query = world.form(&[
        ("app_id", APP_ID),
        ("out_trade_no", NUMBER),
        ("buyer_id", BUYER),
        ("auth_app_token", TOKEN),
    ]);
    album.debug(&merchant.verify_return(&query).unwrap());
    let node = format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","buyer":"{LOGON}"}}"#);
    let node = world.response("alipay.trade.app.pay", &node).body;
    album.debug(
        &merchant
            .verify_app_result(std::str::from_utf8(&node).unwrap())
            .unwrap(),
    );
    album.debug(&Expected {
        out_trade_no: NUMBER,
        total_amount: AMOUNT.parse().unwrap(),
        seller_id: Some(BUYER),
        seller_email: Some(LOGON),
        app_id: APP_ID,
    });
}

/// An answer over v3 about the planted buyer, signed.
pub(crate) fn v3_answer(world: &World) -> alipay_core::http::HttpResponse {
    let body = paid_node();
    let sign = world.sign(&format!("{START}\nnonce-0123456789\n{body}\n"));
    let headers = [
        ("alipay-timestamp", START.to_string()),
        ("alipay-nonce", "nonce-0123456789".into()),
        ("alipay-signature", sign),
    ];
    alipay_core::http::HttpResponse {
        headers: headers.map(|(name, value)| (name.into(), value)).to_vec(),
        ..response(body)
    }
}

pub(crate) fn diagnoses(world: &World, album: &mut Album) {
    let merchant = &world.merchant;
    let hints = Hints {
        own_public_key: Some(world.key.public_key().clone()),
        seller_id: None,
        max_hashes: Some(2000),
    };
    album.debug(&hints);
    let body = world.notification();
    let spoilt = [
        body.replace("%40", "+"),
        body.replace(BUYER, "2088101117955612"),
        format!("{body}&buyer={LOGON}"),
    ];
    for body in spoilt.iter().chain([&body, &CODE.to_owned()]) {
        let diagnosis = merchant.diagnose_notify(body.as_bytes(), &hints);
        album.debug(&diagnosis);
        for finding in &diagnosis.findings {
            album.debug(finding);
            album.debug(&finding.cause);
        }
        let told = wire::operation::diagnose::Diagnosis::from(diagnosis);
        album.text("Diagnosis as JSON", serde_json::to_string(&told).unwrap());
        told.findings.iter().for_each(|finding| album.debug(finding));
        album.debug(&told);
    }
    let prepared = merchant.prepare(&pay_call(), world.now()).unwrap();
    let ours = prepared.string_to_sign().into_owned();
    let changed = [
        ours.replace(CODE, "28763443825664395"),
        ours.replace(BUYER, LOGON),
        ours.replace(TOKEN, CODE),
        ours.replace("utf-8", "gbk"),
    ];
    for changed in changed.iter().chain([&ours]) {
        let diagnosis =
            diagnose::diagnose_request(&ours, &format!("验签出错,网关生成的验签字符串为：{changed}"));
        album.debug(&diagnosis);
        diagnosis
            .differences
            .iter()
            .for_each(|difference| album.debug(difference));
        let told = wire::operation::diagnose::RequestDiagnosis::from(diagnosis);
        album.text("RequestDiagnosis as JSON", serde_json::to_string(&told).unwrap());
        told.differences
            .iter()
            .for_each(|difference| album.debug(difference));
        album.debug(&told);
    }
}

/// A payment from its first step to its end, shown at each.
pub(crate) struct Shown<'a> {
    pub(crate) world: &'a World,
    pub(crate) payment: Payment,
    pub(crate) now: Timestamp,
}

impl Shown<'_> {
    fn look(&self, album: &mut Album) {
        album.debug(&self.payment);
        album.debug(&self.payment.phase());
        album.debug(self.payment.policy());
        if let Some(heard) = self.payment.heard() {
            album.debug(heard);
            heard.problem.iter().for_each(|problem| album.debug(problem));
            let told = wire::Heard::from(heard);
            album.text("Heard as JSON", serde_json::to_string(&told).unwrap());
            album.debug(&told);
        }
        if let Some(outcome) = self.payment.outcome() {
            album.debug(outcome);
            if let Outcome::Paid { trade, .. } = outcome {
                album.debug(trade);
            }
            let told = wire::Outcome::from(outcome.clone()).redacted();
            album.text("Outcome as JSON, redacted", serde_json::to_string(&told).unwrap());
        }
    }

    /// The next output that is no timer.
    fn next(&mut self, album: &mut Album) -> Output {
        loop {
            let output = self.payment.poll_output(self.now);
            self.look(album);
            album.debug(&output);
            let told = wire::Output::from(output.clone()).redacted();
            album.text("Output as JSON, redacted", serde_json::to_string(&told).unwrap());
            // Until pay may have left, what is stored is the order, with its code.
            if self.payment.phase() != Phase::Ready {
                album.text("snapshot", String::from_utf8(self.payment.snapshot()).unwrap());
            }
            match output {
                Output::Timeout { at, wake } => {
                    album.debug(&wake);
                    self.now = at;
                }
                Output::Sign(sign) => {
                    album.debug(&sign);
                    let signature = self.world.merchant.sign(&sign.message, sign.sign_type).unwrap();
                    self.give(
                        album,
                        Input::Signature {
                            id: sign.id,
                            signature: &signature,
                        },
                    );
                }
                Output::Save => {}
                other => return other,
            }
        }
    }

    fn give(&mut self, album: &mut Album, input: Input<'_>) {
        album.debug(&input);
        // A payment that is over takes no more; that is shown too.
        if let Err(error) = self.payment.handle_input(input, self.now) {
            album.display(&error);
        }
        self.look(album);
    }

    /// Answers each request by `answer`, until the outcome.
    fn run(
        &mut self,
        album: &mut Album,
        answer: impl Fn(&World, &str) -> Option<alipay_core::http::HttpResponse>,
    ) {
        for _ in 0..100 {
            match self.next(album) {
                Output::Request(request) => {
                    album.debug(&request);
                    album.debug(&request.id);
                    album.debug(&request.kind);
                    album.debug(&request.http);
                    match answer(self.world, request.kind.as_str()) {
                        Some(response) => {
                            let id = request.id;
                            self.give(
                                album,
                                Input::Response {
                                    id,
                                    response: &response,
                                    reset: false,
                                },
                            );
                        }
                        None => self.give(
                            album,
                            Input::Failure {
                                id: request.id,
                                failure: Failure::MaybeSent,
                            },
                        ),
                    }
                }
                _ => return,
            }
        }
        panic!("no outcome");
    }
}

fn queried_node() -> String {
    paid_node().replacen('{', r#"{"trade_status":"TRADE_SUCCESS","#, 1)
}

fn refusal(code: &str, sub_code: &str) -> String {
    format!(
        r#"{{"code":"{code}","msg":"Failed","sub_code":"{sub_code}","sub_msg":"验签出错,网关生成的验签字符串为：biz_content={{\"auth_code\":\"{CODE}\",\"buyer_id\":\"{BUYER}\"}}&app_auth_token={TOKEN}"}}"#
    )
}

pub(crate) fn payments(world: &World, album: &mut Album) {
    type Answers = fn(&World, &str) -> Option<alipay_core::http::HttpResponse>;
    let stories: &[Answers] = &[
        |world, kind| Some(world.response(&format!("alipay.trade.{kind}"), &paid_node())),
        |world, kind| {
            Some(world.response(
                &format!("alipay.trade.{kind}"),
                &refusal("40002", "isv.invalid-signature"),
            ))
        },
        |world, kind| {
            Some(world.response(
                &format!("alipay.trade.{kind}"),
                &refusal("20000", "isp.unknow-error"),
            ))
        },
        |world, kind| {
            Some(world.response(
                &format!("alipay.trade.{kind}"),
                &paid_node().replace(AMOUNT, "88.89"),
            ))
        },
        |world, kind| {
            Some(world.response(
                &format!("alipay.trade.{kind}"),
                &format!(
                    r#"{{"code":"40004","msg":"Failed","sub_code":"ACQ.PAYMENT_FAIL","display_message":"请重试 {CODE}","sub_msg":"支付码{CODE}无效"}}"#
                ),
            ))
        },
        |world, kind| {
            Some(world.response(
                &format!("alipay.trade.{kind}"),
                &format!(r#"{{"code":"40005","msg":"Failed","sub_code":"isv.{CODE}","sub_msg":"支付码{CODE}无效"}}"#),
            ))
        },
        |_, _| Some(response(paid_node())),
        |_, _| None,
    ];
    for external in [false, true] {
        for story in stories {
            let merchant = if external {
                Arc::new(world.merchant.delegated())
            } else {
                Arc::clone(&world.merchant)
            };
            let order = api::TradePayRequest::from_json(pay_call().biz_content()).unwrap();
            let now = world.now();
            let payment = Payment::new(merchant, order, Policy::default(), Start::default(), now).unwrap();
            let mut shown = Shown { world, payment, now };
            shown.look(album);
            shown.run(album, story);
            let verified = world
                .merchant
                .verify_notify(world.notification().as_bytes())
                .unwrap();
            shown.give(album, Input::Notify(&verified));
            shown.give(album, Input::Cancel);
            // A notification that contradicts the outcome is asked about, and the answer told.
            if let Output::Request(request) = shown.next(album) {
                let response = world.response("alipay.trade.query", &queried_node());
                let id = request.id;
                let input = Input::Response {
                    id,
                    response: &response,
                    reset: true,
                };
                shown.give(album, input);
                if let Output::News(news) = shown.next(album) {
                    album.debug(&news);
                }
            }
            shown.give(album, Input::GiveUp);
            let restored = Payment::restore(
                Arc::clone(&world.merchant),
                &shown.payment.snapshot(),
                Restored::default(),
                shown.now,
            )
            .unwrap();
            album.debug(&restored);
        }
    }
    let inputs = [
        json!({"type":"response","id":1,"status":200,"headers":[["x", "y"]],"body":wire::Bytes(paid_node().into())}),
        json!({"type":"notify","body":wire::Bytes(world.notification().into())}),
        json!({"type":"signature","id":1,"signature":wire::Bytes(CODE.into())}),
    ];
    for input in inputs {
        album.debug(&serde_json::from_value::<wire::Input>(input).unwrap());
    }
    // The reasons of outcomes that no story above came to.
    album.debug(&Failure::MaybeSent);
    album.debug(&News::NotKnown);
    album.debug(&Start::default());
    album.debug(&Restored::default());
    album.debug(&wire::Start::default());
    album.debug(&wire::Restored::default());
    album.debug(&alipay_core::payment::ConflictReason::AmountDiffers);
    album.debug(&alipay_core::payment::DeclineReason::Refused);
    album.debug(&alipay_core::payment::UnresolvedReason::CancelExhausted);
    let error = Error::about(ErrorCode::AuthCode, "auth_code");
    album.display(&error);
    album.debug(&wire::ErrorReport::from(&error));
}
