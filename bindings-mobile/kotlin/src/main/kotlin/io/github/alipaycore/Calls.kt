// Calls of any method, and of those whose request and answer have types.

package io.github.alipaycore

/**
 * A call of any method, checked.
 *
 * @param bizContent one JSON object, sent and signed exactly as it is; or blank
 * @param parameters further public parameters, or others than the merchant's `notify_url` and `app_auth_token`
 * @param plain don't encrypt it, also if the merchant has an AES key: for methods that can't be encrypted
 */
public fun call(
    method: String,
    bizContent: String,
    parameters: List<Parameter> = emptyList(),
    plain: Boolean = false,
): Call = native { nativeCall(method, bizContent, parameters, plain) }

/** A call of a typed method from its request as JSON with Alipay's field names, every documented limit checked. */
public fun typedCall(method: String, request: String): Call = native { nativeTypedCall(method, request) }

/**
 * An operation that needs no merchant, such as `certSn`: what goes in and what comes out is JSON, as docs/operations.md lists.
 *
 * @throws AlipayException `ARGUMENT_TYPE`, and those of the operation
 */
public fun invoke(operation: String, input: String): String = native { nativeInvoke(operation, input) }

/** `alipay.trade.pay` (统一收单交易支付接口), every documented limit checked. A till wants [pay], which sees it through. */
public fun tradePay(request: TradePayRequest): Call = native { nativeTradePay(request) }

/** `alipay.trade.query` (统一收单线下交易查询), every documented limit checked. */
public fun tradeQuery(request: TradeQueryRequest): Call = native { nativeTradeQuery(request) }

/** `alipay.trade.cancel` (统一收单交易撤销接口), every documented limit checked. */
public fun tradeCancel(request: TradeCancelRequest): Call = native { nativeTradeCancel(request) }

/** The answer of `alipay.trade.pay`, typed. */
public fun tradePayResponse(answer: Answer): TradePayResponse = native { nativeTradePayResponse(answer) }

/** The answer of `alipay.trade.query`, typed. */
public fun tradeQueryResponse(answer: Answer): TradeQueryResponse = native { nativeTradeQueryResponse(answer) }

/** The answer of `alipay.trade.cancel`, typed. */
public fun tradeCancelResponse(answer: Answer): TradeCancelResponse = native { nativeTradeCancelResponse(answer) }
