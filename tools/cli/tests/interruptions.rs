//! What happens to a payment when something outside of it does: Ctrl-C, a full disk, an unreachable gateway.

mod support;

use alipay_sandbox::auth_code;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};
use support::{HASTY, Shop, refused, signal, stderr, stdout, wait_for_trade};

#[test]
fn a_state_that_cannot_be_written_keeps_pay_from_leaving() {
    let shop = Shop::open(20);
    let state = shop.path("no such directory").join("sale.state");
    let output = shop
        .pay("UNWRITTEN", &auth_code(1, 1, 1))
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("error[state_not_written]"),
        "{}",
        stderr(&output)
    );
    assert!(shop.sandbox.trades().is_empty());
}

#[cfg(unix)]
#[test]
fn a_state_that_cannot_be_written_keeps_cancel_from_leaving() {
    let shop = Shop::open(20);
    let directory = shop.path("states");
    fs::create_dir(&directory).unwrap();
    let state = directory.join("sale.state");
    let mut pay = shop.pay("UNCANCELLED", &auth_code(1003, 1, 1));
    // The fuller window leaves time to take the directory away before the cancel.
    let mut child = pay
        .args(HASTY)
        .arg("--state")
        .arg(&state)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "UNCANCELLED");
    // The directory goes away under the running payment (root ignores permissions).
    let aside = shop.path("aside");
    fs::rename(&directory, &aside).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ended = lines.find(|line| line.as_ref().unwrap().contains("UNRESOLVED"));
    assert!(ended.unwrap().unwrap().contains("the cancel could not be stored"));
    assert_eq!(shop.trade("UNCANCELLED").unwrap().cancel_calls, 0);
    // Back again: the outcome is stored, and then resumed to its end.
    fs::rename(&aside, &directory).unwrap();
    assert!(lines.any(|line| line.unwrap().contains("the outcome is stored now")));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(14), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("cancel was NOT sent") && stderr(&output).contains("NOT STORED yet"),
        "{}",
        stderr(&output)
    );
    let resumed = shop
        .alipay("resume")
        .args(HASTY)
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    assert_eq!(
        resumed.status.code(),
        Some(11),
        "{}{}",
        stdout(&resumed),
        stderr(&resumed)
    );
    assert!(shop.trade("UNCANCELLED").unwrap().cancelled);
}

#[test]
fn an_unreachable_gateway_declines_at_once() {
    let shop = Shop::open(20);
    let mut pay = shop.pay("NOBODY", &auth_code(1, 1, 1));
    let Shop {
        sandbox,
        directory: _keys,
        ..
    } = shop;
    sandbox.stop();
    let started = Instant::now();
    let output = pay.output().unwrap();
    assert_eq!(output.status.code(), Some(10), "{}", stdout(&output));
    assert!(stdout(&output).contains("was not sent"), "{}", stdout(&output));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_unresolved_payment_is_reconciled_by_resuming() {
    let shop = Shop::open(20);
    let state = shop.path("unresolved.state");
    // Cancel is refused for good, while the buyer is still being asked.
    let mut pay = shop.pay("UNRESOLVED", &auth_code(6012, 1, 1));
    let output = pay.args(HASTY).arg("--state").arg(&state).output().unwrap();
    assert_eq!(output.status.code(), Some(14), "{}", stdout(&output));
    shop.sandbox
        .refuse(&shop.trade("UNRESOLVED").unwrap().trade_no)
        .unwrap();
    let resumed = shop.alipay("resume").arg("--state").arg(&state).output().unwrap();
    assert_eq!(resumed.status.code(), Some(11), "{}", stdout(&resumed));
    assert_eq!(shop.trade("UNRESOLVED").unwrap().pay_calls, 1);
}

#[test]
fn a_payment_is_worked_on_by_one_process_at_a_time() {
    let shop = Shop::open(20);
    let state = shop.path("busy.state");
    let mut pay = shop.pay("BUSY", &auth_code(1003, 1, 1));
    let mut first = pay
        .args(HASTY)
        .arg("--state")
        .arg(&state)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "BUSY");
    refused(shop.alipay("resume").arg("--state").arg(&state), "state_busy");
    assert_eq!(first.wait().unwrap().code(), Some(11));
}

#[cfg(unix)]
#[test]
fn ctrl_c_once_cancels_at_once() {
    let shop = Shop::open(1);
    let mut pay = shop.pay("CTRL_C", &auth_code(1003, 1, 1));
    // The next query would leave in a minute.
    let child = pay
        .args(["--interval", "60000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "CTRL_C");
    let started = Instant::now();
    thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(11), "{}", stdout(&output));
    assert!(stdout(&output).contains("cancel is wanted"));
    assert!(shop.trade("CTRL_C").unwrap().cancelled);
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_pay_is_in_flight_cancels_when_it_returns() {
    // The answer comes after a second; pay is in flight when the signal comes.
    let shop = Shop::open(20);
    let mut pay = shop.pay("IN_FLIGHT", &auth_code(5003, 1, 1));
    let child = pay.args(HASTY).stdout(Stdio::piped()).spawn().unwrap();
    wait_for_trade(&shop, "IN_FLIGHT");
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let trade = shop.trade("IN_FLIGHT").unwrap();
    // The buyer had paid: the last query finds it before any cancel.
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("late"));
    assert!(trade.charged > trade.refunded);
}

#[cfg(unix)]
#[test]
fn ctrl_c_twice_leaves_with_the_state() {
    let shop = Shop::open(1);
    let state = shop.path("left.state");
    // Late answers come after 20 s: pay stays in flight.
    let mut pay = shop.pay("CTRL_C_2", &auth_code(5003, 1, 1));
    let child = pay
        .arg("--state")
        .arg(&state)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_trade(&shop, "CTRL_C_2");
    let started = Instant::now();
    signal(&child, "INT");
    thread::sleep(Duration::from_millis(200));
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(output.status.code(), Some(130));
    assert!(stderr(&output).contains("alipay resume --state"));
    let resumed = shop.alipay("resume").arg("--state").arg(&state).output().unwrap();
    assert_eq!(
        resumed.status.code(),
        Some(0),
        "{}{}",
        stdout(&resumed),
        stderr(&resumed)
    );
    assert_eq!(shop.trade("CTRL_C_2").unwrap().pay_calls, 1);
}
