//! `alipay give-up`: the cashier waits no longer for an unresolved payment, and takes another one.

use super::pay::{random_id, restore};
use crate::{
    args::GiveUpArgs,
    driver::{Unfinished, now, store_given_up},
    failure::Failure,
    screen::Screen,
    state_file::{Opened, StateFile},
};
use alipay_core::payment::{Input, Restored};

pub(crate) fn run(args: &GiveUpArgs) -> Result<u8, Failure> {
    let merchant = args.connection.merchant()?;
    let Opened {
        file,
        snapshot,
        writer_is_dead,
    } = StateFile::open(&args.state)?;
    let restored = Restored {
        first_id: random_id()?,
        writer_is_dead,
        ..Restored::default()
    };
    let mut payment = restore(merchant, &snapshot, restored)?;
    payment.handle_input(Input::GiveUp, now())?;
    // Nothing is asked here: what became of it is for `alipay resume`. The other payment may begin once this is stored.
    store_given_up(&payment, file).map_err(|error| match error {
        Unfinished::NotStored(error) => Failure::internal(
            "state_not_written",
            format!("the payment is NOT given up, and no other may be taken yet: {error}"),
        ),
        superseded @ Unfinished::Superseded => superseded.into(),
    })?;
    Screen::new(args.json, payment.out_trade_no(), Some(&args.state)).given_up();
    Ok(0)
}
