//! With a file, a sandbox that is killed goes on where it was.

use crate::merchant::{self, NotifyDesk, Talk};
use alipay_core::key::{PrivateKey, PrivateKeyFormat};
use alipay_sandbox::{Sandbox, TradeView};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

const FOLDER: &str = "ALIPAY_SANDBOX_TEST_FOLDER";

/// Not a test: the process that gets killed. It runs until then.
#[test]
#[ignore = "started by the_ledger_survives_kill_nine"]
fn serves_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let sandbox = start(folder);
    println!("\ngateway {}", sandbox.gateway_url());
    loop {
        std::thread::park();
    }
}

fn start(folder: &Path) -> Sandbox {
    let key = |name: &str| PrivateKey::parse(fs::read(folder.join(name)).unwrap()).unwrap();
    let mut config = merchant::config(&key("app.pem"), &key("alipay.pem"));
    config.db = Some(folder.join("ledger.db"));
    Sandbox::start(config).unwrap()
}

struct Process(Child);

impl Process {
    fn spawn(folder: &Path) -> (Self, String) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "restart::serves_until_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let gateway = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("gateway ").map(str::to_owned))
            .unwrap();
        (Self(child), gateway)
    }

    fn kill_nine(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[test]
fn the_ledger_survives_kill_nine() {
    let folder = tempfile::tempdir().unwrap();
    let [app, _, alipay] = merchant::keys();
    for (name, key) in [("app.pem", app), ("alipay.pem", alipay)] {
        fs::write(
            folder.path().join(name),
            key.to_pem(PrivateKeyFormat::Pkcs8).unwrap(),
        )
        .unwrap();
    }
    let (process, gateway) = Process::spawn(folder.path());
    // Nobody listens there: this notification is still pending when the process dies.
    let desk = NotifyDesk::open(&["success"]);
    let deaf = merchant::merchant(app, alipay, &gateway, Some("http://127.0.0.1:1/notify"));
    let told = merchant::merchant(app, alipay, &gateway, Some(&desk.url()));
    assert!(matches!(merchant::pay(&deaf, "A1", 1), Talk::Answer(_)));
    assert!(matches!(merchant::pay(&told, "A2", 5001), Talk::Broken));
    desk.next();
    assert!(matches!(merchant::pay(&deaf, "A3", 1001), Talk::Answer(_)));
    query(&deaf, "A3");
    process.kill_nine();

    let sandbox = start(folder.path());
    let merchant = merchant::merchant(app, alipay, &sandbox.gateway_url(), None);
    let charged: Vec<_> = sandbox.trades().iter().map(|trade| trade.charged.fen()).collect();
    assert_eq!(charged, [8888, 8888, 0]);
    assert_eq!(view(&sandbox, "A1").notifications_open, 1);
    // The story goes on: one query was before the kill, the second is the one after which the buyer pays.
    query(&merchant, "A3");
    let paid = view(&sandbox, "A3");
    assert_eq!((paid.charged.fen(), paid.query_calls), (8888, 2));
    // A payment code stays used up, and a new trade gets a number of its own.
    let again = merchant::pay_with_code(&merchant, "A9", &merchant::auth_code_of("A1", 1)).verified();
    assert_eq!(again.sub_code(), Some("ACQ.PAYMENT_AUTH_CODE_INVALID"));
    let numbers: std::collections::BTreeSet<_> =
        sandbox.trades().into_iter().map(|trade| trade.trade_no).collect();
    assert_eq!(numbers.len(), 4);
    sandbox.stop();
    let file = fs::read(folder.path().join("ledger.db")).unwrap();
    let code = merchant::auth_code_of("A1", 1);
    assert!(
        !file.windows(code.len()).any(|bytes| bytes == code.as_bytes()),
        "a payment code in the file"
    );
}

fn query(merchant: &alipay_core::Merchant, out_trade_no: &str) {
    let biz_content = format!(r#"{{"out_trade_no":"{out_trade_no}"}}"#);
    merchant::call(merchant, "alipay.trade.query", &biz_content).verified();
}

fn view(sandbox: &Sandbox, out_trade_no: &str) -> TradeView {
    let trades = sandbox.trades();
    trades
        .into_iter()
        .find(|trade| trade.out_trade_no == out_trade_no)
        .unwrap()
}
