//! A back office: reads a notification's raw body from standard input and says whether Alipay signed it.
//!
//! `verify_notify APP_ID ALIPAY_PUBLIC_KEY_FILE < body`

use alipay_core::{Merchant, key::PublicKey, notify};
use std::{env, error::Error, fs, io::Read};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [app_id, alipay_key] = arguments.as_slice() else {
        return Err("two arguments, please".into());
    };
    let merchant = Merchant::builder(app_id, PublicKey::parse(fs::read(alipay_key)?)?).build()?;
    let mut body = Vec::new();
    std::io::stdin().read_to_end(&mut body)?;
    match merchant.verify_notify(&body) {
        // Still to do in your books: is the order known, the amount equal, the seller ours?
        Ok(notify) if notify.is_paid() => println!(
            "{:?} is paid: answer {}",
            notify.out_trade_no(),
            notify::ACKNOWLEDGE
        ),
        Ok(notify) => println!("{:?} is {:?}", notify.out_trade_no(), notify.get("trade_status")),
        Err(error) => println!("{error}: answer {}", notify::REFUSE),
    }
    Ok(())
}
