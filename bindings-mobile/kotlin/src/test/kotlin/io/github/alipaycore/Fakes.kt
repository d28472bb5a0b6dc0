// A gateway without a network, and keys that everybody knows.

package io.github.alipaycore

import io.github.alipaycore.vectors.APP_ID
import io.github.alipaycore.vectors.KeyPair
import io.github.alipaycore.vectors.directory
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import java.util.concurrent.CopyOnWriteArrayList

object Keys {
    private val pairs = Json.parseToJsonElement(directory.resolve("sign.json").readText()).jsonObject.getValue("keys").jsonObject
        .mapValues { KeyPair(it.value.jsonObject) }
    val app = pairs.getValue("app_2048")
    val alipay = pairs.getValue("alipay_2048")
    val other = pairs.getValue("other_2048")
}

val ours = MerchantOptions(APP_ID, Keys.alipay.public, privateKey = Keys.app.private)
val keyless = ours.copy(privateKey = null)

/** Everything at its fastest. */
val hasty = Policy(
    payTimeoutMs = 300,
    queryTimeoutMs = 300,
    cancelTimeoutMs = 300,
    signTimeoutMs = 300,
    pollIntervalMs = 30,
    pollWindowMs = 600,
    retrySoonMs = 10,
    settleMs = 600,
    sendWithinMs = 400,
    cancelRetryMs = listOf(10, 10, 10),
)

/** Signs as Alipay would. */
object FakeAlipay {
    private val alipay = Alipay(MerchantOptions(APP_ID, Keys.other.public, privateKey = Keys.alipay.private))

    fun answer(method: String, node: String): HttpResponse {
        val name = method.replace('.', '_') + "_response"
        return HttpResponse(200, """{"$name":$node,"sign":"${alipay.sign(node.toByteArray())}"}""".toByteArray())
    }
}

/** Answers by method, and remembers what was asked. */
class FakeGateway(
    private val pay: suspend () -> String = { """{"code":"10003","msg":"order success pay inprocess"}""" },
    private val query: suspend (Int) -> String = { """{"code":"10000","msg":"Success","trade_status":"WAIT_BUYER_PAY",$OURS}""" },
    private val cancel: suspend () -> String = { """{"code":"10000","msg":"Success","action":"close","retry_flag":"N",$OURS}""" },
) : Transport {
    val asked = CopyOnWriteArrayList<String>()

    override suspend fun send(request: HttpRequest, attempt: Attempt): HttpResponse {
        val form = decodeForm(request.body).associate { it.name.decodeToString() to it.value.decodeToString() }
        val method = form.getValue("method")
        asked += method.substringAfterLast('.')
        val node = when (method) {
            "alipay.trade.pay" -> pay()
            "alipay.trade.query" -> query(asked.count { it == "query" })
            else -> cancel()
        }
        return FakeAlipay.answer(method, node)
    }

    companion object {
        const val NUMBER = "20150320010101001"
        const val OURS = """"out_trade_no":"$NUMBER","trade_no":"2026112122001400000000000001","total_amount":"$TOTAL""""
        const val PAID = """{"code":"10000","msg":"Success","trade_status":"TRADE_SUCCESS",$OURS}"""
        val order = order(NUMBER, authCode(1))
    }
}
