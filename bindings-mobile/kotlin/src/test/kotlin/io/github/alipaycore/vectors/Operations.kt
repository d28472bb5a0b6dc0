// Rows that name an operation, or one of the calls that have a function of their own.

package io.github.alipaycore.vectors

import io.github.alipaycore.Alipay
import io.github.alipaycore.AlipayException
import io.github.alipaycore.Charset
import io.github.alipaycore.ErrorCode
import io.github.alipaycore.HttpResponse
import io.github.alipaycore.MerchantOptions
import io.github.alipaycore.call
import io.github.alipaycore.invoke
import io.github.alipaycore.typedCall
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.util.Base64

fun operation(row: Fields, merchants: Map<String, JsonElement>): JsonElement {
    val operation = row.text("operation")
    val input = row["input"]
    val name = row.optionalText("merchant")
    if (name == null) {
        if (operation != "typedCall") return Json.parseToJsonElement(invoke(operation, input.toString()))
        val fields = input.jsonObject.fields()
        val call = typedCall(fields.text("method"), fields["request"].toString())
        fields.done()
        check(call.parameters.isEmpty())
        return json("method" to json(call.method), "bizContent" to json(call.bizContent), "parameters" to JsonNull)
    }
    return Alipay(options(merchants.getValue(name).jsonObject.fields())).use { alipay ->
        when (operation) {
            "request" -> request(alipay, input.jsonObject.fields())
            "open" -> open(alipay, input.jsonObject.fields())
            "verifyNotify" -> verifyNotify(alipay, input.jsonObject.fields())
            else -> Json.parseToJsonElement(alipay.invoke(operation, input.toString()))
        }
    }
}

private fun options(given: Fields): MerchantOptions {
    val options = MerchantOptions(
        appId = given.text("appId"),
        alipayPublicKey = given.optionalText("alipayPublicKey").orEmpty(),
        privateKey = given.optionalText("privateKey"),
        gateway = given.optionalText("gateway"),
        signType = given.optionalText("signType")?.let(::signType),
        notifyUrl = given.optionalText("notifyUrl"),
        appAuthToken = given.optionalText("appAuthToken"),
        charset = given.optionalText("charset")?.let(::charset),
        appCertificate = given.optionalText("appCertificate"),
        alipayCertificate = given.optionalText("alipayCertificate"),
        rootCertificate = given.optionalText("rootCertificate"),
        furtherAlipayCertificates = given.optional("furtherAlipayCertificates")?.jsonArray.orEmpty().map { it.jsonPrimitive.content },
        encryptKey = given.optionalText("encryptKey"),
    )
    given.done()
    return options
}

/** A word that is no charset is refused as the core does, whose types know no other. */
private fun charset(word: String): Charset = when (word.lowercase()) {
    "utf-8" -> Charset.UTF8
    "gbk" -> Charset.GBK
    "gb18030" -> Charset.GB18030
    "gb2312" -> Charset.GB2312
    else -> throw AlipayException(ErrorCode.CHARSET_UNSUPPORTED)
}

private fun request(alipay: Alipay, input: Fields): JsonElement {
    val fields = input["call"].jsonObject.fields()
    val parameters = if (fields.optional("parameters") == null) emptyList() else parameters(fields.pairs("parameters"))
    val plain = fields.optional("plain")?.jsonPrimitive?.boolean ?: false
    val call = call(fields.text("method"), fields.text("bizContent"), parameters, plain)
    val request = alipay.request(call, input.long("now"))
    fields.done()
    input.done()
    return json(
        "method" to json(request.method),
        "url" to json(request.url),
        "headers" to JsonObject(request.headers.mapValues { json(it.value) }),
        "body" to json(Base64.getEncoder().encodeToString(request.body)),
    )
}

private fun bytes(text: String) = Base64.getDecoder().decode(text)

private fun open(alipay: Alipay, input: Fields): JsonElement {
    val response = HttpResponse(input.long("status").toInt(), bytes(input.text("body")))
    val answer = alipay.open(input.text("method"), response)
    input.done()
    return json(
        "verified" to json(answer.verified),
        "code" to json(answer.code),
        "msg" to json(answer.msg),
        "subCode" to json(answer.subCode),
        "subMsg" to json(answer.subMsg),
        "node" to json(answer.node),
    )
}

private fun verifyNotify(alipay: Alipay, input: Fields): JsonElement {
    val notify = alipay.verifyNotify(bytes(input.text("body")))
    input.done()
    return json(
        "fields" to JsonObject(notify.fields.mapValues { json(it.value) }),
        "paid" to json(notify.paid),
        "notifyId" to json(notify.notifyId),
        "outTradeNo" to json(notify.outTradeNo),
        "totalAmount" to json(notify.totalAmount),
        "paidAt" to (notify.paidAt?.let { json(it) } ?: JsonNull),
        "variant" to json(
            "signTypeSigned" to json(notify.variant.signTypeSigned),
            "emptySigned" to json(notify.variant.emptySigned),
            "certSnSigned" to json(notify.variant.certSnSigned),
        ),
        "lossy" to json(notify.lossy),
    )
}
