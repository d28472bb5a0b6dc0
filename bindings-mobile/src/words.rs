//! The closed words of the wire model.

use alipay_core::wire;

macro_rules! words {
    ($($(#[$about:meta])* $name:ident { $($doc:literal $variant:ident;)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
        pub enum $name {
            $(#[doc = $doc] $variant,)*
        }

        impl From<wire::$name> for $name {
            fn from(word: wire::$name) -> Self {
                match word {
                    $(wire::$name::$variant => Self::$variant,)*
                }
            }
        }

        impl From<$name> for wire::$name {
            fn from(word: $name) -> Self {
                match word {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }
    )*};
}

words! {
    /// The signature algorithm.
    SignType {
        "`RSA2`: RSASSA-PKCS1-v1_5 with SHA-256." Rsa2;
        "`RSA`: RSASSA-PKCS1-v1_5 with SHA-1, for applications that have not moved yet." Rsa;
    }

    /// How text becomes bytes.
    Charset {
        "`utf-8`: every character there is." Utf8;
        "`gbk`: 21,000 Chinese characters, no emoji." Gbk;
        "`gb18030`: every character but those that its readers disagree about (`charset_unmappable`); those of GBK as in GBK." Gb18030;
        "`gb2312`: the 6,763 Chinese characters of 1980." Gb2312;
    }

    /// Which of the gateway's two protocols a payment speaks.
    ApiVersion {
        "`v2`: forms, to the gateway's one address." V2;
        "`v3`: JSON, to an address for each method; the signatures are in headers." V3;
    }

    /// Which of the ready-made policies to start from.
    PolicyPreset {
        "Every 5 s for 60 s." Default;
        "As Alipay's demonstration: 5 queries, 5 s apart." OfficialDemo;
        "Every 3 s for 30 s." Fast;
    }

    /// Which call a request of a payment is.
    RequestKind {
        "`alipay.trade.pay`" Pay;
        "`alipay.trade.query`" Query;
        "`alipay.trade.cancel`" Cancel;
    }

    /// What a timeout is for.
    Wake {
        "The request in flight is given up." RequestTimeout;
        "The signature asked for is given up." SignTimeout;
        "The next query is due." Query;
        "The next cancel is due." Cancel;
    }

    /// How a request without a usable answer ended.
    Failure {
        "Not a byte of it can have reached the gateway: no address, connection refused, TLS failed, or the host did not send it." NotSent;
        "It was not sent, because the snapshot could not be stored." NotStored;
        "Its connection was reset by either side, on a direct path to the gateway: it lands within `settleMs` or never." Aborted;
        "Anything else: a timeout on a connection that was closed normally, a proxy between." MaybeSent;
    }

    /// Where a payment stands, for a cashier's screen.
    Phase {
        "Nothing was sent yet." Ready;
        "The payment was sent; waiting for the answer." Paying;
        "The buyer is asked to confirm on the phone (等待用户付款)." AwaitingBuyer;
        "The result is unknown; asking Alipay." Confirming;
        "Cancelling the trade." Cancelling;
        "There is an outcome." Done;
    }

    /// Why a payment was declined.
    DeclineReason {
        "Alipay refused it for good." Refused;
        "Too many calls (40005)." RateLimited;
        "The request provably never left this machine." NotSent;
    }

    /// How a conflict was noticed.
    ConflictReason {
        "Alipay answered pay that the number belongs to another trade." OrderNumberTaken;
        "A trade under this number has another amount." AmountDiffers;
        "A trade under this number was paid before our pay left." PaidEarlier;
        "A trade under this number exists although our pay was never sent." ExistsUnsent;
        "The payment was given up, and a trade of its amount is paid that may be another sale's: money to check." PaidAfterGivingUp;
    }

    /// What remained open.
    UnresolvedReason {
        "Every cancel was sent without a decisive answer." CancelExhausted;
        "Alipay refuses to cancel, and the trade is neither paid nor closed." CancelRefused;
        "The buyer has paid, and the merchant's balance does not cover the refund." SellerBalance;
        "The number may belong to another trade, and no query was answered. Nothing was cancelled." ConflictUnconfirmed;
        "No trade was found, but a request may still land: the buyer may yet be charged." MayLand;
        "No query was answered, so nothing was cancelled: what is open may be another sale's." NoAnswer;
        "Cancel could not be stored, so it was not sent." NotStored;
        "The trade is paid although a cancel left before a restart. Keep it or refund it by hand, or give it up." PaidAfterCancel;
        "The payment was given up, the trade is paid and is ours, and cancelling is refused: money to refund." RefundDue;
    }

    /// Who can mend an error.
    Fault {
        "The merchant, in its set-up: a key, the gateway's URL, the policy." Configuration;
        "The caller: the value given to this call is wrong." Input;
        "The other side sent nothing, or something that can't be trusted or read." Peer;
        "The programmer: the call itself makes no sense now." Misuse;
        "A signing backend failed on good input." Backend;
        "What the application plugged in (its store, its signer) failed." Host;
        "A defect of this library." Internal;
    }

    /// What a business code says about the payment.
    Class {
        "Definitely refused; nothing was taken." Declined;
        "It may or may not have happened: only a query can tell." Unknown;
        "The order number belongs to another trade." Conflict;
        "Refused because the merchant's set-up or contract is wrong; nothing was taken." Configuration;
    }

    /// Who must act on a business code.
    Actor {
        "The cashier (收银员), now." Cashier;
        "The buyer (买家), now." Buyer;
        "The merchant (商家), in its set-up or contract." Merchant;
        "Alipay (支付宝), usually by asking its support." Alipay;
    }
}
