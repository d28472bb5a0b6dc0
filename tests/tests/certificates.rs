//! Certificates made by OpenSSL: their SNs, their chains, and every byte of them; contents that nobody encrypted.

use alipay_core::{
    ErrorCode, Merchant, Payment, Timestamp,
    api::TradePayRequest,
    cert::{Certificate, Certificates, app_cert_sn, download, root_cert_sn},
    charset::Charset,
    cipher::ContentKey,
    form,
    http::HttpResponse,
    id::AuthCode,
    key::PrivateKey,
    payment::{Input, Outcome, Output, Policy, Problem, Request, RequestKind, Restored, Start},
    v3,
    wire::engine,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use conformance::{openssl::Workshop, vectors};
use proptest::prelude::*;
use std::{
    fs,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// A root, an authority and two certificates of its, with OpenSSL's own 160-bit serial numbers.
struct Authority {
    workshop: Workshop,
}

impl Authority {
    fn new() -> Self {
        let workshop = Workshop::new();
        let extensions = "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
            [entity]\nkeyUsage=critical,digitalSignature\n";
        workshop.write("extensions.cnf", extensions);
        for name in ["root", "class2", "app", "alipay"] {
            workshop.rsa_key(&format!("{name}.key"), 2048);
            workshop.write(
                &format!("{name}.cnf"),
                format!(
                    "[req]\nprompt=no\nutf8=yes\nstring_mask=utf8only\ndistinguished_name=dn\n[dn]\nC=CN\n\
                    O=浙江, \\\"网络\\\" <技术>\nOU=a\\+b\\\\c;d\nstreet=西湖\nDC=example\nCN={name} 1\n"
                ),
            );
            workshop.openssl(&format!(
                "req -new -key {name}.key -config {name}.cnf -out {name}.csr"
            ));
        }
        // Alipay's next one: another key, the same subject.
        workshop.rsa_key("next.key", 2048);
        workshop.openssl("req -new -key next.key -config alipay.cnf -out next.csr");
        let sign = "x509 -req -days 30 -extfile extensions.cnf";
        workshop.openssl(&format!(
            "{sign} -extensions ca -in root.csr -signkey root.key -out root.pem"
        ));
        for (name, by, kind) in [
            ("class2", "root", "ca"),
            ("app", "class2", "entity"),
            ("alipay", "class2", "entity"),
            ("next", "class2", "entity"),
        ] {
            workshop.openssl(&format!(
                "{sign} -extensions {kind} -in {name}.csr -CA {by}.pem -CAkey {by}.key -out {name}.pem"
            ));
        }
        Self { workshop }
    }

    fn get() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(Self::new)
    }

    fn pem(&self, name: &str) -> Vec<u8> {
        self.workshop.read(&format!("{name}.pem"))
    }

    fn merchant(&self) -> Merchant {
        let certificates =
            Certificates::parse(self.pem("app"), self.pem("alipay"), self.pem("root")).unwrap();
        let key = PrivateKey::parse(self.workshop.read("app.key")).unwrap();
        Merchant::builder_with_certificates("2014072300007148", certificates)
            .private_key(key)
            .build()
            .unwrap()
    }

    /// The middle of the certificates' days.
    fn now(&self) -> Timestamp {
        let (from, until) = Certificate::parse(self.pem("alipay")).unwrap().validity();
        Timestamp::from_unix_ms(from.midpoint(until)).unwrap()
    }
}

/// What `openssl x509 -nameopt` prints, without its own words in front.
fn printed(authority: &Authority, name: &str, what: &str) -> String {
    let options = "-nameopt esc_2253,utf8,dump_nostr,dump_unknown,dump_der,sep_comma_plus,dn_rev,sname";
    let out = authority
        .workshop
        .openssl(&format!("x509 -in {name}.pem -noout {what} {options}"));
    let text = String::from_utf8(out).unwrap();
    text.trim_end().split_once('=').unwrap().1.to_owned()
}

#[test]
fn an_sn_is_what_openssl_makes_of_issuer_and_serial() {
    let authority = Authority::get();
    for name in ["root", "class2", "app", "alipay"] {
        let certificate = Certificate::parse(authority.pem(name)).unwrap();
        let (issuer, serial) = (
            printed(authority, name, "-issuer"),
            printed(authority, name, "-serial"),
        );
        // OpenSSL calls STREET by a lower-case name; the rest it writes as Java does.
        let issuer = issuer.replace("street=", "STREET=");
        assert_eq!(certificate.issuer(), issuer);
        assert!(certificate.issuer().contains("浙江\\, "), "{issuer}");
        authority.workshop.write(
            "digits",
            format!("{}{}", certificate.issuer(), certificate.serial()),
        );
        assert_eq!(hexadecimal(&certificate.serial()), serial);
        let digest = String::from_utf8(authority.workshop.openssl("dgst -md5 -r digits")).unwrap();
        assert_eq!(certificate.sn(), digest[..32]);
        assert_eq!(app_cert_sn(authority.pem(name)).unwrap(), certificate.sn());
    }
    assert_eq!(
        root_cert_sn(authority.pem("root")).unwrap(),
        app_cert_sn(authority.pem("root")).unwrap()
    );
}

/// Decimal digits in hexadecimal, by repeated division: the other way round than the code under test.
fn hexadecimal(decimal: &str) -> String {
    let mut digits: Vec<u8> = decimal.bytes().map(|b| b - b'0').collect();
    let mut nibbles = Vec::new();
    while digits.iter().any(|digit| *digit > 0) {
        let mut rest = 0;
        for digit in &mut digits {
            let value = rest * 10 + *digit;
            (*digit, rest) = (value / 16, value % 16);
        }
        nibbles.push(char::from_digit(rest.into(), 16).unwrap().to_ascii_uppercase());
    }
    if nibbles.len() % 2 == 1 {
        nibbles.push('0');
    }
    nibbles.iter().rev().collect()
}

#[test]
fn a_chain_that_openssl_verifies_is_accepted() {
    let authority = Authority::get();
    authority
        .workshop
        .openssl("verify -CAfile root.pem -untrusted class2.pem alipay.pem");
    let file = [authority.pem("alipay"), authority.pem("class2")].concat();
    let merchant = authority.merchant();
    let more = merchant.with_alipay_certificate(&file, authority.now()).unwrap();
    assert_eq!(
        more.certificates().unwrap().alipay_cert_sns().count(),
        1,
        "it was known before"
    );
    let next = [authority.pem("next"), authority.pem("class2")].concat();
    let more = merchant.with_alipay_certificate(&next, authority.now()).unwrap();
    assert_eq!(more.certificates().unwrap().alipay_cert_sns().count(), 2);
    // The same authority signed the merchant's own, as it signs every merchant's: none of them is Alipay.
    let app = [authority.pem("app"), authority.pem("class2")].concat();
    let refused = merchant.with_alipay_certificate(&app, authority.now());
    assert_eq!(refused.unwrap_err().code(), ErrorCode::CertSubject);
    let alone = merchant.with_alipay_certificate(authority.pem("alipay"), authority.now());
    assert_eq!(alone.unwrap_err().code(), ErrorCode::CertChain);
}

/// A certificate with one bit of any byte changed is never accepted, and never panics.
#[test]
fn every_byte_of_a_certificate_counts() {
    let authority = Authority::get();
    let merchant = authority.merchant();
    let now = authority.now();
    let der = Certificate::parse(authority.pem("alipay"))
        .unwrap()
        .to_der()
        .to_vec();
    let class2 = authority.pem("class2");
    let pem = |der: &[u8]| {
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let text = format!("{begin}{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
        [text.into_bytes(), class2.clone()].concat()
    };
    assert!(merchant.with_alipay_certificate(pem(&der), now).is_ok());
    for at in 0..der.len() {
        for change in [0x01, 0x80] {
            let mut der = der.clone();
            der[at] ^= change;
            assert!(
                merchant.with_alipay_certificate(pem(&der), now).is_err(),
                "byte {at} changed by {change:#x}"
            );
        }
    }
}

#[test]
fn swapped_certificates_are_noticed() {
    let authority = Authority::get();
    let own = Certificates::parse(authority.pem("app"), authority.pem("app"), authority.pem("root")).unwrap();
    let built = Merchant::builder_with_certificates("2014072300007148", own).build();
    assert_eq!(built.unwrap_err().code(), ErrorCode::KeyIsOwn);
}

#[test]
fn debug_shows_neither_keys_nor_contents() {
    let key = "vEARwBsVE8dBrk0tiaNQtQ==";
    let content_key = ContentKey::parse(key).unwrap();
    let raw = format!("{:?}", STANDARD.decode(key).unwrap());
    let merchant = Authority::get().merchant();
    let certificates = merchant.certificates().unwrap().clone();
    let builder = Merchant::builder_with_certificates("2014072300007148", certificates)
        .content_key(content_key.clone())
        .app_auth_token("planted");
    let call = v3::Call::new(v3::Method::Post, "/v3/a?b=planted", r#"{"auth_code":"planted"}"#).unwrap();
    let file =
        alipay_core::multipart::File::new("f", "planted.png", "image/png", b"planted".to_vec()).unwrap();
    let prepared = merchant
        .prepare_v3(&call, "12345678", Timestamp::UNIX_EPOCH)
        .unwrap();
    let request = merchant
        .request_v3(&call, "12345678", Timestamp::UNIX_EPOCH)
        .unwrap();
    let response = HttpResponse {
        status: 500,
        headers: vec![("alipay-nonce".into(), "planted".into())],
        body: br#"{"message":"planted"}"#.to_vec(),
    };
    let answer = merchant.open_v3(&response, None).unwrap();
    let shown = format!(
        "{content_key:?} {builder:?} {:?} {call:?} {file:?} {prepared:?} {request:?} {response:?} {answer:?}",
        builder.clone().build().unwrap()
    );
    for secret in ["planted", key, &raw] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #[test]
    fn files_that_are_no_certificates_never_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        junk in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let bundle = fs::read(vectors::directory().join("certs/alipay_root_bundle.pem")).unwrap();
        let mut changed = bundle.clone();
        for (at, byte) in edits {
            let at = at.index(changed.len());
            changed[at] = byte;
        }
        changed.truncate(cut.index(changed.len()) + 1);
        let mut der = Certificate::parse(&bundle).unwrap().to_der().to_vec();
        der.truncate(cut.index(der.len()) + 1);
        for input in [changed, der, junk] {
            if let Ok(certificates) = Certificate::parse_bundle(&input) {
                for certificate in certificates {
                    prop_assert_eq!(certificate.sn().len(), 32);
                    let _ = (certificate.subject(), certificate.validity(), certificate.public_key());
                }
            }
        }
    }

    #[test]
    fn contents_read_back_as_they_were_and_others_never_panic(
        key in any::<[u8; 16]>(),
        content in prop::collection::vec(any::<u8>(), 0..80),
        junk in "[A-Za-z0-9+/]{0,64}={0,2}",
    ) {
        let key = ContentKey::parse(STANDARD.encode(key)).unwrap();
        let encrypted = key.encrypt(&content);
        prop_assert_eq!(STANDARD.decode(&encrypted).unwrap().len(), (content.len() / 16 + 1) * 16);
        prop_assert_eq!(key.decrypt(&encrypted).unwrap(), content);
        let _ = key.decrypt(&junk);
    }

    /// Nothing that Alipay did not sign is ever a success over v3.
    #[test]
    fn an_unsigned_v3_response_is_never_a_success(
        status in prop_oneof![Just(200_u16), Just(404), any::<u16>()],
        names in prop::collection::vec("(alipay-(sn|nonce|timestamp|signature|encrypt-type)|x)", 0..6),
        value in prop_oneof!["[0-9]{1,13}", "[A-Za-z0-9+/]{4}", "\\PC{0,12}"],
        body in prop_oneof!["\\{\"code\":\"[A-Z]{1,5}\",\"message\":\"\\}?\"", "\\PC{0,30}", Just("{}".to_owned())],
    ) {
        let headers = names.into_iter().map(|name| (name, value.clone())).collect();
        let response = HttpResponse { status, headers, body: body.into_bytes() };
        if let Ok(answer) = Authority::get().merchant().open_v3(&response, None) {
            prop_assert!(!answer.is_verified() && !answer.is_success());
        }
    }
}

/// The machine neither knows nor cares: certificates, encryption and a charset belong to the merchant.
#[test]
fn a_payment_runs_with_certificates_and_encryption() {
    let authority = Authority::get();
    let key = ContentKey::parse("vEARwBsVE8dBrk0tiaNQtQ==").unwrap();
    let certificates = Certificates::parse(
        authority.pem("app"),
        authority.pem("alipay"),
        authority.pem("root"),
    )
    .unwrap();
    let sn = certificates.alipay_cert_sns().next().unwrap().to_owned();
    let merchant = Merchant::builder_with_certificates("2014072300007148", certificates)
        .private_key(PrivateKey::parse(authority.workshop.read("app.key")).unwrap())
        .content_key(key.clone())
        .build()
        .unwrap();
    let auth_code = AuthCode::new("28763443825664394").unwrap();
    let order = TradePayRequest::bar_code("20150320010101001", auth_code, "88.88".parse().unwrap(), "面");
    let now = authority.now();
    let mut payment = Payment::new(
        Arc::new(merchant),
        order,
        Policy::default(),
        Start::default(),
        now,
    )
    .unwrap();
    let Output::Request(request) = payment.poll_output(now) else {
        panic!("a request")
    };
    let fields = form::decode(&request.http.body).unwrap();
    let field = |name: &str| {
        let found = fields.iter().find(|(known, _)| known == name.as_bytes());
        String::from_utf8(found.unwrap().1.clone()).unwrap()
    };
    assert_eq!(field("encrypt_type"), "AES");
    let sent = String::from_utf8(key.decrypt(&field("biz_content")).unwrap()).unwrap();
    assert!(sent.contains("28763443825664394"), "{sent}");
    let paid = r#"{"code":"10000","msg":"Success","out_trade_no":"20150320010101001","trade_no":"2013112011001004330000121536","total_amount":"88.88","receipt_amount":"88.88"}"#;
    let node = format!("\"{}\"", key.encrypt(paid.as_bytes()));
    authority.workshop.write("node", &node);
    let signature = authority.workshop.openssl("dgst -sha256 -sign alipay.key node");
    let body = format!(
        r#"{{"alipay_trade_pay_response":{node},"alipay_cert_sn":"{sn}","sign":"{}"}}"#,
        STANDARD.encode(signature)
    );
    let response = HttpResponse {
        status: 200,
        headers: Vec::new(),
        body: body.into_bytes(),
    };
    let input = Input::Response {
        id: request.id,
        response: &response,
        reset: false,
    };
    payment.handle_input(input, now).unwrap();
    assert!(matches!(payment.outcome(), Some(Outcome::Paid { .. })));
}

const NUMBER: &str = "20150320010101001";

impl Authority {
    /// A response with this node, signed with `name`'s key.
    fn response(&self, method: &str, node: &str, name: &str) -> HttpResponse {
        // Tests run beside each other.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let file = format!("{}.node", COUNT.fetch_add(1, Ordering::Relaxed));
        self.workshop.write(&file, node);
        let signature = self
            .workshop
            .openssl(&format!("dgst -sha256 -sign {name}.key {file}"));
        let (sn, method) = (app_cert_sn(self.pem(name)).unwrap(), method.replace('.', "_"));
        let sign = STANDARD.encode(signature);
        let body = format!(r#"{{"{method}_response":{node},"alipay_cert_sn":"{sn}","sign":"{sign}"}}"#);
        HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: body.into_bytes(),
        }
    }

    /// `merchant`, believing what the gateway's answer to a download brings.
    fn learn(&self, merchant: &Merchant, sn: &str) -> Arc<Merchant> {
        assert_eq!(
            download(sn).unwrap().biz_content(),
            format!(r#"{{"alipay_cert_sn":"{sn}"}}"#)
        );
        let file = [self.pem("next"), self.pem("class2")].concat();
        let node = format!(
            r#"{{"code":"10000","msg":"Success","alipay_cert_content":"{}"}}"#,
            STANDARD.encode(file)
        );
        let response = self.response("alipay.open.app.alipaycert.download", &node, "next");
        let (more, _) = merchant
            .with_downloaded_certificate(sn, &response, self.now())
            .unwrap();
        Arc::new(more)
    }
}

/// A payment, its clock, and how often it paid.
struct Till {
    payment: Payment,
    now: Timestamp,
    pays: u32,
}

impl Till {
    fn new(merchant: Arc<Merchant>, now: Timestamp, subject: &str) -> Self {
        let auth_code = AuthCode::new("28763443825664394").unwrap();
        let order = TradePayRequest::bar_code(NUMBER, auth_code, "88.88".parse().unwrap(), subject);
        let payment = Payment::new(merchant, order, Policy::default(), Start::default(), now).unwrap();
        Self {
            payment,
            now,
            pays: 0,
        }
    }

    /// The next request, however long it takes.
    fn next(&mut self) -> Request {
        loop {
            match self.payment.poll_output(self.now) {
                Output::Request(request) => {
                    self.pays += u32::from(request.kind == RequestKind::Pay);
                    return request;
                }
                Output::Timeout { at, .. } => self.now = at,
                Output::Save => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn answer(&mut self, request: &Request, response: &HttpResponse) {
        let id = request.id;
        let input = Input::Response {
            id,
            response,
            reset: false,
        };
        self.payment.handle_input(input, self.now).unwrap();
    }
}

fn paid_node() -> String {
    format!(
        r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}","trade_no":"2013112011001004330000121536","total_amount":"88.88","receipt_amount":"88.88"}}"#
    )
}

fn queried_node(paid_at: Timestamp) -> String {
    let date = paid_at.to_beijing();
    paid_node().replacen(
        '{',
        &format!(r#"{{"trade_status":"TRADE_SUCCESS","send_pay_date":"{date}","#),
        1,
    )
}

#[test]
fn a_payment_goes_on_with_a_certificate_that_came_later_and_pays_once() {
    let authority = Authority::get();
    let merchant = Arc::new(authority.merchant());
    for crash in [false, true] {
        let mut till = Till::new(Arc::clone(&merchant), authority.now(), "面");
        let pay = till.next();
        till.answer(
            &pay,
            &authority.response("alipay.trade.pay", &paid_node(), "next"),
        );
        // Nothing of it is believed, and who can help is told what to look for.
        let heard = till.payment.heard().unwrap().clone();
        assert_eq!(
            heard.problem,
            Some(Problem::Untrusted(ErrorCode::AlipayCertUnknown))
        );
        assert!(!heard.verified && heard.code.is_none() && till.payment.outcome().is_none());
        let sn = app_cert_sn(authority.pem("next")).unwrap();
        assert_eq!(heard.alipay_cert_sn.as_deref(), Some(&*sn));
        // So it stays as long as nobody does.
        let query = till.next();
        assert_eq!(query.kind, RequestKind::Query);
        let paid = authority.response("alipay.trade.query", &queried_node(till.now), "next");
        till.answer(&query, &paid);
        assert!(till.payment.outcome().is_none());

        let more = authority.learn(&merchant, &sn);
        if crash {
            let snapshot = till.payment.snapshot();
            till.payment = Payment::restore(more, &snapshot, Restored::default(), till.now).unwrap();
        } else {
            till.payment.set_merchant(more).unwrap();
        }
        let query = till.next();
        assert_eq!(query.kind, RequestKind::Query);
        till.answer(&query, &paid);
        let outcome = till.payment.outcome();
        assert!(
            matches!(outcome, Some(Outcome::Paid { late: true, .. })),
            "{outcome:?}"
        );
        assert_eq!(till.payment.heard().unwrap().alipay_cert_sn, None);
        assert_eq!(till.pays, 1);
    }
}

#[test]
fn a_payment_keeps_its_merchant_if_the_other_is_not_the_same_one() {
    let authority = Authority::get();
    let certificates = authority.merchant().certificates().unwrap().clone();
    let builder = |app_id: &str| {
        Merchant::builder_with_certificates(app_id, certificates.clone())
            .private_key(PrivateKey::parse(authority.workshop.read("app.key")).unwrap())
    };
    let own = "2014072300007148";
    let mut till = Till::new(Arc::new(builder(own).build().unwrap()), authority.now(), "🍜");
    for (other, code) in [
        (builder("2014072300007149"), ErrorCode::SnapshotMerchant),
        (
            builder(own).gateway("https://example.com/gateway.do"),
            ErrorCode::SnapshotGateway,
        ),
        (
            builder(own).app_auth_token("another"),
            ErrorCode::SnapshotMerchant,
        ),
        // Pay has not left, and can't be written so.
        (builder(own).charset(Charset::Gbk), ErrorCode::CharsetUnmappable),
    ] {
        let refused = till.payment.set_merchant(Arc::new(other.build().unwrap()));
        assert_eq!(refused.unwrap_err().code(), code);
    }
    let pay = till.next();
    assert!(pay.http.url.ends_with("?charset=utf-8"));
    till.answer(
        &pay,
        &authority.response("alipay.trade.pay", &paid_node(), "alipay"),
    );
    assert!(matches!(till.payment.outcome(), Some(Outcome::Paid { .. })));
}

#[test]
fn only_an_unknown_certificate_is_named_and_only_if_it_can_be_one() {
    let authority = Authority::get();
    let genuine = authority.response("alipay.trade.pay", &paid_node(), "alipay");
    let known = app_cert_sn(authority.pem("alipay")).unwrap();
    let body = String::from_utf8(genuine.body).unwrap();
    for (body, problem) in [
        (body.replace(&known, "PLANTED 1&2"), ErrorCode::AlipayCertUnknown),
        (body.replace("88.88", "0.01"), ErrorCode::SignatureInvalid),
        ("<html>".into(), ErrorCode::ResponseNotJson),
    ] {
        let mut till = Till::new(Arc::new(authority.merchant()), authority.now(), "面");
        let pay = till.next();
        let response = HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: body.into_bytes(),
        };
        till.answer(&pay, &response);
        let heard = till.payment.heard().unwrap();
        assert_eq!(heard.problem, Some(Problem::Untrusted(problem)));
        assert_eq!(heard.alipay_cert_sn, None);
    }
}

/// What the bindings give the core, and get from it.
#[test]
fn a_binding_s_payment_goes_on_with_a_merchant_that_has_the_certificate() {
    let authority = Authority::get();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let mut options = serde_json::json!({
        "appId": "2014072300007148",
        "privateKey": text(authority.workshop.read("app.key")),
        "appCertificate": text(authority.pem("app")),
        "alipayCertificate": text(authority.pem("alipay")),
        "rootCertificate": text(authority.pem("root")),
    });
    let merchant = engine::Merchant::new(&options.to_string()).unwrap();
    let order = format!(
        r#"{{"out_trade_no":"{NUMBER}","scene":"bar_code","auth_code":"28763443825664394","total_amount":"88.88","subject":"x"}}"#
    );
    #[allow(clippy::cast_precision_loss, reason = "a time of today")]
    let now = |later_ms: i64| (authority.now().unix_ms() + later_ms) as f64;
    let mut payment = engine::Payment::new(&merchant, &order, "{}", "{}", 1, now(0)).unwrap();
    let json = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
    let pay = json(payment.poll(now(0)).unwrap());
    assert_eq!(pay["kind"], "pay");
    let answer = authority.response("alipay.trade.pay", &paid_node(), "next");
    payment.response(1, 200, "", answer.body, false, now(0)).unwrap();
    let heard = json(payment.state().unwrap())["heard"].clone();
    let sn = app_cert_sn(authority.pem("next")).unwrap();
    assert_eq!(
        (&heard["problem"], &heard["alipayCertSn"]),
        (&"alipay_cert_unknown".into(), &sn.into())
    );

    options["furtherAlipayCertificates"] = serde_json::json!([text(authority.pem("next"))]);
    let more = engine::Merchant::new(&options.to_string()).unwrap();
    payment.set_merchant(&more).unwrap();
    let query = json(payment.poll(now(2_000)).unwrap());
    assert_eq!(query["kind"], "query");
    let node = queried_node(authority.now());
    let answer = authority.response("alipay.trade.query", &node, "next");
    payment
        .response(2, 200, "", answer.body, false, now(2_000))
        .unwrap();
    let done = json(payment.poll(now(2_000)).unwrap());
    assert_eq!(done["outcome"]["type"], "paid");

    options["appId"] = "2014072300007149".into();
    let another = engine::Merchant::new(&options.to_string()).unwrap();
    let refused = payment.set_merchant(&another).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::SnapshotMerchant);
}
