// Rows about whole payments: what goes in, step by step, and what the machine asks for.

package io.github.alipaycore.vectors

import io.github.alipaycore.Alipay
import io.github.alipaycore.AlipayException
import io.github.alipaycore.ApiVersion
import io.github.alipaycore.ErrorCode
import io.github.alipaycore.Failure
import io.github.alipaycore.HttpRequest
import io.github.alipaycore.Input
import io.github.alipaycore.MerchantOptions
import io.github.alipaycore.News
import io.github.alipaycore.Outcome
import io.github.alipaycore.Output
import io.github.alipaycore.Parameter
import io.github.alipaycore.Payment
import io.github.alipaycore.Policy
import io.github.alipaycore.PolicyPreset
import io.github.alipaycore.Restored
import io.github.alipaycore.SignType
import io.github.alipaycore.Start
import io.github.alipaycore.Trade
import io.github.alipaycore.TradePayRequest
import io.github.alipaycore.decodeForm
import io.github.alipaycore.stringToSign
import io.github.alipaycore.toBeijing
import io.github.alipaycore.word
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.long
import java.util.Base64

fun payment(row: Fields, keys: Keys): JsonElement {
    val external = row.boolean("external")
    val merchant = row["merchant"].jsonObject.fields()
    val options = MerchantOptions(
        appId = merchant.text("appId"),
        alipayPublicKey = keys.getValue("alipay_2048").public,
        privateKey = if (external) null else keys.getValue("app_2048").private,
        gateway = merchant.optionalText("gateway"),
        appAuthToken = merchant.optionalText("appAuthToken"),
        apiVersion = merchant.optionalText("apiVersion")?.let(::apiVersion),
    )
    merchant.done()
    val order = order(row["order"].jsonObject)
    val policy = policy(row["policy"].jsonObject)
    val start = row.long("start")
    val alipayTime = row.optional("alipayTime")?.jsonPrimitive?.long
    val resetsOnDeath = row.optional("resetsOnDeath")?.jsonPrimitive?.boolean
    val steps = row["steps"].jsonArray.map { it.jsonObject.fields() }
    Alipay(options).use { alipay ->
        // The order as JSON comes to the same.
        val first = Start(firstId = 1u, alipayTime = alipayTime)
        val json = runCatching { Payment.fromJson(alipay, row["order"].toString(), policy, start, first).close() }
        var payment = try {
            Payment(alipay, order, policy, start, first)
        } catch (e: AlipayException) {
            val same = json.exceptionOrNull() as AlipayException
            check(same.code == e.code && same.subject == e.subject)
            throw e
        }
        json.getOrThrow()
        resetsOnDeath?.let(payment::setResetsOnDeath)
        val watch = Watch(keys.getValue("app_2048"))
        val outputs = mutableListOf<JsonElement>()
        try {
            for (step in steps) {
                val now = step.long("now")
                val input = step.optional("input")
                val restore = step.optional("restore")
                val known = step.optional("restored")?.jsonObject?.fields()
                step.done()
                check(input == null || restore == null)
                if (input != null) {
                    try {
                        payment.handle(input(input.jsonObject.fields()), now)
                    } catch (e: AlipayException) {
                        outputs += json("error" to json(e.code.word))
                        continue
                    }
                }
                if (restore != null) {
                    val own = !restore.jsonPrimitive.isString
                    check(!own || restore.jsonPrimitive.boolean)
                    val snapshot = if (own) payment.snapshot() else base64(restore.jsonPrimitive.content)
                    val restored = Payment.restore(alipay, snapshot, now, restored(known, watch.highest + 1u))
                    payment.close()
                    payment = restored
                    resetsOnDeath?.let(payment::setResetsOnDeath)
                }
                val before = payment.state()
                check(payment.outTradeNo == order.outTradeNo)
                val output = payment.poll(now)
                outputs += watch.output(output, now)
                if (output is Output.Done) check(output.outcome == payment.outcome) { "$before, $output" }
            }
        } finally {
            payment.close()
        }
        return json("outputs" to json(outputs))
    }
}

/** What a restore knows; requests are numbered from [firstId]. */
private fun restored(known: Fields?, firstId: UInt): Restored {
    fun flag(name: String) = known?.optional(name)?.jsonPrimitive?.boolean ?: false
    return Restored(firstId, flag("writerIsDead"), flag("neverSuspended"), flag("gatewayMoved")).also { known?.done() }
}

