// Payments, step by step. What is expected is worked out from payment.md by hand: every time below is a sum of the
// policy's times, none was read off the machine. Where payment.md leaves a moment open (is the next tick counted from the
// question or from its answer?) the answer comes in the millisecond of the question, so that both are the same.

import { keyTable } from "./oracle.mjs";
import { findings } from "./payment_findings.mjs";
import { rule_1, rule_2, rule_3, rule_5, rule_6, rule_7, rule_8, rule_9, rule_10, rule_11, rule_12, rule_13, rule_14 } from "./payment_rules.mjs";
import {
  cancels, cashier, clocks, promptness, ends, not_sent, notifications, refusals, schedules, signers,
} from "./payment_table.mjs";

export const payment = {
  description:
    "Payments, step by step, in the wire model. The payment is made at `start` (Unix ms) of `merchant` (the wire model's options without keys; " +
    "its application's key is `app_2048`, Alipay's is `alipay_2048`), `policy` and `order`, its requests numbered from 1, and knowing `alipayTime` (Unix ms), if there is one; if `external`, without the private key. " +
    "If `resetsOnDeath` is there, the payment is told so at the start and after each restore. For each " +
    "step: apply `input`, or crash and restore at `now`, from the payment's own snapshot (`restore`: true) or from this one " +
    "(`restore`: base64), with what the host knows (`restored`, if it is there; `firstId` is 1 more than the highest id in the outputs so far, 1 if there is none), " +
    "or nothing; then poll once at `now`. What comes out is outputs[i]: the redacted wire output; a request also " +
    "has `method` and `bizContent` (the form's biz_content, parsed), a sign request also its `message`. If the input is refused, outputs[i] " +
    "is {\"error\": code} and there is no poll. A row with `error` fails while the payment is made or restored. For every " +
    "request: the signature is the application's over the form's fields and the URL's charset, and the timestamp is the `now` at which " +
    "it was made (with an external signer: at which the signature was asked for). A timeout's `at` is later than its `now`.",
  source: "tests/vectors/generate/payment.mjs, worked out from payment.md by hand, signed with node:crypto",
  keys: keyTable("app_2048", "alipay_2048"),
  rows: [
    ...ends, ...schedules, ...promptness, ...cashier, ...rule_1, ...rule_2, ...rule_3, ...rule_5, ...rule_6, ...rule_7, ...rule_8, ...rule_9,
    ...rule_10, ...rule_11, ...rule_12, ...rule_13, ...rule_14, ...findings,
    ...not_sent, ...cancels, ...notifications, ...clocks, ...signers, ...refusals,
  ],
};
