//! The stories: the last four digits of an auth_code choose what happens, as a payment provider's test cards do.
//!
//! [`stories`] is the one table, made of `STORIES` and the core's business codes; the README has it too.

use crate::model::{
    codes::{GatewayCode, PAY_CODES},
    script::{
        CancelTrouble, CancelTroubleKind, Damage, Effect, Older, Plan, QueryTrouble, QueryTroubleKind, Says,
        Script,
    },
};
use alipay_core::codes;
use std::{fmt::Write as _, sync::LazyLock, time::Duration};

/// A story.
#[derive(Debug, Clone)]
pub struct Story {
    /// The last four digits of the auth_code that choose it.
    pub code: u16,
    /// A short stable name.
    pub name: String,
    /// What happens, in one line.
    pub what: String,
    pub(crate) script: Script,
}

/// Every story, by code.
#[must_use]
pub fn stories() -> &'static [Story] {
    static ALL: LazyLock<Vec<Story>> = LazyLock::new(|| {
        let told = STORIES.iter().map(|(code, name, what, script)| Story {
            code: *code,
            name: (*name).to_owned(),
            what: (*what).to_owned(),
            script: *script,
        });
        let mut all: Vec<_> = told.chain(refusals()).collect();
        all.sort_by_key(|story| story.code);
        all
    });
    &ALL
}

/// The story with this code. Any other number is as good as 0001: paid at once.
#[must_use]
pub fn story(code: u16) -> &'static Story {
    let all = stories();
    // 0001 sorts first.
    let index = all.binary_search_by_key(&code, |story| story.code).unwrap_or(0);
    &all[index]
}

/// The story that an auth_code chooses.
pub(crate) fn chosen_by(auth_code: &str) -> &'static Story {
    let digits = auth_code
        .len()
        .checked_sub(4)
        .and_then(|start| auth_code.get(start..));
    story(digits.and_then(|digits| digits.parse().ok()).unwrap_or_default())
}

/// An auth_code of 18 digits for a story: `28`, four digits for the buyer, eight that make the code unique, the story.
///
/// ```
/// assert_eq!(alipay_sandbox::auth_code(1001, 7, 42), "280007000000421001");
/// ```
#[must_use]
pub fn auth_code(story: u16, buyer: u16, unique: u32) -> String {
    format!(
        "28{:04}{:08}{:04}",
        buyer % 10_000,
        unique % 100_000_000,
        story % 10_000
    )
}

/// The table as Markdown, which is also readable as plain text.
#[must_use]
pub fn story_table() -> String {
    let mut out = String::from("| auth_code ends with | story | what happens | ends |\n|---|---|---|---|\n");
    for story in stories() {
        // Writing to a String can't fail.
        let _ = writeln!(
            out,
            "| `{:04}` | {} | {} | {} |",
            story.code,
            story.name,
            story.what,
            story.ending()
        );
    }
    out
}

/// 31NN: the NN-th business code of pay's document. The four that mean "this number belongs to another sale" leave
/// that other sale behind; the rest leave nothing.
fn refusals() -> impl Iterator<Item = Story> {
    (3101..)
        .zip(codes::TABLE.iter().take(PAY_CODES))
        .map(|(code, row)| {
            let (sub_code, meaning) = (row.code, row.meaning_zh);
            let older = match sub_code {
                "ACQ.TRADE_HAS_SUCCESS" => Some(Older::Paid),
                "ACQ.TRADE_HAS_CLOSE" => Some(Older::Closed),
                "ACQ.CONTEXT_INCONSISTENT" => Some(Older::PaidOtherAmount),
                "ACQ.TRADE_BUYER_NOT_MATCH" => Some(Older::Waiting),
                _ => None,
            };
            let mut script = Script::refuses(FAILED, sub_code);
            if let Some(older) = older {
                script.effect = Effect::OlderSale(older);
            }
            let left = if older.is_some() { "as 32xx" } else { "not charged" };
            let word = sub_code
                .trim_start_matches("ACQ.")
                .to_lowercase()
                .replace('_', "-");
            Story {
                code,
                name: format!("refused-{word}"),
                what: format!("40004 {sub_code} {meaning}; {left}"),
                script,
            }
        })
}

