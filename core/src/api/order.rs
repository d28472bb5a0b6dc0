//! What an order carries, whichever method makes it.

use crate::{amount::Amount, id::Personal, json::record};
use alloc::string::String;

record! {
    /// One of the goods of an order (商品列表).
    GoodsDetail {
        goods_id: String, 32, "Required. The goods' number.";
        goods_name: String, 256, "Required. The goods' name.";
        quantity: u64, 10, "Required. How many.";
        price: Amount, 9, "Required. Price of one.";
        goods_category: String, 24, "Category.";
        body: String, 1000, "Description.";
        show_url: String, 400, "Where the goods are shown.";
        alipay_goods_id: String, 32, "Alipay's number for the goods.";
        categories_tree: String, 128, "The categories from the root down to the leaf, joined by `|`.";
        goods_ean_id: String, 0, "The goods' EAN code.";
        out_item_id: String, 0, "The merchant's number for the goods in its mini-program.";
        out_sku_id: String, 0, "The merchant's number for the SKU in its mini-program.";
    }
}

record! {
    /// Business extensions (业务扩展参数).
    ExtendParams {
        sys_service_provider_id: String, 64, "The PID of the system's vendor, for its commission.";
        industry_reflux_info: String, 512, "Industry data, as JSON text.";
        card_type: String, 32, "Card type.";
        hb_fq_num: String, 5, "Number of instalments (花呗分期).";
        hb_fq_seller_percent: String, 3, "Which part of the instalments' fee the seller bears, such as `100`.";
        specified_seller_name: String, 32, "The seller's name as it is shown.";
        royalty_freeze: String, 0, "`true`: freeze the money for royalties to come.";
        trade_component_order_id: String, 0, "The order's number in a mini-program's trade component.";
        tc_installment_order_id: String, 0, "The instalment's number of such an order.";
        credit_ext_info: String, 0, "Credit data, as agreed with Zhima.";
    }
}

record! {
    /// What the merchant passes in for risk control and marketing (商户传入业务信息).
    BusinessParams {
        campus_card: Personal, 64, "Campus card's number.";
        card_type: String, 128, "Virtual card's type.";
        actual_order_time: String, 256, "When the order really happened.";
        good_taxes: String, 32, "Taxes.";
        mc_create_trade_ip: Personal, 128, "The buyer's public IP address, v4 or v6.";
        tiny_app_merchant_biz_type: String, 0, "The mini-program's kind of business.";
        enterprise_pay_info: String, 0, "Data of an enterprise's payment.";
        enterprise_pay_amount: String, 0, "Amount of an enterprise's payment, in yuan.";
        buyer_memo: Personal, 0, "The buyer's remark.";
        force_pwd: String, 0, "`true`: always ask for the password.";
        priority_unfreeze_asset: String, 0, "What to unfreeze first: `CREDIT_ASSET` or `COMMON_ASSET`.";
    }
}

record! {
    /// Which buyer may pay (外部指定买家).
    ExtUserInfo {
        name: Personal, 16, "The buyer's name. Required if `fix_buyer` is `T`.";
        mobile: Personal, 20, "The buyer's phone; not checked by Alipay at present.";
        cert_type: String, 32, "Kind of certificate, such as `IDENTITY_CARD`. Required if `fix_buyer` is `T`.";
        cert_no: Personal, 64, "The certificate's number. Required if `fix_buyer` is `T`.";
        min_age: String, 3, "The least age, a whole number; needs `need_check_info` = `T`.";
        fix_buyer: String, 8, "`T`: the payer must be this person; `F`: need not.";
        need_check_info: String, 1, "`T`: what is given here is checked; `F`: not.";
        identity_hash: Personal, 128, "SHA-256 of name and certificate's number, instead of both.";
    }
}

record! {
    /// A merchant below the one that calls (二级商户信息).
    SubMerchant {
        merchant_id: String, 20, "Its number at Alipay.";
        merchant_type: String, 32, "Kind of number; `alipay` is the only one and the default.";
    }
}

record! {
    /// What promotions look at (优惠明细参数).
    PromoParam {
        actual_order_time: String, 32, "When the order really happened, for payments made later, as in a bus.";
    }
}

record! {
    /// How to pay later (支付相关参数).
    PayParams {
        async_type: String, 0, "Kind of later payment, such as `NORMAL_ASYNC`.";
        retry_type: String, 0, "Whether it is tried again, such as `NONE_AND_CLOSETRADE`.";
    }
}

record! {
    /// What a bank's acquirer says about itself (间联收单机构信息).
    BkAgentReqInfo {
        acq_code: String, 0, "The acquirer's code at the clearing house.";
        device_type: String, 0, "Kind of terminal.";
        location: String, 0, "Where the terminal is: latitude and longitude.";
        merch_code: String, 0, "The merchant's code at the clearing house.";
        serial_num: String, 0, "The terminal's serial number.";
    }
}

record! {
    /// How the goods travel (物流信息).
    LogisticsDetail {
        logistics_type: String, 32, "`POST`, `EXPRESS`, `VIRTUAL`, `EMS` or `DIRECT`.";
    }
}

record! {
    /// Where the goods go (收货人及地址信息).
    ReceiverAddressInfo {
        name: Personal, 512, "Who receives.";
        address: Personal, 512, "The address.";
        mobile: Personal, 60, "The phone.";
        zip: Personal, 40, "The postal code.";
        division_code: String, 16, "China's code of the division.";
    }
}

record! {
    /// The invoice (开票信息).
    InvoiceInfo {
        key_info: InvoiceKeyInfo, 0, "Required. Who makes it out.";
        details: String, 400, "Required. What it says, as JSON text.";
    }
}

record! {
    /// Who makes the invoice out (开票关键信息).
    InvoiceKeyInfo {
        is_support_invoice: bool, 0, "Required. Whether there can be one.";
        invoice_merchant_name: String, 80, "Required. The merchant's short name, with the store's behind `|`.";
        tax_num: String, 30, "Required. The tax number.";
    }
}
