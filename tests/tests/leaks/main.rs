//! Secrets that are planted, and looked for in everything that the core shows.
#![allow(missing_docs)]

mod album;
mod planted;
mod refusals;
mod source;
mod specimens;
mod world;

use album::Album;
use alipay_core::{ErrorCode, wire::ErrorReport};
use std::collections::{BTreeSet, HashSet};
use world::World;

/// Private types: nobody sees them but inside what has a specimen. And one of a feature that this build does not have, which
/// holds two functions.
const NOT_BY_ITSELF: &[&str] = &[
    "alipay_core::charset::tables::HostTables",
    "alipay_core::json::Names",
    "alipay_core::json::Strictness",
    "alipay_core::merchant::Secret",
    "alipay_core::merchant::Signing",
    "alipay_core::payment::cancelling::NotFound",
    "alipay_core::payment::clock::Clock",
    "alipay_core::payment::clock::Moment",
    "alipay_core::payment::landing::Ended",
    "alipay_core::payment::landing::Flying",
    "alipay_core::payment::landing::Landing",
    "alipay_core::payment::limit::Limit",
    "alipay_core::payment::reading::Believed",
    "alipay_core::payment::reading::CancelReading",
    "alipay_core::payment::reading::PayReading",
    "alipay_core::payment::reading::QueryReading",
    "alipay_core::payment::redacting::OwnCode",
    "alipay_core::payment::said::Kind",
    "alipay_core::payment::said::Said",
    "alipay_core::payment::sale::Sale",
    "alipay_core::payment::sale::Whose",
    "alipay_core::payment::stage::Asked",
    "alipay_core::payment::stage::Stage",
];

#[test]
fn nothing_that_can_be_shown_shows_a_secret() {
    let world = World::new();
    let mut album = Album::default();
    specimens::records(&mut album);
    specimens::words(&mut album);
    specimens::keys_and_values(&world, &mut album);
    specimens::messages(&world, &mut album);
    specimens::diagnoses(&world, &mut album);
    specimens::payments(&world, &mut album);
    album.assert_clean(&world.planted);

    let types = source::shown_types();
    let by_itself = types
        .iter()
        .map(|name| &**name)
        .filter(|name| !NOT_BY_ITSELF.contains(name));
    let missing: Vec<_> = by_itself.filter(|name| !album.names().contains(name)).collect();
    assert!(missing.is_empty(), "no specimen of {missing:?}");
    for name in NOT_BY_ITSELF {
        assert!(types.contains(*name) && !album.names().contains(name), "{name}");
    }
    println!("{} types, {} texts", types.len(), album.texts());
}

#[test]
fn no_error_shows_what_it_was_given() {
    let world = World::new();
    let mut album = Album::default();
    let errors = refusals::of_each_secret(&world)
        .into_iter()
        .chain(refusals::of_each_kind(&world));
    let mut reached = BTreeSet::new();
    let mut told = HashSet::new();
    for error in errors {
        reached.insert(error.code().as_str());
        if !told.insert(error.clone()) {
            continue;
        }
        album.display(&error);
        album.text(
            error.code().as_str(),
            serde_json::to_string(&ErrorReport::from(&error)).unwrap(),
        );
    }
    album.assert_clean(&world.planted);
    let elsewhere = refusals::MADE_ELSEWHERE.iter().map(|(code, _)| code.as_str());
    let expected: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let known: BTreeSet<_> = reached.iter().copied().chain(elsewhere).collect();
    assert_eq!(
        expected.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "not provoked"
    );
    println!("{} codes, {} errors", reached.len(), told.len());
}

#[test]
fn a_panic_shows_what_debug_shows() {
    use std::{panic, sync::mpsc};
    let world = World::new();
    let order = || alipay_core::api::TradePayRequest::from_json(world::pay_call().biz_content()).unwrap();
    let merchant = std::sync::Arc::clone(&world.merchant);
    let payment = alipay_core::Payment::new(
        merchant,
        order(),
        Default::default(),
        Default::default(),
        world.now(),
    )
    .unwrap();
    let pem = world
        .key
        .to_pem(alipay_core::key::PrivateKeyFormat::Pkcs8)
        .unwrap();
    let (tell, told) = mpsc::channel();
    let usual = panic::take_hook();
    let me = std::thread::current().id();
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == me {
            tell.send(info.to_string()).unwrap();
        } else {
            usual(info);
        }
    }));
    // What a host's own code panics with, where it does: the value it did not expect.
    let panics: [&dyn Fn(); 6] = [
        &|| drop(alipay_core::key::PrivateKey::parse(&*pem).unwrap_err()),
        &|| drop(alipay_core::key::PublicKey::parse(&*pem).unwrap()),
        &|| drop(alipay_core::id::AuthCode::new(world::CODE).unwrap_err()),
        &|| drop(alipay_core::id::AuthCode::new(world::LOGON).unwrap()),
        &|| assert_eq!(order(), Default::default()),
        &|| panic!("{payment:?}"),
    ];
    for panics in panics {
        assert!(panic::catch_unwind(panic::AssertUnwindSafe(panics)).is_err());
    }
    let _ = panic::take_hook();
    let messages: Vec<String> = told.try_iter().collect();
    assert_eq!(messages.len(), 6);
    let mut album = Album::default();
    messages
        .into_iter()
        .for_each(|message| album.text("a panic", message));
    album.assert_clean(&world.planted);
}