const FAILED: GatewayCode = GatewayCode::BusinessFailed;
const PAID: Script = Script::PAID;
const NOTHING: Script = Script::refuses(GatewayCode::Unavailable, "isp.unknow-error");
const NEVER: Script = Script::asks(Plan::Waits);
const PAYS_FIRST: Script = Script::asks(Plan::PaysBeforeCancel);
const LANDS_AFTER: Duration = Duration::from_secs(8);

const fn older(sale: Older, sub_code: &'static str) -> Script {
    Script {
        effect: Effect::OlderSale(sale),
        ..Script::refuses(FAILED, sub_code)
    }
}

const fn charged_but_says(sub_code: &'static str) -> Script {
    PAID.saying(Says::Refusal(FAILED, sub_code))
}

const fn for_ten_seconds(kind: QueryTroubleKind) -> QueryTrouble {
    QueryTrouble {
        lasts: Duration::from_secs(10),
        kind,
    }
}

const fn twice(kind: CancelTroubleKind) -> CancelTrouble {
    CancelTrouble { times: 2, kind }
}

const fn once(kind: CancelTroubleKind) -> CancelTrouble {
    CancelTrouble { times: 1, kind }
}

const fn refused_for_good(sub_code: &'static str) -> CancelTrouble {
    CancelTrouble {
        times: u32::MAX,
        kind: CancelTroubleKind::Refusal(FAILED, sub_code),
    }
}

