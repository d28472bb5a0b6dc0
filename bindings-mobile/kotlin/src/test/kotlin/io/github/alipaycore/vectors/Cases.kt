// What each kind of row but the payments' does with its inputs.

package io.github.alipaycore.vectors

import io.github.alipaycore.Alipay
import io.github.alipaycore.AlipayException
import io.github.alipaycore.Call
import io.github.alipaycore.ErrorCode
import io.github.alipaycore.HttpResponse
import io.github.alipaycore.MerchantOptions
import io.github.alipaycore.Parameter
import io.github.alipaycore.SignType
import io.github.alipaycore.call
import io.github.alipaycore.chargeAmount
import io.github.alipaycore.decodeForm
import io.github.alipaycore.encodeForm
import io.github.alipaycore.fromBeijing
import io.github.alipaycore.inspectPrivateKey
import io.github.alipaycore.inspectPublicKey
import io.github.alipaycore.readAmount
import io.github.alipaycore.stringToSign
import io.github.alipaycore.toBeijing
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.jsonObject
import java.security.KeyFactory
import java.security.Signature
import java.security.spec.PKCS8EncodedKeySpec
import java.security.spec.X509EncodedKeySpec
import java.util.Base64

const val APP_ID = "2014072300007148"

val cases: Map<String, Case> = mapOf(
    "amount" to ::amount,
    "canonical" to ::canonical,
    "envelope" to ::envelope,
    "form" to ::form,
    "keys" to ::keys,
    "notify" to ::notify,
    "payment" to ::payment,
    "request" to ::request,
    "sign" to ::sign,
    "time" to ::time,
)

fun signType(text: String): SignType = when (text) {
    "RSA2" -> SignType.RSA2
    "RSA" -> SignType.RSA
    else -> throw AlipayException(ErrorCode.SIGN_TYPE)
}

/** The JVM's own signature, to compare with. */
fun jvmSignature(type: SignType): Signature =
    Signature.getInstance(if (type == SignType.RSA2) "SHA256withRSA" else "SHA1withRSA")

fun KeyPair.jvmSign(type: SignType, message: ByteArray): ByteArray {
    val spec = PKCS8EncodedKeySpec(Base64.getDecoder().decode(private))
    return jvmSignature(type).run {
        initSign(KeyFactory.getInstance("RSA").generatePrivate(spec))
        update(message)
        sign()
    }
}

fun KeyPair.jvmVerify(type: SignType, message: ByteArray, signature: ByteArray): Boolean {
    val spec = X509EncodedKeySpec(Base64.getDecoder().decode(public))
    return jvmSignature(type).run {
        initVerify(KeyFactory.getInstance("RSA").generatePublic(spec))
        update(message)
        verify(signature)
    }
}

fun parameters(pairs: List<Pair<String, String>>) = pairs.map { (name, value) -> Parameter(name, value) }

private fun amount(row: Fields, keys: Keys): JsonElement {
    val text = row.text("text")
    val amount = when (val operation = row.text("operation")) {
        "charge" -> chargeAmount(text)
        "read" -> readAmount(text)
        else -> error(operation)
    }
    return json("fen" to json(amount.fen), "text" to json(amount.text))
}

private fun time(row: Fields, keys: Keys): JsonElement = when (val operation = row.text("operation")) {
    "format" -> json("beijing" to json(toBeijing(row.long("unix_ms"))))
    "parse" -> json("unix_ms" to json(fromBeijing(row.text("beijing"))))
    else -> error(operation)
}

private fun canonical(row: Fields, keys: Keys): JsonElement =
    json("string_to_sign" to json(stringToSign(parameters(row.pairs("parameters")))))

private fun form(row: Fields, keys: Keys): JsonElement = when (val operation = row.text("operation")) {
    "encode" -> json("form" to json(encodeForm(parameters(row.pairs("fields")))))
    "decode" -> {
        val base64 = { bytes: ByteArray -> json(Base64.getEncoder().encodeToString(bytes)) }
        val fields = decodeForm(row.text("form").toByteArray())
        json("fields_base64" to json(fields.map { json(listOf(base64(it.name), base64(it.value))) }))
    }
    else -> error(operation)
}

