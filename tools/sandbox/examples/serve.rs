//! A sandbox for a test in another language: makes keys, prints one line of JSON, serves until its standard input ends.
//!
//! `serve [--faster N]`: with N the sandbox's time runs N times faster than real time, and so does the policy that it prints.

use alipay_core::{
    key::{PrivateKey, PrivateKeyFormat},
    payment::Policy,
    wire,
};
use alipay_sandbox::{App, Sandbox, SandboxConfig, model::story::stories};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{error::Error, io::Read as _};

const APP_ID: &str = "2014072300007148";

fn main() -> Result<(), Box<dyn Error>> {
    let time_scale = match &std::env::args().skip(1).collect::<Vec<_>>()[..] {
        [] => 1,
        [option, number] if option == "--faster" => number.parse()?,
        _ => return Err("serve [--faster N]".into()),
    };
    let mut random = UnwrapErr(SysRng);
    let app_key = PrivateKey::generate(&mut random, 2048)?;
    let alipay_key = PrivateKey::generate(&mut random, 2048)?;
    let app = App {
        app_id: APP_ID.to_owned(),
        public_key: app_key.public_key().clone(),
        seller_id: "2088102146225135".to_owned(),
    };
    let sandbox = Sandbox::start(SandboxConfig {
        time_scale,
        ..SandboxConfig::new(vec![app], alipay_key)
    })?;
    let told: Vec<_> = stories()
        .iter()
        .map(|story| {
            serde_json::json!({
                "code": story.code,
                "name": story.name,
                "outcome": story.ending(),
                "outcomeWithoutResets": story.ending_without_resets(),
            })
        })
        .collect();
    let line = serde_json::json!({
        "gatewayUrl": sandbox.gateway_url(),
        "pageUrl": sandbox.page_url(),
        "appId": APP_ID,
        "appPrivateKey": *app_key.to_pem(PrivateKeyFormat::Pkcs8)?,
        "alipayPublicKey": sandbox.alipay_public_key().to_pem()?,
        "policy": wire::Policy::from(&Policy::default().scaled_down(time_scale)),
        "stories": told,
    });
    println!("{line}");
    // Whoever started this is gone once the pipe closes, however it died.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    sandbox.stop();
    Ok(())
}
