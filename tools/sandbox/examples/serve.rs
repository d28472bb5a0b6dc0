//! A sandbox for a test in another language: makes keys, prints one line of JSON, serves until its standard input ends.

use alipay_core::key::{PrivateKey, PrivateKeyFormat};
use alipay_sandbox::{App, Sandbox, SandboxConfig};
use getrandom::{SysRng, rand_core::UnwrapErr};
use std::{error::Error, io::Read as _};

const APP_ID: &str = "2014072300007148";

fn main() -> Result<(), Box<dyn Error>> {
    let mut random = UnwrapErr(SysRng);
    let app_key = PrivateKey::generate(&mut random, 2048)?;
    let alipay_key = PrivateKey::generate(&mut random, 2048)?;
    let app = App {
        app_id: APP_ID.to_owned(),
        public_key: app_key.public_key().clone(),
        seller_id: "2088102146225135".to_owned(),
    };
    let sandbox = Sandbox::start(SandboxConfig::new(vec![app], alipay_key))?;
    let line = serde_json::json!({
        "gatewayUrl": sandbox.gateway_url(),
        "pageUrl": sandbox.page_url(),
        "appId": APP_ID,
        "appPrivateKey": *app_key.to_pem(PrivateKeyFormat::Pkcs8)?,
        "alipayPublicKey": sandbox.alipay_public_key().to_pem()?,
    });
    println!("{line}");
    // Whoever started this is gone once the pipe closes, however it died.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    sandbox.stop();
    Ok(())
}
