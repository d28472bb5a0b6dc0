//! How long outcomes take by scenario, with the default policy: the table of docs/payment.md. Time here is the host's, which stands still
//! between two calls; every answer takes half a second.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

mod harness;

use alipay_core::{
    http::HttpResponse,
    payment::{Failure, Output, Request, RequestKind},
};
use harness::*;

/// What becomes of a request.
enum Reply {
    Answer(HttpResponse),
    Ends(Failure),
}

use Reply::{Answer, Ends};

/// Plays on until there is an outcome: its word, its reason if it has one, and the seconds since the payment was made.
fn play(mut world: World, mut reply: impl FnMut(&World, &Request) -> Reply) -> (String, f64) {
    loop {
        match world.poll() {
            Output::Request(request) => match reply(&world, &request) {
                Answer(response) => {
                    world.wait(0.5).answer(&request, &response);
                }
                // What never left is known at once, the rest when its time is over.
                Ends(Failure::NotSent) => {
                    world.fail(&request, Failure::NotSent);
                }
                Ends(failure) => {
                    world
                        .wait(f64::from(request.timeout_ms) / 1000.0)
                        .fail(&request, failure);
                }
            },
            Output::Timeout { at, .. } => world.now = at,
            Output::Done(outcome) => return (told(&outcome), world.age()),
            other => panic!("{other:?}"),
        }
    }
}

fn told(outcome: &alipay_core::payment::Outcome) -> String {
    use alipay_core::payment::Outcome;
    match outcome {
        Outcome::Paid { late: true, .. } => "paid late".to_owned(),
        Outcome::Unresolved { reason, .. } => format!("unresolved {}", reason.as_str()),
        other => other.as_str().to_owned(),
    }
}

fn cancels(action: Option<&str>) -> Reply {
    Answer(cancel_answer(&cancelled_node("N", action)))
}

/// Every query says this, cancels find nothing, and pay ends so.
fn after(pay: Failure, query: fn(&World) -> HttpResponse) -> impl FnMut(&World, &Request) -> Reply {
    move |world, request| match request.kind {
        RequestKind::Pay => Ends(pay),
        RequestKind::Query => Answer(query(world)),
        _ => cancels(None),
    }
}

/// Pay is answered so, queries so, and a cancel closes.
fn answered(
    pay: impl Fn() -> String,
    query: impl Fn(&World) -> HttpResponse,
) -> impl FnMut(&World, &Request) -> Reply {
    move |world, request| match request.kind {
        RequestKind::Pay => Answer(pay_answer(&pay())),
        RequestKind::Query => Answer(query(world)),
        _ => cancels(Some("close")),
    }
}

/// The process dies after pay left, and another one goes on so many seconds after that.
fn killed(writer_is_dead: bool, seconds: f64) -> World {
    let mut world = World::resetting();
    world.expect(RequestKind::Pay);
    world.wait(seconds);
    world.restored.writer_is_dead = writer_is_dead;
    world.crash();
    world
}

#[test]
fn paths_that_every_day_has() {
    let asks = || WAITING.to_owned();
    let refused = || refusal("40004", "ACQ.PAYMENT_FAIL");
    let nothing = |_: &World| not_exist();
    let pays_after_27_s = |world: &World| {
        if world.age() < 27.0 {
            waits()
        } else {
            paid_now(world)
        }
    };
    for (what, outcome, seconds, reply) in [
        (
            "paid at once",
            "paid",
            0.5,
            &mut answered(|| paid_node(NUMBER, AMOUNT), nothing) as &mut dyn FnMut(&World, &Request) -> Reply,
        ),
        ("refused", "declined", 0.5, &mut answered(refused, nothing)),
        (
            "asked, pays after 27 s",
            "paid",
            31.0,
            &mut answered(asks, pays_after_27_s),
        ),
        (
            "asked, and leaves",
            "closed",
            61.5,
            &mut answered(asks, |_| waits()),
        ),
        (
            "never sent",
            "declined",
            0.5,
            &mut after(Failure::NotSent, |_| not_exist()),
        ),
    ] {
        assert_eq!(play(World::new(), reply), (outcome.to_owned(), seconds), "{what}");
    }
}

#[test]
fn paths_of_a_lost_answer() {
    for (pay, found, outcome, seconds) in [
        (Failure::Aborted, true, "paid late", 16.5),
        (Failure::MaybeSent, true, "paid late", 16.5),
        (Failure::Aborted, false, "closed", 76.5),
        (Failure::MaybeSent, false, "unresolved mayLand", 76.5),
    ] {
        let reply = after(pay, if found { paid_now } else { |_| not_exist() });
        assert_eq!(
            play(World::new(), reply),
            (outcome.to_owned(), seconds),
            "{pay:?} {found}"
        );
    }
    let silent = after(Failure::Aborted, |_| html());
    let told = play(World::new(), silent);
    assert_eq!(told, ("unresolved noAnswer".to_owned(), 97.5));
}

#[test]
fn paths_of_a_trade_that_was_seen() {
    let vanishes = |_: &World, request: &Request| match request.kind {
        RequestKind::Pay => Answer(pay_answer(WAITING)),
        RequestKind::Query => Answer(not_exist()),
        _ => cancels(None),
    };
    let told = play(World::new(), vanishes);
    assert_eq!(told, ("unresolved mayLand".to_owned(), 122.0));
    let no_cancel_is_answered = |_: &World, request: &Request| match request.kind {
        RequestKind::Pay => Answer(pay_answer(WAITING)),
        RequestKind::Query => Answer(waits()),
        _ => Ends(Failure::MaybeSent),
    };
    let told = play(World::new(), no_cancel_is_answered);
    assert_eq!(told, ("unresolved cancelExhausted".to_owned(), 252.5));
}

#[test]
fn paths_of_a_process_that_is_killed() {
    for (writer_is_dead, query, outcome, seconds) in [
        (true, paid_now as fn(&World) -> HttpResponse, "paid late", 1.5),
        (false, paid_now, "paid late", 1.5),
        (true, |_| not_exist(), "closed", 62.5),
        (false, |_| not_exist(), "unresolved mayLand", 80.5),
    ] {
        let reply = after(Failure::Aborted, query);
        let told = play(killed(writer_is_dead, 1.0), reply);
        assert_eq!(
            told,
            (outcome.to_owned(), seconds),
            "lock taken anew: {writer_is_dead}"
        );
    }
    let open = answered(|| WAITING.to_owned(), |_| waits());
    let told = play(killed(true, 100.0), open);
    assert_eq!(told, ("closed".to_owned(), 131.5));
}