/** A word that is no version is refused as the core does, whose types know no other. */
private fun apiVersion(word: String): ApiVersion =
    ApiVersion.entries.find { word(it) == word } ?: throw AlipayException(ErrorCode.OPTIONS)

private fun base64(text: String): ByteArray = Base64.getDecoder().decode(text)

/** A word of the wire model: `AWAITING_BUYER` is `awaitingBuyer`. */
fun word(value: Enum<*>): String =
    value.name.lowercase().split('_').reduce { word, part -> word + part.replaceFirstChar(Char::uppercase) }

private fun order(json: JsonObject): TradePayRequest {
    val order = json.fields()
    return TradePayRequest(
        outTradeNo = order.optionalText("out_trade_no"),
        scene = order.optionalText("scene"),
        authCode = order.optionalText("auth_code"),
        subject = order.optionalText("subject"),
        totalAmount = order.optionalText("total_amount"),
        discountableAmount = order.optionalText("discountable_amount"),
        undiscountableAmount = order.optionalText("undiscountable_amount"),
        timeoutExpress = order.optionalText("timeout_express"),
    ).also { order.done() }
}

fun policy(json: JsonObject): Policy {
    val policy = json.fields()
    fun ms(name: String) = policy.optional(name)?.takeUnless { it is JsonNull }?.jsonPrimitive?.long
    fun flag(name: String) = policy.optional(name)?.takeUnless { it is JsonNull }?.jsonPrimitive?.boolean
    return Policy(
        preset = policy.optionalText("preset")?.let { name -> PolicyPreset.entries.single { word(it) == name } },
        payTimeoutMs = ms("payTimeoutMs"),
        queryTimeoutMs = ms("queryTimeoutMs"),
        cancelTimeoutMs = ms("cancelTimeoutMs"),
        signTimeoutMs = ms("signTimeoutMs"),
        pollIntervalMs = ms("pollIntervalMs"),
        pollWindowMs = ms("pollWindowMs"),
        retrySoonMs = ms("retrySoonMs"),
        settleMs = ms("settleMs"),
        sendWithinMs = ms("sendWithinMs"),
        cancelRetryMs = policy.optional("cancelRetryMs")?.jsonArray?.map { it.jsonPrimitive.long },
        confirmNotSent = flag("confirmNotSent"),
        fenceMs = ms("fenceMs"),
        longAuthCodes = flag("longAuthCodes"),
    ).also { policy.done() }
}

private fun input(input: Fields): Input {
    fun id() = input.long("id").toUInt()
    return when (val type = input.text("type")) {
        "response" -> {
            val headers = if (input.optional("headers") == null) emptyList() else parameters(input.pairs("headers"))
            val reset = input.optional("reset")?.jsonPrimitive?.boolean ?: false
            Input.Response(id(), input.long("status").toInt(), base64(input.text("body")), headers, reset)
        }
        "failure" -> {
            val failure = input.text("failure")
            Input.Failure(id(), Failure.entries.single { word(it) == failure })
        }
        "signature" -> Input.Signature(id(), base64(input.text("signature")))
        "notify" -> Input.Notify(base64(input.text("body")))
        "cancel" -> Input.Cancel
        "giveUp" -> Input.GiveUp
        else -> error(type)
    }.also { input.done() }
}

/** What is said of an output, and what is checked that no row says. */
private class Watch(private val app: KeyPair) {
    /** When the host was asked to sign a request. */
    private val asked = mutableMapOf<UInt, Long>()

    /** The highest id that was seen. */
    var highest = 0u
        private set

    fun output(output: Output, now: Long): JsonElement {
        when (output) {
            is Output.Request -> highest = maxOf(highest, output.id)
            is Output.Sign -> highest = maxOf(highest, output.id)
            else -> {}
        }
        return said(output, now)
    }

    private fun said(output: Output, now: Long): JsonElement = when (output) {
        is Output.Request -> {
            val (method, content) = request(output.http, asked[output.id] ?: now)
            json(
                "type" to json("request"),
                "id" to json(output.id.toInt()),
                "kind" to json(word(output.kind)),
                "timeoutMs" to json(output.timeoutMs),
                "checkpoint" to json(output.checkpoint),
                "sendWithinMs" to json(output.sendWithinMs),
                "method" to json(method),
                "bizContent" to content,
            )
        }
        is Output.Sign -> {
            asked[output.id] = now
            json(
                "type" to json("sign"),
                "id" to json(output.id.toInt()),
                "kind" to json(word(output.kind)),
                "signType" to json(output.signType.name),
                "timeoutMs" to json(output.timeoutMs),
                "message" to json(output.message),
            )
        }
        is Output.Save -> json("type" to json("save"))
        is Output.News -> json("type" to json("news"), "news" to news(output.news))
        is Output.Timeout -> {
            check(output.at > now) { "a timeout that is over" }
            json("type" to json("timeout"), "at" to json(output.at), "wake" to json(word(output.wake)))
        }
        is Output.Done -> json("type" to json("done"), "outcome" to outcome(output.outcome))
    }