private fun keys(row: Fields, keys: Keys): JsonElement {
    val kind = row.text("kind")
    val input = row.bytes("input", "input_base64")
    val info = when (kind) {
        "private" -> inspectPrivateKey(input)
        "public" -> inspectPublicKey(input)
        else -> error(kind)
    }
    return json("bits" to json(info.bits.toInt()), "weak" to json(info.weak), "public_key" to json(info.publicKey))
}

private fun sign(row: Fields, keys: Keys): JsonElement {
    val key = row.text("key")
    val type = signType(row.text("sign_type"))
    val pair = keys.getValue(key)
    when (val operation = row.text("operation")) {
        "sign" -> {
            val message = row.bytes("message", "message_base64")
            val other = keys.getValue(if (key == "other_2048") "app_2048" else "other_2048").public
            Alipay(MerchantOptions(APP_ID, other, privateKey = pair.private)).use { alipay ->
                val signature = alipay.sign(message, type)
                check(Base64.getEncoder().encodeToString(pair.jvmSign(type, message)) == signature) { "the JVM's differs" }
                return json("signature" to json(signature))
            }
        }
        "verify" -> {
            val (message, signature) = row.text("message").toByteArray() to row.text("signature")
            Alipay(MerchantOptions(APP_ID, pair.public)).use { it.verify(message, signature, type) }
            return json("valid" to json(true))
        }
        else -> error(operation)
    }
}

private fun envelope(row: Fields, keys: Keys): JsonElement {
    val key = keys.getValue(row.text("key")).public
    val options = MerchantOptions(APP_ID, key, signType = signType(row.text("sign_type")))
    val response = HttpResponse(row.long("status").toInt(), row.bytes("body", "body_base64"))
    val answer = Alipay(options).use { it.open(row.text("method"), response) }
    // The text is left open where the body is GBK.
    val expected = row.optional("expect")?.jsonObject
    val open = expected != null && expected["node"].let { it == null || it is JsonNull }
    return json(
        "verified" to json(answer.verified),
        "code" to json(answer.code),
        "sub_code" to json(answer.subCode),
        "node" to if (open) expected["node"] else json(answer.node),
    )
}

private fun notify(row: Fields, keys: Keys): JsonElement {
    val key = keys.getValue(row.text("key")).public
    val options = MerchantOptions(row.text("app_id"), key, signType = signType(row.text("sign_type")))
    val notify = Alipay(options).use { it.verifyNotify(row.text("body").toByteArray()) }
    return json(
        "paid" to json(notify.paid),
        "fields" to json(*notify.fields.map { (name, value) -> name to json(value) }.toTypedArray()),
    )
}

private fun request(row: Fields, keys: Keys): JsonElement {
    val pair = keys.getValue(row.text("key"))
    val options = MerchantOptions(
        appId = row.text("app_id"),
        alipayPublicKey = keys.getValue("alipay_2048").public,
        privateKey = pair.private,
        gateway = row.text("gateway"),
        signType = signType(row.text("sign_type")),
        notifyUrl = row.optionalText("notify_url"),
        appAuthToken = row.optionalText("app_auth_token"),
    )
    Alipay(options).use { alipay ->
        val (method, content) = row.text("method") to row.text("biz_content")
        val parameters = parameters(row.pairs("parameters"))
        val now = row.long("now_unix_ms")
        // Whatever the checked call refuses, an unchecked one is refused for later.
        val unchecked = runCatching { alipay.request(Call(method, content, parameters), now) }
        val call = try {
            call(method, content, parameters)
        } catch (e: AlipayException) {
            check((unchecked.exceptionOrNull() as AlipayException).code == e.code)
            throw e
        }
        val request = unchecked.getOrThrow()

        // A key that lives elsewhere, here in the JVM, comes to the same request in two steps.
        val (text, twoSteps) = alipay.delegated().use { elsewhere ->
            check(elsewhere.signsExternally && !alipay.signsExternally)
            elsewhere.prepare(call, now).use {
                it.stringToSign to it.finish(pair.jvmSign(it.signType, it.bytesToSign))
            }
        }
        check(twoSteps.url == request.url && twoSteps.headers == request.headers && twoSteps.method == "POST")
        check(twoSteps.body.contentEquals(request.body)) { "one step and two steps differ" }
        check(request.headers.keys == setOf("content-type"))
        return json(
            "string_to_sign" to json(text),
            "url" to json(request.url),
            "content_type" to json(request.headers.getValue("content-type")),
            "body" to json(request.body.decodeToString()),
        )
    }
}
