/** Calls of Alipay's methods: plain data, checked by the core. */

import { jsonOf, optionsOf, pairsOf, textOf } from "./arguments.js";
import { guarded, parsed, theEngine } from "./errors.js";
import type {
  Call as WireCall,
  Methods,
  Operations,
  TradeCancelRequest,
  TradeCancelResponse,
  TradePayRequest,
  TradePayResponse,
  TradeQueryRequest,
  TradeQueryResponse,
} from "./generated.js";
import type { NamedValues } from "./values.js";

declare const answers: unique symbol;

/** A call of one method, to be sent with `Alipay.execute` or in steps of one's own. `Data` is what its answer holds. */
export interface Call<Data = Record<string, unknown>> extends Readonly<WireCall> {
  /** Only a type; nothing stands here. */
  readonly [answers]?: Data;
}

/**
 * A call of any method. `bizContent` is sent and signed exactly as given.
 * @param parameters further public parameters such as `return_url`, or others than the merchant's `notify_url` and
 *   `app_auth_token` for this call
 * @param options `plain`: sends this call unencrypted, also if the merchant has an AES key
 * @throws {AlipayError} `method_name`, `json_syntax`, `parameter_reserved`
 */
export function call<Data = Record<string, unknown>>(
  method: string,
  bizContent: string,
  parameters?: NamedValues,
  options?: { readonly plain?: boolean },
): Call<Data> {
  const { plain } = optionsOf(options, { plain: (value) => typeof value === "boolean" });
  const made: Call<Data> = {
    method: textOf(method, "method"),
    bizContent: textOf(bizContent, "bizContent"),
    ...(parameters === undefined ? {} : { parameters: pairsOf(parameters, "parameters").map(([name, value]) => [name, value]) }),
    ...(plain === undefined ? {} : { plain }),
  };
  guarded(theEngine(), (engine) => engine.checkCall(JSON.stringify(made)));
  return made;
}

/**
 * `alipay.trade.pay` (统一收单交易支付接口). A barcode payment is better made with `pay`, which also does what may follow.
 * @throws {AlipayError} `field_missing`, `field_too_long`, `field_type`, `amount_range`, …, with the field's name
 */
export function tradePay(request: TradePayRequest): Call<TradePayResponse> {
  return typed("alipay.trade.pay", request);
}

/**
 * `alipay.trade.query` (统一收单线下交易查询), by `out_trade_no` or `trade_no`.
 * @throws {AlipayError} `field_missing`, `field_too_long`, `out_trade_no`
 */
export function tradeQuery(request: TradeQueryRequest): Call<TradeQueryResponse> {
  return typed("alipay.trade.query", request);
}

/**
 * `alipay.trade.cancel` (统一收单交易撤销接口), by `out_trade_no` or `trade_no`.
 * @throws {AlipayError} `field_missing`, `field_too_long`, `out_trade_no`
 */
export function tradeCancel(request: TradeCancelRequest): Call<TradeCancelResponse> {
  return typed("alipay.trade.cancel", request);
}

/**
 * A call of a typed method, every documented limit checked.
 * @throws {AlipayError} `method_name`, `field_missing`, `field_too_long`, `field_type`, `amount_range`, …, with the field's name
 */
export function typedCall<Name extends keyof Methods>(
  method: Name,
  request: Methods[Name]["request"],
): Call<Methods[Name]["response"]> {
  return typed(textOf(method, "method"), request);
}

/**
 * An operation that needs no merchant, such as `certSn`: what goes in and what comes out is listed in {@link Operations}. Bytes are
 * base64 there.
 * @throws {AlipayError} `argument_type` about `operation` or `input`, and those of the operation
 */
export function invoke<Name extends keyof Operations>(operation: Name, input: Operations[Name]["input"]): Operations[Name]["output"] {
  const [name, given] = [textOf(operation, "operation"), jsonOf(input, "input")];
  return parsed(guarded(theEngine(), (engine) => engine.invoke(name, given)));
}

function typed<Data>(method: string, request: object): Call<Data> {
  const given = jsonOf(request, "request");
  return { method, bizContent: guarded(theEngine(), (engine) => engine.tradeCall(method, given)) };
}