    /** The method and the content of a request made at [made], which must be signed and dated. */
    private fun request(http: HttpRequest, made: Long): Pair<String, JsonElement> {
        check(http.method == "POST")
        val v3 = http.url.indexOf("/v3/")
        if (v3 >= 0) return requestV3(http, http.url.substring(v3), made)
        val query = decode(http.url.substringAfter('?').toByteArray())
        check(query == listOf("charset" to "utf-8")) { "the charset is in the URL" }
        val fields = (decode(http.body) + query)
        val form = fields.toMap()
        check(form.size == fields.size && form["timestamp"] == toBeijing(made))
        val message = stringToSign((form - "sign").map { (name, value) -> Parameter(name, value) })
        check(app.jvmVerify(SignType.RSA2, message.toByteArray(), base64(form.getValue("sign")))) { "the signature" }
        return form.getValue("method") to Json.parseToJsonElement(form.getValue("biz_content"))
    }

    /** The same over OpenAPI v3. */
    private fun requestV3(http: HttpRequest, path: String, made: Long): Pair<String, JsonElement> {
        val (auth, sign) = http.headers.getValue("authorization").removePrefix("ALIPAY-SHA256withRSA ").split(",sign=", limit = 2)
        check(auth.endsWith(",timestamp=$made")) { auth }
        val body = http.body.decodeToString()
        val message = "$auth\nPOST\n$path\n$body\n"
        check(app.jvmVerify(SignType.RSA2, message.toByteArray(), base64(sign))) { "the signature" }
        return path to Json.parseToJsonElement(body)
    }

    private fun decode(form: ByteArray) = decodeForm(form).map { it.name.decodeToString() to it.value.decodeToString() }

    private fun trade(trade: Trade): JsonElement = trade.run {
        json(
            "outTradeNo" to json(outTradeNo),
            "tradeNo" to json(tradeNo),
            "totalAmount" to json(totalAmount),
            "receiptAmount" to json(receiptAmount),
            "paidAt" to (paidAt?.let(::json) ?: JsonNull),
        )
    }

    private fun news(news: News): JsonElement = when (news) {
        is News.StillPaid ->
            json("type" to json("stillPaid"), "trade" to trade(news.trade), "proven" to json(news.proven))
        is News.OtherSale -> json("type" to json("otherSale"))
        is News.Closed -> json("type" to json("closed"), "refunded" to (news.refunded?.let(::json) ?: JsonNull))
        is News.NotKnown -> json("type" to json("notKnown"))
    }

    private fun outcome(outcome: Outcome): JsonElement = when (outcome) {
        is Outcome.Paid -> json(
            "type" to json("paid"),
            "trade" to trade(outcome.trade),
            "late" to json(outcome.late),
            "proven" to json(outcome.proven),
        )
        is Outcome.Declined -> json(
            "type" to json("declined"),
            "reason" to json(word(outcome.reason)),
            "code" to json(outcome.code),
            "subCode" to json(outcome.subCode),
            "display" to json(outcome.display),
        )
        is Outcome.Closed ->
            json("type" to json("closed"), "refunded" to (outcome.refunded?.let(::json) ?: JsonNull))
        is Outcome.Rejected -> json(
            "type" to json("rejected"),
            "code" to json(outcome.code),
            "subCode" to json(outcome.subCode),
            "display" to json(outcome.display),
        )
        is Outcome.Conflict -> json(
            "type" to json("conflict"),
            "reason" to json(word(outcome.reason)),
            "subCode" to json(outcome.subCode),
            "cancelSent" to json(outcome.cancelSent),
        )
        is Outcome.Unresolved -> json(
            "type" to json("unresolved"),
            "reason" to json(word(outcome.reason)),
            "subCode" to json(outcome.subCode),
            "askAgainAt" to json(outcome.askAgainAt),
        )
    }
}