/// Everything but 31NN. Sorted by number; a test says so.
#[rustfmt::skip]
const STORIES: &[(u16, &str, &str, Script)] = &[
    (1, "paid", "paid at once (and so is every number that is not in this table)", PAID),

    (1001, "asks-pays", "10003 asks the buyer, who pays after 2 queries", Script::asks(Plan::PaysAfter(2))),
    (1002, "asks-refuses", "10003 asks the buyer, who refuses after 2 queries: TRADE_CLOSED", Script::asks(Plan::RefusesAfter(2))),
    (1003, "asks-never-pays", "10003 asks the buyer, who never answers", NEVER),
    (1004, "asks-human", "10003 and waits for the page's buttons: pay or refuse", NEVER),

    (2001, "unknown-charged", "20000, charged", PAID.saying(Says::Refusal(GatewayCode::Unavailable, "isp.unknow-error"))),
    (2002, "unknown-not-charged", "20000, never charged: no trade", NOTHING),
    (2003, "unknown-asks-pays", "20000, the buyer is asked all the same and pays after 2 queries", Script::asks(Plan::PaysAfter(2)).saying(Says::Refusal(GatewayCode::Unavailable, "aop.unknow-error"))),
    (2004, "unknown-asks-never-pays", "20000, the buyer is asked all the same and never answers", Script::asks(Plan::Waits).saying(Says::Refusal(GatewayCode::Unavailable, "isp.unknow-error"))),

    (3201, "conflict-paid", "ACQ.TRADE_HAS_SUCCESS: an older sale of somebody else has this number, paid an hour ago", older(Older::Paid, "ACQ.TRADE_HAS_SUCCESS")),
    (3202, "conflict-closed", "ACQ.TRADE_HAS_CLOSE: an older sale of somebody else, closed", older(Older::Closed, "ACQ.TRADE_HAS_CLOSE")),
    (3203, "conflict-amount", "ACQ.CONTEXT_INCONSISTENT: an older sale of somebody else with another amount, paid", older(Older::PaidOtherAmount, "ACQ.CONTEXT_INCONSISTENT")),
    (3204, "conflict-buyer", "ACQ.TRADE_BUYER_NOT_MATCH: an older sale that still waits for somebody else", older(Older::Waiting, "ACQ.TRADE_BUYER_NOT_MATCH")),
    (3211, "own-paid", "ACQ.TRADE_HAS_SUCCESS, and it is our own sale, charged just now", charged_but_says("ACQ.TRADE_HAS_SUCCESS")),
    (3212, "own-paid-says-closed", "ACQ.TRADE_HAS_CLOSE, and it is our own sale, charged just now", charged_but_says("ACQ.TRADE_HAS_CLOSE")),
    (3213, "own-paid-says-inconsistent", "ACQ.CONTEXT_INCONSISTENT, and it is our own sale, charged just now", charged_but_says("ACQ.CONTEXT_INCONSISTENT")),
    (3214, "own-paid-says-buyer", "ACQ.TRADE_BUYER_NOT_MATCH, and it is our own sale, charged just now", charged_but_says("ACQ.TRADE_BUYER_NOT_MATCH")),

    (3301, "system-error-charged", "40004 ACQ.SYSTEM_ERROR, charged", charged_but_says("ACQ.SYSTEM_ERROR")),
    (3302, "system-error-not-charged", "40004 ACQ.SYSTEM_ERROR, not charged", Script::refuses(FAILED, "ACQ.SYSTEM_ERROR")),
    (3303, "aop-system-error-charged", "40004 aop.ACQ.SYSTEM_ERROR, charged", charged_but_says("aop.ACQ.SYSTEM_ERROR")),
    (3304, "aop-system-error-not-charged", "40004 aop.ACQ.SYSTEM_ERROR, not charged", Script::refuses(FAILED, "aop.ACQ.SYSTEM_ERROR")),
    (3305, "misspelt-system-error-charged", "40004 AQC.SYSTEM_ERROR (the gateway's own typo), charged", charged_but_says("AQC.SYSTEM_ERROR")),
    (3306, "misspelt-system-error-not-charged", "40004 AQC.SYSTEM_ERROR, not charged", Script::refuses(FAILED, "AQC.SYSTEM_ERROR")),
    (3307, "unheard-of-code-charged", "40004 with a sub_code nobody has heard of, charged", charged_but_says("ACQ.SANDBOX_UNHEARD_OF")),
    (3308, "unheard-of-code-not-charged", "40004 with a sub_code nobody has heard of, not charged", Script::refuses(FAILED, "ACQ.SANDBOX_UNHEARD_OF")),
    (3309, "empty-code-charged", "40004 with an empty sub_code, charged", charged_but_says("")),
    (3310, "empty-code-not-charged", "40004 with an empty sub_code, not charged", Script::refuses(FAILED, "")),

    (4001, "gateway-40001", "40001 isv.missing-signature-key", Script::refuses(GatewayCode::MissingArguments, "isv.missing-signature-key")),
    (4002, "gateway-40002", "40002 isv.invalid-parameter", Script::refuses(GatewayCode::InvalidArguments, "isv.invalid-parameter")),
    (4003, "gateway-40003", "40003 isv.product-unsigned", Script::refuses(GatewayCode::InsufficientConditions, "isv.product-unsigned")),
    (4005, "gateway-40005", "40005 isv.app-call-limited", Script::refuses(GatewayCode::CallLimited, "isv.app-call-limited")),
    (4006, "gateway-40006", "40006 isv.insufficient-isv-permissions", Script::refuses(GatewayCode::InsufficientPermissions, "isv.insufficient-isv-permissions")),
    (4021, "gateway-20001", "20001 aop.invalid-app-auth-token", Script::refuses(GatewayCode::AuthorizationInvalid, "aop.invalid-app-auth-token")),

    (5001, "lost-charged", "charged, and the connection closes without an answer", PAID.damaged(Damage::Lost)),
    (5002, "lost-not-charged", "not charged, and the connection closes without an answer", NOTHING.damaged(Damage::Lost)),
    (5003, "late-charged", "charged, and the answer comes later than the client waits (20 s unless configured)", PAID.damaged(Damage::Late)),
    (5004, "lands-late-charged", "no answer; the request lands 8 s later and charges", PAID.damaged(Damage::Lost).landing_after(LANDS_AFTER)),
    (5005, "lands-late-asks", "no answer; the request lands 8 s later and asks the buyer, who never answers", NEVER.damaged(Damage::Lost).landing_after(LANDS_AFTER)),
    (5006, "bad-signature-charged", "charged, and the answer's signature is wrong", PAID.damaged(Damage::BadSignature)),
    (5007, "unsigned-charged", "charged, and the answer has no signature", PAID.damaged(Damage::Unsigned)),
    (5008, "html-charged", "charged, and a proxy's HTML page with status 502 comes back", PAID.damaged(Damage::Html502)),
    (5009, "html-not-charged", "not charged, and a proxy's HTML page with status 502 comes back", NOTHING.damaged(Damage::Html502)),
    (5010, "cut-connection-charged", "charged, and the connection breaks in the middle of the body", PAID.damaged(Damage::CutConnection)),
    (5011, "cut-json-charged", "charged, and the JSON stops in the middle", PAID.damaged(Damage::CutJson)),
    (5012, "wrong-amount-charged", "charged, and the answer names one fen more", PAID.saying(Says::WrongAmount)),
    (5013, "bad-signature-not-charged", "not charged, and the answer says 10000 with a wrong signature", NOTHING.saying(Says::Success).damaged(Damage::BadSignature)),
    (5014, "unsigned-not-charged", "not charged, and the answer says 10000 without a signature", NOTHING.saying(Says::Success).damaged(Damage::Unsigned)),
    (5015, "lost-asks-pays", "no answer; the buyer is asked and pays after 2 queries", Script::asks(Plan::PaysAfter(2)).damaged(Damage::Lost)),

    (6001, "cancel-retry", "10003, never pays; cancel answers retry_flag=Y twice, then closes", NEVER.cancels(twice(CancelTroubleKind::Retry))),
    (6002, "cancel-refunds", "10003, the buyer pays just before the cancel arrives: action=refund", PAYS_FIRST),
    (6003, "cancel-times-out", "10003, never pays; cancel gets no answer twice (and is not done), then closes", NEVER.cancels(twice(CancelTroubleKind::LostUndone))),
    (6004, "cancel-closed-lost", "10003, never pays; the first cancel closes, and its answer is lost", NEVER.cancels(once(CancelTroubleKind::Done(Damage::Lost)))),
    (6005, "cancel-refunded-lost", "10003, the buyer pays just before the cancel, which refunds; its answer is lost", PAYS_FIRST.cancels(once(CancelTroubleKind::Done(Damage::Lost)))),
    (6006, "cancel-refused-time-out", "the buyer pays just before the cancel; refused for good: ACQ.TRADE_CANCEL_TIME_OUT", PAYS_FIRST.cancels(refused_for_good("ACQ.TRADE_CANCEL_TIME_OUT"))),
    (6007, "cancel-refused-finished", "the same with ACQ.TRADE_HAS_FINISHED", PAYS_FIRST.cancels(refused_for_good("ACQ.TRADE_HAS_FINISHED"))),
    (6008, "cancel-refused-not-allowed", "the same with ACQ.CANCEL_NOT_ALLOWED", PAYS_FIRST.cancels(refused_for_good("ACQ.CANCEL_NOT_ALLOWED"))),
    (6009, "cancel-refused-frozen", "the same with ACQ.REASON_TRADE_BEEN_FREEZEN", PAYS_FIRST.cancels(refused_for_good("ACQ.REASON_TRADE_BEEN_FREEZEN"))),
    (6010, "cancel-refused-refund-fee", "the same with ACQ.REASON_TRADE_REFUND_FEE_ERR", PAYS_FIRST.cancels(refused_for_good("ACQ.REASON_TRADE_REFUND_FEE_ERR"))),
    (6011, "cancel-refused-balance", "the same with ACQ.SELLER_BALANCE_NOT_ENOUGH", PAYS_FIRST.cancels(refused_for_good("ACQ.SELLER_BALANCE_NOT_ENOUGH"))),
    (6012, "cancel-refused-waiting", "10003, never pays; cancel refused for good: ACQ.CANCEL_NOT_ALLOWED", NEVER.cancels(refused_for_good("ACQ.CANCEL_NOT_ALLOWED"))),
    (6013, "cancel-unknown", "10003, never pays; cancel answers 20000 twice (and is not done), then closes", NEVER.cancels(twice(CancelTroubleKind::Refusal(GatewayCode::Unavailable, "isp.unknow-error")))),
    (6014, "cancel-system-error", "10003, never pays; cancel answers ACQ.SYSTEM_ERROR twice (and is not done), then closes", NEVER.cancels(twice(CancelTroubleKind::Refusal(FAILED, "ACQ.SYSTEM_ERROR")))),
    (6015, "cancel-bad-signature", "10003, never pays; the first cancel closes, and its answer's signature is wrong", NEVER.cancels(once(CancelTroubleKind::Done(Damage::BadSignature)))),
    (6016, "cancel-html", "10003, never pays; the first cancel closes, and a 502 page comes back", NEVER.cancels(once(CancelTroubleKind::Done(Damage::Html502)))),
    (6017, "cancel-late", "10003, never pays; the first cancel closes, and its answer comes later than the client waits", NEVER.cancels(once(CancelTroubleKind::Done(Damage::Late)))),
    (6018, "cancel-lands-late", "10003, the buyer pays just before the cancel; no cancel is answered, and the first lands 8 s later: refunded", PAYS_FIRST.cancels(CancelTrouble { times: u32::MAX, kind: CancelTroubleKind::LandsAfter(LANDS_AFTER) })),

    (7001, "query-not-exist", "charged, answer lost; queries say ACQ.TRADE_NOT_EXIST for 10 s", PAID.damaged(Damage::Lost).queries(for_ten_seconds(QueryTroubleKind::NotExist))),
    (7002, "query-unsigned", "charged, answer lost; queries are unsigned for 10 s", PAID.damaged(Damage::Lost).queries(for_ten_seconds(QueryTroubleKind::Damaged(Damage::Unsigned)))),
    (7003, "query-html", "charged, answer lost; queries answer 502 for 10 s", PAID.damaged(Damage::Lost).queries(for_ten_seconds(QueryTroubleKind::Damaged(Damage::Html502)))),
    (7004, "query-lost", "charged, answer lost; queries get no answer for 10 s", PAID.damaged(Damage::Lost).queries(for_ten_seconds(QueryTroubleKind::Damaged(Damage::Lost)))),
    (7005, "query-bad-signature", "10003, the buyer pays after 2 queries; queries are wrongly signed for 10 s", Script::asks(Plan::PaysAfter(2)).queries(for_ten_seconds(QueryTroubleKind::Damaged(Damage::BadSignature)))),
    (7006, "query-wrong-amount", "charged, answer lost; every query names one fen more", PAID.damaged(Damage::Lost).queries(QueryTrouble { lasts: Duration::MAX, kind: QueryTroubleKind::WrongAmount })),
    (7007, "query-never", "charged, answer lost; every query answers 502", PAID.damaged(Damage::Lost).queries(QueryTrouble { lasts: Duration::MAX, kind: QueryTroubleKind::Damaged(Damage::Html502) })),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_and_names_are_unique_and_sorted() {
        let all = stories();
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code));
        let names: BTreeSet<_> = all.iter().map(|story| &story.name).collect();
        assert_eq!(names.len(), all.len());
        assert_eq!(all[0].code, 1);
    }

    #[test]
    fn every_other_number_is_paid_at_once() {
        assert_eq!(chosen_by("28763443825664394").code, 1);
        assert_eq!(chosen_by("280000000000001002").code, 1002);
    }

    #[test]
    fn the_readme_has_the_table() {
        let readme = include_str!("../../README.md");
        assert!(
            readme.contains(&story_table()),
            "the story table of tools/sandbox/README.md is out of date; it must contain:\n{}",
            story_table()
        );
    }
}
