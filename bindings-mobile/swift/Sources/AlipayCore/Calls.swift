// Calls of any method, and of those whose request and answer have types.

import AlipayEngine

/// A call of any method, checked.
///
/// - Parameters:
///   - bizContent: one JSON object, sent and signed exactly as it is; or blank.
///   - parameters: further public parameters, or others than the merchant's `notify_url` and `app_auth_token`.
///   - plain: don't encrypt it, also if the merchant has an AES key: for methods that can't be encrypted.
public func call(
    _ method: String, bizContent: String, parameters: [Parameter] = [], plain: Bool = false
) throws(AlipayError) -> Call {
    try native {
        try AlipayEngine.call(method: method, bizContent: bizContent, parameters: parameters, plain: plain)
    }
}

/// A call of a typed method from its request as JSON with Alipay's field names, every documented limit checked.
public func typedCall(_ method: String, request: String) throws(AlipayError) -> Call {
    try native { try AlipayEngine.typedCall(method: method, request: request) }
}

/// An operation that needs no merchant, such as `certSn`: what goes in and what comes out is JSON, as docs/operations.md lists.
///
/// - Throws: `argumentType`, and those of the operation.
public func invoke(_ operation: String, _ input: String) throws(AlipayError) -> String {
    try native { try AlipayEngine.invoke(operation: operation, input: input) }
}

/// `alipay.trade.pay` (统一收单交易支付接口), every documented limit checked. A till wants ``pay(_:order:policy:options:)``, which
/// sees it through.
public func tradePay(_ request: TradePayRequest) throws(AlipayError) -> Call {
    try native { try AlipayEngine.tradePay(request: request) }
}

/// `alipay.trade.query` (统一收单线下交易查询), every documented limit checked.
public func tradeQuery(_ request: TradeQueryRequest) throws(AlipayError) -> Call {
    try native { try AlipayEngine.tradeQuery(request: request) }
}

/// `alipay.trade.cancel` (统一收单交易撤销接口), every documented limit checked.
public func tradeCancel(_ request: TradeCancelRequest) throws(AlipayError) -> Call {
    try native { try AlipayEngine.tradeCancel(request: request) }
}

/// The answer of `alipay.trade.pay`, typed.
public func tradePayResponse(_ answer: Answer) throws(AlipayError) -> TradePayResponse {
    try native { try AlipayEngine.tradePayResponse(answer: answer) }
}

/// The answer of `alipay.trade.query`, typed.
public func tradeQueryResponse(_ answer: Answer) throws(AlipayError) -> TradeQueryResponse {
    try native { try AlipayEngine.tradeQueryResponse(answer: answer) }
}

/// The answer of `alipay.trade.cancel`, typed.
public func tradeCancelResponse(_ answer: Answer) throws(AlipayError) -> TradeCancelResponse {
    try native { try AlipayEngine.tradeCancelResponse(answer: answer) }
}
