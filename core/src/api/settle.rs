//! Who gets which part of the money: royalties (分账) and settlement (结算).

use crate::{amount::Amount, id::Personal, json::record};
use alloc::{string::String, vec::Vec};

record! {
    /// The royalties of an order (分账信息).
    RoyaltyInfo {
        royalty_type: String, 150, "Kind of royalty; `ROYALTY` is the only one.";
        royalty_detail_infos: Vec<RoyaltyDetail>, 0, "Required. Who gets what.";
    }
}

record! {
    /// One royalty of an order (分账明细).
    RoyaltyDetail {
        serial_no: u64, 9, "In which order it is done.";
        trans_in_type: String, 24, "Kind of account that receives: `userId` (default), `bankIndex` or `storeId`.";
        batch_no: String, 32, "Batch, for `bankIndex`.";
        out_relation_id: String, 64, "The merchant's number for this royalty.";
        trans_out_type: String, 24, "Kind of account that gives: `userId`.";
        trans_out: Personal, 16, "The account that gives.";
        trans_in: Personal, 28, "Required. The account that receives.";
        amount: Amount, 11, "Required. How much.";
        desc: String, 1000, "What for.";
        amount_percentage: String, 3, "Which part, in percent.";
    }
}

record! {
    /// One royalty of a settlement or of a refund (分账明细信息, `OpenApiRoyaltyDetailInfoPojo`).
    RoyaltyParameter {
        royalty_type: String, 32, "`transfer` (分账, default) or `replenish` (补差).";
        trans_out: Personal, 0, "The account that gives; at most 16 characters if it is a `userId`.";
        trans_out_type: String, 64, "`userId` or `loginName`.";
        trans_in_type: String, 64, "`userId`, `cardAliasNo`, `loginName` or `openId`.";
        trans_in: Personal, 0, "Required. The account that receives; at most 16 characters if it is a `userId`.";
        amount: Amount, 11, "How much.";
        desc: String, 1000, "What for.";
        royalty_scene: String, 256, "`达人佣金`, `平台服务费`, `技术服务费` or `其他`.";
        trans_in_name: Personal, 64, "The receiver's name, checked if it is given.";
        amount_percentage: u64, 3, "Which part, in percent: 1 to 100.";
    }
}

record! {
    /// How an order is settled (结算信息).
    SettleInfo {
        settle_detail_infos: Vec<SettleDetailInfo>, 0, "Required. To whom; one at present.";
        settle_period_time: String, 10, "When it is settled without being confirmed: `1d` to `365d`.";
    }
}

record! {
    /// To whom an order is settled (结算详细信息).
    SettleDetailInfo {
        trans_in_type: String, 64, "Required. `cardAliasNo`, `userId`, `loginName` or `defaultSettle`.";
        trans_in: Personal, 64, "Required but for `defaultSettle`. The account that receives.";
        summary_dimension: String, 64, "What settlements are batched by, for `cardAliasNo`.";
        settle_entity_id: String, 64, "Who is settled.";
        settle_entity_type: String, 32, "Kind of it: `SecondMerchant` or `Store`.";
        amount: Amount, 11, "Required unless there is an `actual_amount`. Must be the order's total.";
        actual_amount: Amount, 11, "Amount of a part, if an order is settled in parts.";
    }
}
