//! Every cause, by at least five generated messages that it explains: one table, and none may be missing in it.
#![cfg(all(feature = "gbk", feature = "normalization"))]
#![allow(missing_docs)]

#[path = "harness/diagnosing.rs"]
mod diagnosing;
#[path = "harness/signed_message.rs"]
mod signed_message;

use alipay_core::{
    Merchant,
    charset::Charset,
    diagnose::{Cause, Diagnosis, Hints, Proof, Verdict, diagnose_request},
    form,
    http::HttpResponse,
    key::{PrivateKey, PublicKey},
    sign::{SignType, Signer, pure::PureSigner, to_base64},
    wire::MerchantOptions,
};
use diagnosing::{decoded, drop, encoded, merchant, repaired, utf8_as_latin1};
use rsa::pkcs1::DecodeRsaPrivateKey;
use sha2::Digest;
use signed_message::{
    ALIPAY, ALIPAY_PUBLIC, APP, Pairs, Style, V1, joined, message, set, signed, signed_bytes, signer,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// A message whose parameter was changed on the way, and what is to be found.
type Mutation = (Cause, &'static str, fn(&mut Pairs));

/// One change of one parameter each.
const MUTATIONS: &[Mutation] = &[
    (Cause::ExtraParameter, "id", |m| m.push(("id".into(), "7".into()))),
    (Cause::ExtraParameter, "_route", |m| {
        m.push(("_route".into(), "notify".into()));
    }),
    (Cause::ExtraParameter, "s", |m| {
        m.push(("s".into(), "/pay/notify".into()));
    }),
    (Cause::MissingParameter, "charset", |m| drop(m, "charset")),
    (Cause::MissingParameter, "version", |m| drop(m, "version")),
    (Cause::MissingParameter, "app_id", |m| drop(m, "app_id")),
    (Cause::MissingParameter, "trade_status", |m| {
        drop(m, "trade_status");
    }),
    (Cause::MissingParameter, "notify_type", |m| drop(m, "notify_type")),
    (Cause::DoubleDecoded, "passback_params", |m| {
        set(m, "passback_params", |v| {
            v.replace("%3D", "=").replace("%26", "&")
        });
    }),
    (Cause::NotDecoded, "subject", |m| {
        set(m, "subject", |v| form::encode([("", v)])[1..].to_owned());
    }),
    (Cause::PlusBecameSpace, "subject", |m| {
        set(m, "subject", |v| v.replace('+', " "));
    }),
    (Cause::PlusNotDecoded, "gmt_payment", |m| {
        set(m, "gmt_payment", |v| v.replace(' ', "+"));
    }),
    (Cause::HtmlEscaped, "fund_bill_list", |m| {
        set(m, "fund_bill_list", |v| {
            v.replace('&', "&amp;").replace('"', "&quot;")
        });
    }),
    (Cause::HtmlEscaped, "subject", |m| {
        set(m, "subject", |v| {
            let v = v.replace('&', "&amp;").replace('"', "&#34;");
            v.replace('<', "&lt;").replace('>', "&gt;")
        });
    }),
    (Cause::SlashesAdded, "fund_bill_list", |m| {
        set(m, "fund_bill_list", |v| v.replace('"', "\\\""));
    }),
    (Cause::Trimmed, "body", |m| {
        set(m, "body", |v| v.trim().to_owned());
    }),
    (Cause::Trimmed, "body", |m| {
        set(m, "body", |v| v.trim_start().to_owned());
    }),
    (Cause::Trimmed, "body", |m| {
        set(m, "body", |v| v.trim_end().to_owned());
    }),
    (Cause::WhitespaceAdded, "total_amount", |m| {
        set(m, "total_amount", |v| format!("{v}\n"));
    }),
    (Cause::WhitespaceAdded, "out_trade_no", |m| {
        set(m, "out_trade_no", |v| format!(" {v} "));
    }),
    (Cause::JsonRewritten, "fund_bill_list", |m| {
        set(m, "fund_bill_list", |v| {
            v.replace("\":", "\": ")
                .replace("\",", "\", ")
                .replace("},", "}, ")
        });
    }),
    (Cause::JsonRewritten, "fund_bill_list", |m| {
        set(m, "fund_bill_list", |v| v.replace('/', "\\/"));
    }),
    (Cause::JsonRewritten, "fund_bill_list", |m| {
        set(m, "fund_bill_list", |v| v.replace('é', "\\u00e9"));
    }),
    (Cause::JsonRewritten, "fund_bill_list", |m| {
        set(m, "fund_bill_list", |v| {
            v.replace('é', "\\u00E9").replace('/', "\\/")
        });
    }),
    (Cause::JsonRewritten, "fund_bill_list", |m| {
        // Keys in alphabetical order.
        set(m, "fund_bill_list", |v| {
            v.replace("\"fundChannel\":\"ALIPAYACCOUNT\",", "")
                .replace("\"fundChannel\":\"PCREDIT\",", "")
                .replace("8.80\",", "8.80\",\"fundChannel\":\"ALIPAYACCOUNT\",")
                .replace("1.00\",", "1.00\",\"fundChannel\":\"PCREDIT\",")
        });
    }),
    (Cause::JsonRewritten, "fund_bill_list", |m| {
        // Amounts as numbers.
        set(m, "fund_bill_list", |v| {
            v.replace("\"1.00\"", "1.0")
                .replace("8.80\"", "8.8")
                .replace("\"amount\":\"", "\"amount\":")
        });
    }),
    (Cause::JsonRewritten, "fund_bill_list", |m| {
        set(m, "fund_bill_list", |v| v.replace('"', "'"));
    }),
    (Cause::Utf8ReadAsLatin1, "subject", |m| {
        set(m, "subject", utf8_as_latin1);
    }),
    (Cause::ListValue, "subject", |m| {
        set(m, "subject", |v| format!("[\"{}\"]", v.replace('"', "\\\"")));
    }),
    (Cause::ListValue, "out_trade_no", |m| {
        set(m, "out_trade_no", |v| format!("[{v}]"));
    }),
    (Cause::ListValue, "total_amount", |m| {
        set(m, "total_amount", |v| format!("['{v}']"));
    }),
    (Cause::ListValue, "total_amount[0]", |m| {
        m.iter_mut()
            .filter(|(n, _)| n == "total_amount")
            .for_each(|(n, _)| n.push_str("[0]"));
    }),
    (Cause::NumberRewritten, "total_amount", |m| {
        set(m, "total_amount", |v| v.trim_end_matches('0').to_owned());
    }),
    (Cause::NameCase, "outTradeNo", |m| {
        m.iter_mut()
            .filter(|(n, _)| n == "out_trade_no")
            .for_each(|(n, _)| *n = "outTradeNo".into());
    }),
    (Cause::NameCase, "Subject", |m| {
        m.iter_mut()
            .filter(|(n, _)| n == "subject")
            .for_each(|(n, _)| *n = "Subject".into());
    }),
    (Cause::LineEnds, "body", |m| {
        set(m, "body", |v| v.replace('\n', "\r\n"));
    }),
    (Cause::SignPlusLost, "sign", |m| {
        set(m, "sign", |v| v.replace('+', " "));
    }),
    (Cause::SignRewritten, "sign", |m| {
        set(m, "sign", |v| format!("{}\r\n{}", &v[..64], &v[64..]));
    }),
    (Cause::SignRewritten, "sign", |m| {
        set(m, "sign", |v| {
            v.replace('+', "-").replace('/', "_").replace('=', "")
        });
    }),
];

/// A message and what is said of it.
struct Told {
    message: String,
    diagnosis: Diagnosis,
}

fn told(pairs: &Pairs, diagnosis: Diagnosis) -> Told {
    Told {
        message: encoded(pairs),
        diagnosis,
    }
}

fn body(merchant: &Merchant, pairs: &Pairs, hints: &Hints) -> Told {
    told(pairs, merchant.diagnose_notify(encoded(pairs).as_bytes(), hints))
}

fn signed_by(key: &str, pairs: Pairs) -> Pairs {
    let signer = PureSigner::new(&PrivateKey::parse(key).unwrap());
    let mut pairs = signed(pairs, V1);
    let sign = signer.sign(SignType::Rsa2, joined(&pairs, V1).as_bytes());
    set(&mut pairs, "sign", |_| to_base64(sign.as_ref().unwrap()));
    pairs
}

/// A key or a merchant of the vectors, which a generator of its own made.
fn vectors(name: &str) -> String {
    fs::read_to_string(format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn key(name: &str) -> String {
    vectors(&format!("keys/{name}_TEST_ONLY.pem"))
}

fn certified(name: &str) -> Merchant {
    let file: serde_json::Value = serde_json::from_str(&vectors("cert.json")).unwrap();
    let options = file["merchants"][name].to_string();
    MerchantOptions::from_json(&options).unwrap().build().unwrap()
}

/// The SNs of the two certificates of Alipay's that `knows_the_next` has; the keys are `alipay_2048` and `weak_1024`.
fn sns() -> [String; 2] {
    let merchant = certified("knows_the_next");
    let mut sns = merchant
        .certificates()
        .unwrap()
        .alipay_cert_sns()
        .map(String::from);
    [sns.next().unwrap(), sns.next().unwrap()]
}

fn naming(sn: &str, key: &str, index: usize) -> Pairs {
    let mut fields = message(index);
    fields.push(("alipay_cert_sn".into(), sn.into()));
    signed_by(key, fields)
}

/// What nothing explains: one digit of the amount.
fn altered(index: usize) -> Pairs {
    let mut pairs = signed(message(index), V1);
    set(&mut pairs, "total_amount", |v| format!("9{v}"));
    pairs
}

/// The diagnosis is of our own request: its cause is put into the same shape.
fn of_request(ours: &str, sub_msg: &str) -> Vec<Cause> {
    diagnose_request(ours, sub_msg).cause.into_iter().collect()
}

type Expected<'a> = (Cause, Verdict, Proof, &'a [&'a str], fn(usize) -> Told);

/// The causes that are not the change of one parameter.
const OTHERS: &[Expected<'_>] = &[
    (Cause::OwnKeyConfigured, Verdict::Key, Proof::Fact, &[], |index| {
        let own = PrivateKey::parse(APP).unwrap().public_key().clone();
        let mistaken = Merchant::builder("2014072300007148", own.clone())
            .build()
            .unwrap();
        let hints = Hints {
            own_public_key: Some(own),
            ..Hints::default()
        };
        body(&mistaken, &signed(message(index), V1), &hints)
    }),
    (
        Cause::SignedByOwnKey,
        Verdict::Key,
        Proof::Padding,
        &[],
        |index| body(merchant(), &signed_by(APP, message(index)), &Hints::default()),
    ),
    (
        Cause::WrongKeyOrForged,
        Verdict::Key,
        Proof::Exclusion,
        &[],
        |index| {
            body(
                merchant(),
                &signed_by(&key("other_2048"), message(index)),
                &Hints::default(),
            )
        },
    ),
    (Cause::SignatureLength, Verdict::Key, Proof::Fact, &[], |index| {
        body(
            merchant(),
            &signed_by(&key("weak_1024"), message(index)),
            &Hints::default(),
        )
    }),
    (
        Cause::AlgorithmMismatch,
        Verdict::Key,
        Proof::Padding,
        &["sign_type"],
        |index| {
            let mut pairs = signed(message(index), V1);
            set(&mut pairs, "sign_type", |_| "RSA".into());
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::AlgorithmWeak,
        Verdict::Key,
        Proof::Padding,
        &["sign_type"],
        |index| {
            let sign_type = SignType::Rsa;
            body(
                merchant(),
                &signed(message(index), Style { sign_type, ..V1 }),
                &Hints::default(),
            )
        },
    ),
    (
        Cause::AlgorithmUnknown,
        Verdict::Key,
        Proof::Padding,
        &[],
        |index| {
            let mut pairs = signed(message(index), V1);
            let alipay = PrivateKey::parse(ALIPAY).unwrap();
            let rsa = rsa::RsaPrivateKey::from_pkcs1_der(alipay.to_pkcs1_der()).unwrap();
            let digest = sha2::Sha512::digest(joined(&pairs, V1).as_bytes());
            let sha512 = rsa
                .sign(rsa::Pkcs1v15Sign::new::<sha2::Sha512>(), &digest)
                .unwrap();
            set(&mut pairs, "sign", |_| to_base64(&sha512));
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::CertUnknown,
        Verdict::Key,
        Proof::Fact,
        &["alipay_cert_sn"],
        |index| {
            let pairs = naming(&format!("{index:032x}"), &key("other_2048"), index);
            let told = body(&certified("knows_the_next"), &pairs, &Hints::default());
            assert_eq!(told.diagnosis.unknown_cert_sn, Some(format!("{index:032x}")));
            told
        },
    ),
    (
        Cause::CertOther,
        Verdict::Key,
        Proof::Padding,
        &["alipay_cert_sn"],
        |index| {
            let [first, next] = sns();
            let (named, maker) = [(first, "weak_1024"), (next, "alipay_2048")][index % 2].clone();
            body(
                &certified("knows_the_next"),
                &naming(&named, &key(maker), index),
                &Hints::default(),
            )
        },
    ),
    (
        Cause::OtherMerchant,
        Verdict::Key,
        Proof::Fact,
        &["app_id"],
        |index| {
            let mut fields = message(index);
            set(&mut fields, "app_id", |_| format!("202100000000000{index}"));
            body(
                merchant(),
                &signed_by(&key("other_2048"), fields),
                &Hints::default(),
            )
        },
    ),
    (
        Cause::OtherMerchant,
        Verdict::Verifies,
        Proof::Fact,
        &["seller_id"],
        |index| {
            let mut fields = message(index);
            fields.push(("seller_id".into(), format!("208800000000000{index}")));
            let hints = Hints {
                seller_id: Some("2088000000000009".into()),
                ..Hints::default()
            };
            body(merchant(), &signed(fields, V1), &hints)
        },
    ),
    (
        Cause::SignatureMissing,
        Verdict::Unreadable,
        Proof::Fact,
        &[],
        |index| {
            let mut pairs = signed(message(index), V1);
            drop(&mut pairs, "sign");
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::SignatureUnreadable,
        Verdict::Unreadable,
        Proof::Fact,
        &[],
        |index| {
            let mut pairs = signed(message(index), V1);
            set(&mut pairs, "sign", |sign| format!("{}…", &sign[..40]));
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::EmptyDropped,
        Verdict::Repaired,
        Proof::Digest,
        &["store_id"],
        |index| {
            let mut pairs = message(index);
            pairs.push(("store_id".into(), String::new()));
            let mut pairs = signed(pairs, Style { empty: true, ..V1 });
            drop(&mut pairs, "store_id");
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::SignTypeDropped,
        Verdict::Repaired,
        Proof::Digest,
        &["sign_type"],
        |index| {
            let mut pairs = signed(message(index), Style { v2: true, ..V1 });
            drop(&mut pairs, "sign_type");
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::HtmlUnescaped,
        Verdict::Repaired,
        Proof::Digest,
        &["fund_bill_list"],
        |index| {
            let mut fields = message(index);
            set(&mut fields, "fund_bill_list", |v| v.replace('"', "&quot;"));
            let mut pairs = signed(fields, V1);
            set(&mut pairs, "fund_bill_list", |v| v.replace("&quot;", "\""));
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::Utf8ReadAsGbk,
        Verdict::Repaired,
        Proof::Digest,
        &["subject"],
        |index| {
            // An even number of bytes of UTF-8 is read as GBK without loss.
            let mut pairs = message(index);
            set(&mut pairs, "subject", |_| {
                ["咖啡", "面包", "茶水", "中文", "好的"][index].into()
            });
            set(&mut pairs, "fund_bill_list", |_| "[]".into());
            let mut pairs = signed(pairs, V1);
            set(&mut pairs, "subject", |v| {
                encoding_rs::GBK.decode(v.as_bytes()).0.into_owned()
            });
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::GbkSigned,
        Verdict::Repaired,
        Proof::Digest,
        &["subject"],
        |index| {
            let mut pairs = message(index);
            set(&mut pairs, "subject", |_| {
                ["咖啡", "面包", "茶", "中文的", "好的"][index].into()
            });
            set(&mut pairs, "fund_bill_list", |_| "[]".into());
            let pairs = signed_bytes(pairs, V1, |text| encoding_rs::GBK.encode(text).0.into_owned());
            // Also the shop that is set up for GBK gets text where it verifies bytes.
            let gbk = Merchant::builder("2014072300007148", PublicKey::parse(ALIPAY_PUBLIC).unwrap());
            let gbk = gbk.charset(Charset::Gbk).build().unwrap();
            let given = pairs.iter().map(|(name, value)| (&**name, &**value));
            told(&pairs, gbk.diagnose_decoded(given, &Hints::default()))
        },
    ),
    (
        Cause::NullText,
        Verdict::Repaired,
        Proof::Digest,
        &["store_id"],
        |index| {
            let mut pairs = message(index);
            pairs.push(("store_id".into(), String::new()));
            let mut pairs = signed(pairs, Style { empty: true, ..V1 });
            set(&mut pairs, "store_id", |_| {
                ["null", "None", "undefined", "NULL", "nil"][index].into()
            });
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::Normalized,
        Verdict::Repaired,
        Proof::Digest,
        &["subject"],
        |index| {
            // Written by hand, so that nothing of ours decides what they are.
            let forms = [
                ("caf\u{e9}", "cafe\u{301}"),
                ("\u{fc}ber", "u\u{308}ber"),
                ("\u{ac00}", "\u{1100}\u{1161}"),
                ("\u{30ac}\u{30b9}", "\u{30ab}\u{3099}\u{30b9}"),
                ("\u{c5}ngstr\u{f6}m", "A\u{30a}ngstro\u{308}m"),
            ];
            let (composed, taken_apart) = forms[index];
            let (before, after) = if index % 2 == 0 {
                (taken_apart, composed)
            } else {
                (composed, taken_apart)
            };
            let mut pairs = message(index);
            set(&mut pairs, "subject", |_| before.into());
            let mut pairs = signed(pairs, V1);
            set(&mut pairs, "subject", |_| after.into());
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::BodyIsJson,
        Verdict::Repaired,
        Proof::Digest,
        &[],
        |index| {
            let pairs = signed(message(index), V1);
            let members: serde_json::Map<String, serde_json::Value> = pairs
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            let json = serde_json::Value::from(members).to_string();
            told(
                &pairs,
                merchant().diagnose_notify(json.as_bytes(), &Hints::default()),
            )
        },
    ),
    (
        Cause::BytesLost,
        Verdict::Altered,
        Proof::Fact,
        &["subject"],
        |index| {
            // GBK read as UTF-8, and what other programs make of that.
            let mut pairs = message(index);
            set(&mut pairs, "subject", |_| {
                ["咖啡", "面包", "茶水", "中文", "好的"][index].into()
            });
            let mut pairs = signed_bytes(pairs, V1, |text| encoding_rs::GBK.encode(text).0.into_owned());
            set(&mut pairs, "subject", |v| {
                let lost = String::from_utf8_lossy(&encoding_rs::GBK.encode(v).0).into_owned();
                match index {
                    3 => encoding_rs::GBK
                        .decode("\u{fffd}\u{fffd}".as_bytes())
                        .0
                        .into_owned(),
                    4 => utf8_as_latin1(&lost),
                    _ => lost,
                }
            });
            body(merchant(), &pairs, &Hints::default())
        },
    ),
    (
        Cause::HeaderMissing,
        Verdict::Altered,
        Proof::Fact,
        &["alipay-nonce"],
        |index| {
            let body = v3_body(index);
            let mut response = v3_answer(&body, body.as_bytes());
            response.headers.retain(|(name, _)| name != "Alipay-Nonce");
            let diagnosis = merchant().diagnose_v3_response(&response, &Hints::default());
            Told {
                message: body,
                diagnosis: diagnosis.unwrap(),
            }
        },
    ),
    (
        Cause::ContentUnknown,
        Verdict::Altered,
        Proof::Exclusion,
        &[],
        |index| body(merchant(), &altered(index), &Hints::default()),
    ),
];

#[test]
fn every_cause_has_five_messages_that_it_explains() {
    let mut explained: BTreeMap<Cause, BTreeSet<String>> = BTreeMap::new();
    let mut count = |cause, message: String| assert!(explained.entry(cause).or_default().insert(message));
    for index in 0..5 {
        for (cause, field, mutate) in MUTATIONS {
            let mut pairs = signed(message(index), V1);
            mutate(&mut pairs);
            repaired(&decoded(&pairs), &[(*cause, &[field])]);
            count(*cause, encoded(&pairs));
        }
        for (cause, verdict, proof, fields, case) in OTHERS {
            let Told { message, diagnosis } = case(index);
            assert_eq!(diagnosis.verdict, *verdict, "{cause:?}: {diagnosis:?}");
            let mut findings = diagnosis.findings.iter();
            let found = findings.find(|finding| finding.cause == *cause);
            let found = found.unwrap_or_else(|| panic!("{cause:?}: {diagnosis:?}"));
            assert_eq!(
                (
                    found.proof,
                    found.fields.iter().map(String::as_str).collect::<Vec<_>>()
                ),
                (*proof, fields.to_vec())
            );
            // Nothing is said beside it, but what follows from it.
            let beside = match cause {
                Cause::OtherMerchant if *verdict == Verdict::Key => Some(Cause::WrongKeyOrForged),
                Cause::BytesLost | Cause::HeaderMissing => Some(Cause::ContentUnknown),
                _ => None,
            };
            let others = diagnosis.findings.iter().map(|finding| finding.cause);
            assert_eq!(
                others.filter(|other| other != cause).collect::<Vec<_>>(),
                beside.as_slice()
            );
            count(*cause, message);
        }
        let ours = joined(&message(index), V1);
        let said = format!("验签出错，建议检查签名字符串，网关生成的验签字符串为：{ours}");
        assert_eq!(of_request(&ours, &said), [Cause::SameString]);
        assert_eq!(of_request(&ours, &format!("验签出错 {index}")), [Cause::NoString]);
        assert_eq!(of_request(&ours, &said.replace("version=1.0", "version=1.1")), []);
        count(Cause::SameString, said);
        count(Cause::NoString, ours);
    }
    for cause in Cause::ALL {
        let messages = explained.get(cause).map_or(0, BTreeSet::len);
        assert!(messages >= 5, "{cause:?} explains {messages} messages");
    }
}

/// A response of `alipay.trade.precreate`, signed, and its node changed afterwards.
fn answer(node: &str, sent: &[u8]) -> Vec<u8> {
    let sign = to_base64(&signer().sign(SignType::Rsa2, node.as_bytes()).unwrap());
    [
        b"{\"alipay_trade_precreate_response\":",
        sent,
        b",\"sign\":\"",
        sign.as_bytes(),
        b"\"}",
    ]
    .concat()
}

type NodeChange = (Cause, fn(&str) -> String);

#[test]
fn every_cause_of_a_response_is_told_for_five_of_them() {
    let changes: &[NodeChange] = &[
        (Cause::JsonRewritten, |node| {
            node.replace("\":", "\": ").replace(",\"", ", \"")
        }),
        (Cause::JsonRewritten, |node| node.replace("\\/", "/")),
        (Cause::JsonRewritten, |node| node.replace('茶', "\\u8336")),
        (Cause::Utf8ReadAsLatin1, |node| utf8_as_latin1(node)),
        (Cause::Utf8ReadAsGbk, |node| {
            encoding_rs::GBK.decode(node.as_bytes()).0.into_owned()
        }),
        (Cause::HtmlEscaped, |node| node.replace("'", "&#39;")),
        (Cause::PlusBecameSpace, |node| node.replace('+', " ")),
    ];
    for index in 0..5 {
        let node = format!(
            r#"{{"code":"10000","msg":"Success","out_trade_no":"2015032001010100{index}","qr_code":"https:\/\/qr.alipay.com\/bax{index}","subject":"茶叶+it's {index}"}}"#
        );
        let whole = |sent: &str| {
            let body = answer(&node, sent.as_bytes());
            merchant()
                .diagnose_response("alipay.trade.precreate", &body, &Hints::default())
                .unwrap()
        };
        assert_eq!(whole(&node).verdict, Verdict::Verifies);
        for (cause, change) in changes {
            let sent = change(&node);
            assert_ne!(sent, node);
            repaired(&whole(&sent), &[(*cause, &[])]);
        }
        let lost = whole(&node.replace("茶叶", "\u{fffd}\u{fffd}"));
        assert_eq!(lost.verdict, Verdict::Altered);
        assert_eq!(
            (lost.findings[0].cause, &*lost.findings[0].fields),
            (Cause::BytesLost, &["subject".to_owned()][..])
        );
        assert_eq!(lost.findings[1].cause, Cause::ContentUnknown);
        // GBK that was signed and became UTF-8.
        let gbk = encoding_rs::GBK.encode(&node).0.into_owned();
        let sign = to_base64(&signer().sign(SignType::Rsa2, &gbk).unwrap());
        let body = format!("{{\"alipay_trade_precreate_response\":{node},\"sign\":\"{sign}\"}}");
        let diagnosis =
            merchant().diagnose_response("alipay.trade.precreate", body.as_bytes(), &Hints::default());
        repaired(&diagnosis.unwrap(), &[(Cause::GbkSigned, &[])]);
    }
}

#[test]
fn every_configured_certificate_is_tried() {
    let both = certified("knows_the_next");
    let [first, next] = sns();
    let said = |merchant: &Merchant, pairs: &Pairs| {
        let diagnosis = merchant.diagnose_notify(encoded(pairs).as_bytes(), &Hints::default());
        let causes: Vec<_> = diagnosis.findings.iter().map(|finding| finding.cause).collect();
        (diagnosis.verdict, causes, diagnosis.unknown_cert_sn)
    };
    // Each by its own certificate.
    for (sn, name) in [(&first, "alipay_2048"), (&next, "weak_1024")] {
        assert_eq!(
            said(&both, &naming(sn, &key(name), 1)),
            (Verdict::Verifies, vec![], None)
        );
    }
    // Without a name, the first counts.
    let unnamed = signed_by(&key("weak_1024"), message(2));
    assert_eq!(
        said(&both, &unnamed),
        (Verdict::Key, vec![Cause::CertOther], None)
    );
    // Who does not know the next one.
    let only = certified("certificates");
    assert_eq!(
        said(&only, &naming(&next, &key("weak_1024"), 3)),
        (Verdict::Key, vec![Cause::CertUnknown], Some(next.clone()))
    );
    // A new certificate for the same key: it opens, and is still not known.
    let renewed = "0123456789abcdef0123456789abcdef";
    assert_eq!(
        said(&both, &naming(renewed, &key("alipay_2048"), 4)),
        (
            Verdict::Key,
            vec![Cause::CertUnknown, Cause::CertOther],
            Some(renewed.to_owned())
        )
    );
    // A word that is no SN is nobody's to repeat.
    assert_eq!(
        said(&both, &naming("planted", &key("other_2048"), 0)),
        (Verdict::Key, vec![Cause::CertUnknown], None)
    );
    // The application's certificate gives its key away.
    assert_eq!(
        said(&both, &naming(&first, &key("app_2048"), 0)).1,
        [Cause::SignedByOwnKey]
    );
    // And content is looked into with whichever key opens.
    let mut changed = naming(&first, &key("weak_1024"), 1);
    set(&mut changed, "subject", |v| v.replace('+', " "));
    assert_eq!(
        said(&both, &changed),
        (
            Verdict::Repaired,
            vec![Cause::CertOther, Cause::PlusBecameSpace],
            None
        )
    );
    // Without certificates, a name means nothing.
    let plain = Merchant::builder(
        "2014072300007148",
        PrivateKey::parse(key("alipay_2048"))
            .unwrap()
            .public_key()
            .clone(),
    );
    assert_eq!(
        said(&plain.build().unwrap(), &naming("x", &key("alipay_2048"), 1)).0,
        Verdict::Verifies
    );
}

#[test]
fn what_does_not_look_like_an_id_is_not_called_anothers() {
    for id in ["['2014072300007148']", "", " 2014072300007148"] {
        let mut fields = message(1);
        set(&mut fields, "app_id", |_| id.into());
        let diagnosis = decoded(&signed_by(&key("other_2048"), fields));
        assert_eq!(diagnosis.findings.len(), 1);
        assert_eq!(diagnosis.findings[0].cause, Cause::WrongKeyOrForged);
    }
}

fn v3_body(index: usize) -> String {
    format!(
        r#"{{"trade_no":"2026112222001{index}","subject":"茶叶+it's {index}","buyer":{{"name":"*é{index}"}}}}"#
    )
}

/// An answer of OpenAPI v3 over `body`, which came as `sent`.
fn v3_answer(body: &str, sent: &[u8]) -> HttpResponse {
    let message = format!("1732243200000\nnonce-1\n{body}\n");
    let sign = signer().sign(SignType::Rsa2, message.as_bytes()).unwrap();
    let headers = [
        ("Alipay-Timestamp", "1732243200000".to_owned()),
        ("Alipay-Nonce", "nonce-1".into()),
        ("Alipay-Signature", to_base64(&sign)),
    ];
    HttpResponse {
        status: 200,
        headers: headers.map(|(name, value)| (name.into(), value)).into(),
        body: sent.into(),
    }
}

#[test]
fn every_cause_of_a_v3_response_is_told_for_five_of_them() {
    let said = |response: &HttpResponse| {
        merchant()
            .diagnose_v3_response(response, &Hints::default())
            .unwrap()
    };
    for index in 0..5 {
        let body = v3_body(index);
        let came = |sent: &str| said(&v3_answer(&body, sent.as_bytes()));
        assert_eq!(came(&body).verdict, Verdict::Verifies);
        repaired(
            &came(&body.replace("\":", "\": ")),
            &[(Cause::JsonRewritten, &[])],
        );
        repaired(
            &came(&body.replace('茶', "\\u8336")),
            &[(Cause::JsonRewritten, &[])],
        );
        repaired(&came(&utf8_as_latin1(&body)), &[(Cause::Utf8ReadAsLatin1, &[])]);
        repaired(&came(&format!("{body}\n")), &[(Cause::WhitespaceAdded, &[])]);
        // Alipay's own line end, lost by whoever decodes and trims.
        let ended = format!("{body}\n");
        repaired(
            &said(&v3_answer(&ended, body.as_bytes())),
            &[(Cause::Trimmed, &[])],
        );
        let lost = came(&body.replace('茶', "\u{fffd}"));
        assert_eq!(lost.verdict, Verdict::Altered);
        assert_eq!(
            (lost.findings[0].cause, &lost.findings[0].fields[..]),
            (Cause::BytesLost, &["subject".to_owned()][..])
        );
        // Another time than the one that was signed is other content.
        let mut later = v3_answer(&body, body.as_bytes());
        later.headers[0].1 = "1732243200001".into();
        assert_eq!(said(&later).verdict, Verdict::Altered);
        let mut unsigned = v3_answer(&body, body.as_bytes());
        unsigned.headers.pop();
        assert_eq!(said(&unsigned).findings[0].cause, Cause::SignatureMissing);
        unsigned
            .headers
            .push(("alipay-signature".into(), to_base64(&[90; 256])));
        assert_eq!(said(&unsigned).findings[0].cause, Cause::WrongKeyOrForged);
        unsigned
            .headers
            .push(("ALIPAY-SIGNATURE".into(), to_base64(&[90; 256])));
        let twice = merchant()
            .diagnose_v3_response(&unsigned, &Hints::default())
            .unwrap_err();
        assert_eq!(twice.code().as_str(), "response_duplicate");
    }
}
