uniffi::setup_scaffolding!("alipay");
