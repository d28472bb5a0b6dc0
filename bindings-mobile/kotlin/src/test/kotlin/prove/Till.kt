// A till for `cargo xtask prove`: takes a payment, or goes on with the one in its file, and prints its outcome.

package prove

import io.github.alipaycore.*
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File

fun main(arguments: Array<String>): Unit = runBlocking {
    val given = Json.parseToJsonElement(File(arguments[0]).readText()).jsonObject
    fun text(name: String, from: JsonObject = given) = from.getValue(name).jsonPrimitive.content
    val alipay = Alipay(
        MerchantOptions(
            appId = text("appId"),
            alipayPublicKey = File(text("alipayPublicKeyFile")).readText(),
            privateKey = File(text("privateKeyFile")).readText(),
            gateway = text("gateway"),
            allowHttp = true,
        ),
    )
    val sale = given.getValue("order").jsonObject
    val order = TradePayRequest(
        outTradeNo = text("out_trade_no", sale),
        scene = text("scene", sale),
        authCode = text("auth_code", sale),
        subject = text("subject", sale),
        totalAmount = text("total_amount", sale),
    )
    FileStore.open(File(text("stateFile"))).use { store ->
        val options = DriverOptions(store, SocketTransport())
        val stored = store.load()
        val ended = if (stored == null) pay(alipay, order, options) else resume(alipay, stored, options)
        val outcome = ended.outcome
        val told = buildMap {
            put("type", JsonPrimitive(outcome.javaClass.simpleName.lowercase()))
            if (outcome is Outcome.Unresolved) put("reason", JsonPrimitive(outcome.reason.name))
        }
        println(JsonObject(mapOf("type" to JsonPrimitive("done"), "outcome" to JsonObject(told))))
        ended.untilStored()
    }
}
