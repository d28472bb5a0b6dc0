//! Money against the world: connections, terminals and processes that end or stand still at the wrong moment.
#![cfg(unix)]

#[path = "support/relay.rs"]
mod relay;
mod support;

use alipay_core::Amount;
use alipay_sandbox::auth_code;
use relay::{Relay, read_request, silent};
use std::{
    fs,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};
use support::{APP_ID, HASTY, Shop, alipay, refused, signal, stderr, stdout, wait_for_trade};

const SOON: Duration = Duration::from_secs(20);

/// `alipay COMMAND` with this shop's keys at another gateway.
fn at(shop: &Shop, gateway: &str, command: &str) -> Command {
    let mut alipay = alipay();
    alipay.args([command, "--gateway", gateway, "--app-id", APP_ID]);
    alipay.arg("--private-key").arg(shop.path("app_private_key.pem"));
    alipay
        .arg("--alipay-public-key")
        .arg(shop.path("alipay_public_key.pem"));
    alipay
}

fn pay_at(shop: &Shop, gateway: &str, out_trade_no: &str, auth_code: &str, state: &Path) -> Command {
    let mut pay = at(shop, gateway, "pay");
    pay.args(["--out-trade-no", out_trade_no, "--auth-code", auth_code]);
    pay.args(["--total-amount", "88.88", "--subject", "test", "--state"]);
    pay.arg(state).stdout(Stdio::null()).stderr(Stdio::null());
    pay
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_there() {
        assert!(started.elapsed() < SOON, "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A kernel goes on retransmitting what was written to a connection that was closed in an orderly way.
#[test]
fn pay_that_is_given_up_is_reset() {
    let shop = Shop::open(20);
    let (gateway, read, ended) = silent();
    let mut pay = pay_at(
        &shop,
        &gateway,
        "GIVEN_UP_ON",
        &auth_code(1, 1, 1),
        &shop.path("a.state"),
    );
    let child = pay.args(HASTY).spawn().unwrap();
    assert!(read.recv_timeout(SOON).unwrap().contains("alipay.trade.pay"));
    let end = ended.recv_timeout(SOON).unwrap();
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    kill(child);
}

#[test]
fn pay_of_a_process_that_is_killed_is_reset() {
    let shop = Shop::open(1);
    let (gateway, read, ended) = silent();
    let mut pay = pay_at(
        &shop,
        &gateway,
        "KILLED",
        &auth_code(1, 1, 1),
        &shop.path("a.state"),
    );
    let child = pay.args(["--pay-timeout", "30000"]).spawn().unwrap();
    assert!(read.recv_timeout(SOON).unwrap().contains("alipay.trade.pay"));
    kill(child);
    let end = ended.recv_timeout(SOON).unwrap();
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

/// The process stands still after it has stored the payment and before it can send it, and goes on when it is too late.
#[cfg(target_os = "linux")]
#[test]
fn pay_that_comes_too_late_does_not_leave() {
    let shop = Shop::open(20);
    // A gateway that takes no further connection for now: SYNs are dropped, and sent again after a second.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    socket.listen(0).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        queued.push(stream);
    }
    let state = shop.path("late.state");
    let gateway = format!("http://{address}/gateway.do");
    let mut pay = pay_at(&shop, &gateway, "LATE", &auth_code(1, 1, 1), &state);
    let child = pay
        .args(HASTY)
        .args(["--send-within", "3000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // 02 is SYN_SENT.
    let asks = format!(":{:04X} 02 ", address.port());
    wait_for("nobody connects", || {
        fs::read_to_string("/proc/net/tcp").unwrap().contains(&asks)
    });
    signal(&child, "STOP");
    assert!(state.exists());
    // Now there is room. The kernel makes the connection, also for a process that stands still.
    for _ in &queued {
        drop(listener.accept().unwrap());
    }
    let (mut stream, _) = listener.accept().unwrap();
    thread::sleep(Duration::from_secs(4));
    signal(&child, "CONT");
    let read = read_request(&mut stream).map(|request| String::from_utf8_lossy(&request).into_owned());
    assert!(read.is_err(), "{read:?}");
    // Later connections are queries, which nobody answers: nothing was taken.
    thread::spawn(move || {
        for stream in listener.incoming() {
            drop(stream);
        }
    });
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", stdout(&output));
    assert!(stdout(&output).contains("it was not sent"), "{}", stdout(&output));
}

/// Standard output is a pipe that is full and that nobody reads (as a terminal stopped with Ctrl-S).
#[test]
fn a_screen_that_blocks_holds_up_neither_pay_nor_the_outcome() {
    let shop = Shop::open(20);
    let state = shop.path("blocked.state");
    let (reader, mut writer) = io::pipe().unwrap();
    let theirs = writer.try_clone().unwrap();
    // Ends when the reader is dropped.
    let filler = thread::spawn(move || while writer.write_all(&[b'x'; 4096]).is_ok() {});
    thread::sleep(Duration::from_millis(200));
    let mut pay = shop.pay("BLOCKED", &auth_code(1001, 1, 1));
    let mut child = pay
        .args(HASTY)
        .arg("--state")
        .arg(&state)
        .stdout(theirs)
        .spawn()
        .unwrap();
    let started = Instant::now();
    wait_for_trade(&shop, "BLOCKED");
    assert!(started.elapsed() < Duration::from_secs(5));
    wait_for("the outcome is not stored", || {
        fs::read_to_string(&state).is_ok_and(|text| text.contains(r#""stage":{"paid""#))
    });
    // The exit code tells it, even though nobody reads.
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop((reader, pay));
    filler.join().unwrap();
}

/// Ctrl-C twice ends even a process whose terminal blocks.
#[test]
fn ctrl_c_twice_leaves_although_nobody_reads() {
    let shop = Shop::open(1);
    let (reader, mut writer) = io::pipe().unwrap();
    let (theirs, errors) = (writer.try_clone().unwrap(), writer.try_clone().unwrap());
    let filler = thread::spawn(move || while writer.write_all(&[b'x'; 4096]).is_ok() {});
    thread::sleep(Duration::from_millis(200));
    let mut pay = shop.pay("BLOCKED_2", &auth_code(1003, 1, 1));
    let mut child = pay
        .args(["--interval", "60000"])
        .stdout(theirs)
        .stderr(errors)
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "BLOCKED_2");
    signal(&child, "INT");
    signal(&child, "INT");
    let started = Instant::now();
    let code = child.wait().unwrap().code();
    assert!(started.elapsed() < Duration::from_secs(10));
    // The last query may have been quicker than the second signal.
    assert!([Some(130), Some(11)].contains(&code), "{code:?}");
    drop((reader, pay));
    filler.join().unwrap();
}

/// Alipay has said that the number is another sale's. The process is left before the query is answered, and the next one gets no
/// answer either: the other sale must not be cancelled.
#[test]
fn another_sale_is_not_refunded_by_a_resumed_payment() {
    let shop = Shop::open(20);
    let relay = Relay::before(&shop.sandbox.gateway_url());
    let state = shop.path("taken.state");
    relay.swallow_queries.store(1, Ordering::SeqCst);
    let mut pay = pay_at(&shop, &relay.gateway, "TAKEN", &auth_code(3201, 1, 1), &state);
    let mut child = pay.args(["--query-timeout", "30000"]).spawn().unwrap();
    relay.swallowed.recv_timeout(SOON).unwrap();
    signal(&child, "INT");
    thread::sleep(Duration::from_millis(100));
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    for (swallows, exit) in [(5, 14), (1, 13)] {
        relay.swallow_queries.store(swallows, Ordering::SeqCst);
        let mut resume = at(&shop, &relay.gateway, "resume");
        let output = resume.arg("--state").arg(&state).args(HASTY).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", stdout(&output));
        assert!(
            stdout(&output).contains("othing was cancelled"),
            "{}",
            stdout(&output)
        );
        let other = shop.trade("TAKEN").unwrap();
        assert_eq!((other.cancel_calls, other.refunded), (0, Amount::ZERO));
    }
}

/// Pay got no answer, and its process is killed: whoever takes the lock of its very file knows that its connection was reset.
/// Of a copy nobody knows that.
#[cfg(target_os = "linux")]
#[test]
fn not_found_ends_a_payment_only_if_its_sender_is_known_to_be_dead() {
    let shop = Shop::open(20);
    let state = shop.path("dead.state");
    // Queries are not answered, so that it is killed before anything is known.
    let relay = Relay::before(&shop.sandbox.gateway_url());
    relay.swallow_queries.store(1, Ordering::SeqCst);
    let mut pay = pay_at(&shop, &relay.gateway, "DEAD", &auth_code(5003, 1, 1), &state);
    let child = pay.args(["--pay-timeout", "30000"]).spawn().unwrap();
    wait_for("nothing was sent", || {
        fs::read_to_string(&state).is_ok_and(|text| text.contains(r#""stage":"paying""#))
    });
    // The gateway that is asked now never heard of it.
    kill(child);
    let other = Shop::open(20);
    for name in ["app_private_key.pem", "alipay_public_key.pem"] {
        fs::copy(other.path(name), shop.path(name)).unwrap();
    }
    let copy = shop.path("copy.state");
    fs::copy(&state, &copy).unwrap();
    let resume = |state: &Path, more: &[&str]| {
        let mut resume = at(&shop, &other.sandbox.gateway_url(), "resume");
        resume.arg("--state").arg(state).args(HASTY).args(more);
        resume
    };
    refused_with(&mut resume(&copy, &[]), 2, "snapshot_gateway");
    let of_copy = resume(&copy, &["--gateway-moved"]).output().unwrap();
    assert_eq!(of_copy.status.code(), Some(14), "{}", stdout(&of_copy));
    assert!(
        stdout(&of_copy).contains("may still arrive"),
        "{}",
        stdout(&of_copy)
    );
    let of_file = resume(&state, &["--gateway-moved"]).output().unwrap();
    assert_eq!(of_file.status.code(), Some(11), "{}", stdout(&of_file));
}

fn refused_with(command: &mut Command, exit: i32, code: &str) {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(exit), "{}", stderr(&output));
    assert!(
        stderr(&output).contains(&format!("error[{code}]")),
        "{}",
        stderr(&output)
    );
}

/// The cashier gives an unresolved payment up and takes another one; then the buyer pays the old one.
#[test]
fn a_payment_that_was_given_up_is_never_taken_as_paid() {
    let shop = Shop::open(20);
    let relay = Relay::before(&shop.sandbox.gateway_url());
    let state = shop.path("given_up.state");
    let give_up = || {
        let mut give_up = at(&shop, &relay.gateway, "give-up");
        give_up.arg("--state").arg(&state);
        give_up
    };
    let mut pay = pay_at(&shop, &relay.gateway, "GIVEN_UP", &auth_code(1003, 1, 1), &state);
    relay.swallow_cancels.store(100, Ordering::SeqCst);
    // Else the order's time would be over before every cancel was tried.
    let mut child = pay.args(HASTY).args(["--timeout-express", "1d"]).spawn().unwrap();
    wait_for("nothing was stored", || state.exists());
    refused(&mut give_up(), "state_busy");
    assert_eq!(child.wait().unwrap().code(), Some(14));
    let given_up = give_up().output().unwrap();
    assert_eq!(given_up.status.code(), Some(0), "{}", stderr(&given_up));
    assert!(
        stdout(&given_up).starts_with("GIVEN UP: GIVEN_UP"),
        "{}",
        stdout(&given_up)
    );
    assert!(stdout(&given_up).contains("新的订单号"));
    // The buyer confirms after all.
    shop.sandbox
        .pay(&shop.trade("GIVEN_UP").unwrap().trade_no)
        .unwrap();
    relay.swallow_cancels.store(0, Ordering::SeqCst);
    let mut resume = at(&shop, &relay.gateway, "resume");
    let resumed = resume.arg("--state").arg(&state).args(HASTY).output().unwrap();
    assert_eq!(resumed.status.code(), Some(11), "{}", stdout(&resumed));
    let trade = shop.trade("GIVEN_UP").unwrap();
    assert_eq!(trade.charged, trade.refunded);
    // What has ended otherwise can't be given up.
    refused_with(&mut give_up(), 1, "not_unresolved");
}

/// Nothing can be stored at the end: the outcome is told at once, and stored as soon as that is possible again.
#[test]
fn an_outcome_that_cannot_be_stored_is_told_and_stored_later() {
    let shop = Shop::open(20);
    let directory = shop.path("states");
    fs::create_dir(&directory).unwrap();
    let state = directory.join("sale.state");
    let relay = Relay::before(&shop.sandbox.gateway_url());
    relay.swallow_queries.store(1, Ordering::SeqCst);
    let mut pay = pay_at(
        &shop,
        &relay.gateway,
        "AT_THE_END",
        &auth_code(5001, 1, 1),
        &state,
    );
    let mut child = pay
        .args(["--query-timeout", "2000"])
        .arg("--json")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    relay.swallowed.recv_timeout(SOON).unwrap();
    let aside = shop.path("aside");
    fs::rename(&directory, &aside).unwrap();
    let lines = io::BufRead::lines(io::BufReader::new(child.stdout.take().unwrap()));
    let mut lines = lines.map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
    let done = lines.find(|line| line["type"] == "done").unwrap();
    assert_eq!(
        (&done["outcome"]["type"], &done["stored"]),
        (&"paid".into(), &false.into())
    );
    fs::rename(&aside, &directory).unwrap();
    assert_eq!(lines.next().unwrap()["type"], "stored");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let resumed = at(&shop, &relay.gateway, "resume")
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    assert_eq!(resumed.status.code(), Some(0), "{}", stdout(&resumed));
}
