//! What the READMEs show is what runs here.
#![allow(missing_docs)]

use alipay_core::{
    canonical, form,
    key::{PrivateKey, PrivateKeyFormat},
    sign::{SignType, to_base64},
};
use alipay_sandbox::{App, Sandbox, SandboxConfig, auth_code};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

const APP_ID: &str = "2014072300007148";

struct Shop {
    sandbox: Sandbox,
    alipay_key: PrivateKey,
    folder: PathBuf,
}

impl Shop {
    fn open(name: &str) -> Self {
        let key = || PrivateKey::generate(&mut UnwrapErr(SysRng), 2048).unwrap();
        let app = key();
        let public_key = app.public_key().clone();
        let seller_id = "2088102146225135".to_owned();
        let apps = vec![App {
            app_id: APP_ID.to_owned(),
            public_key,
            seller_id,
        }];
        let alipay_key = key();
        let sandbox = Sandbox::start(SandboxConfig::new(apps, alipay_key.clone())).unwrap();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(
            folder.join("app.pem"),
            app.to_pem(PrivateKeyFormat::Pkcs8).unwrap().as_bytes(),
        )
        .unwrap();
        fs::write(
            folder.join("alipay.pem"),
            sandbox.alipay_public_key().to_pem().unwrap(),
        )
        .unwrap();
        Self {
            sandbox,
            alipay_key,
            folder,
        }
    }

    fn charge(&self, number: &str, code: &str) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_barcode_payment"))
            .args([
                &self.sandbox.gateway_url(),
                APP_ID,
                "app.pem",
                "alipay.pem",
                number,
                code,
                "88.88",
            ])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn the_till_charges_once_and_knows_it_after_a_restart() {
    let shop = Shop::open("till");
    let code = auth_code(1, 1, 1);
    assert!(shop.charge("order_1", &code).starts_with("paid 88.88"));
    assert!(
        shop.charge("order_1", &code).starts_with("paid 88.88"),
        "restored, not charged again"
    );
    assert_eq!(shop.sandbox.trades()[0].pay_calls, 1);
    assert!(
        shop.charge("order_2", &auth_code(3107, 1, 2))
            .starts_with("not paid")
    );
}

#[test]
fn the_back_office_tells_a_genuine_notification_from_a_forged_one() {
    let shop = Shop::open("office");
    let says = |total: &str, signed_total: &str| {
        let fields = |total| {
            [
                ("app_id", APP_ID),
                ("out_trade_no", "1"),
                ("total_amount", total),
                ("trade_status", "TRADE_SUCCESS"),
            ]
        };
        let message = canonical::string_to_sign(fields(signed_total));
        let signature = shop
            .alipay_key
            .signer()
            .unwrap()
            .sign(SignType::Rsa2, message.as_bytes())
            .unwrap();
        let signature = to_base64(&signature);
        let body = form::encode(
            fields(total)
                .into_iter()
                .chain([("sign", &*signature), ("sign_type", "RSA2")]),
        );
        let mut office = Command::new(env!("CARGO_BIN_EXE_verify_notify"))
            .args([APP_ID, "alipay.pem"])
            .current_dir(&shop.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        office.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        String::from_utf8(office.wait_with_output().unwrap().stdout).unwrap()
    };
    assert_eq!(says("88.88", "88.88"), "Some(\"1\") is paid: answer success\n");
    let forged = says("0.01", "88.88");
    assert!(
        forged.contains("signature_invalid") && forged.contains("answer failure"),
        "{forged}"
    );
}

/// Both READMEs show each of these whole, but for the comment at its top. Each language's tests run its own.
const SHOWN_WHOLE: [&str; 4] = [
    "examples/src/bin/verify_notify.rs",
    "examples/node/till.mjs",
    "examples/browser/verify_notify.js",
    "bindings-mobile/kotlin/src/test/kotlin/quickstart/QuickStart.kt",
];

#[test]
fn both_readmes_show_the_programs_that_the_tests_run() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap().replace("\r\n", "\n");
    let till = read("examples/src/bin/barcode_payment.rs");
    let run_loop =
        &till[till.find("    let outcome = loop {").unwrap()..till.find("    match &outcome {").unwrap()];
    let mut shown = vec![
        run_loop.trim_end().to_owned(),
        read("bindings-mobile/swift/Sources/QuickStart/main.swift"),
    ];
    shown.extend(SHOWN_WHOLE.map(|path| read(path).split_once("\n\n").unwrap().1.to_owned()));
    for readme in ["README.md", "README.zh-CN.md"] {
        let text = read(readme);
        for code in &shown {
            assert!(text.contains(code), "{readme} does not show what runs:\n{code}");
        }
    }
}
