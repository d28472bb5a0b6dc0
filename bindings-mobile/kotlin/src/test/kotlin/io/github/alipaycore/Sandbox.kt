// A sandbox of its own process, over real HTTP.

package io.github.alipaycore

import io.github.alipaycore.vectors.policy
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.math.BigDecimal
import java.net.URL

const val TOTAL = "88.88"

class Story(val code: Int, val name: String, val outcome: String)

/** What the ledger says about one order. */
class Entry(json: JsonObject) {
    val outTradeNo = json.getValue("out_trade_no").jsonPrimitive.content
    val charged = BigDecimal(json.getValue("charged").jsonPrimitive.content)
    val refunded = BigDecimal(json.getValue("refunded").jsonPrimitive.content)
    val cancelled = json.getValue("cancelled").jsonPrimitive.boolean
    val olderSale = json.getValue("older_sale").jsonPrimitive.boolean
    val payCalls = json.getValue("pay_calls").jsonPrimitive.int

    override fun toString() =
        "$outTradeNo: charged $charged, refunded $refunded, cancelled $cancelled, older $olderSale, $payCalls pay calls"
}

class Sandbox(faster: Int) : AutoCloseable {
    private val process: Process = ProcessBuilder(
        System.getenv("SANDBOX_BIN") ?: "../../target/debug/examples/serve", "--faster", "$faster",
    ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val told = Json.parseToJsonElement(process.inputStream.bufferedReader().readLine()).jsonObject
    private val page = told.text("pageUrl")

    val gateway: String = told.text("gatewayUrl")
    val policy: Policy = policy(told.getValue("policy").jsonObject)
    val stories: List<Story> = told.getValue("stories").jsonArray.map { it.jsonObject }.map {
        Story(it.getValue("code").jsonPrimitive.int, it.text("name"), it.text("outcome"))
    }
    val options = MerchantOptions(
        appId = told.text("appId"),
        alipayPublicKey = told.text("alipayPublicKey"),
        privateKey = told.text("appPrivateKey"),
        gateway = gateway,
    )

    fun trades(): List<Entry> =
        Json.parseToJsonElement(URL("${page}api/trades").readText()).jsonArray.map { Entry(it.jsonObject) }

    fun trade(outTradeNo: String): Entry? = trades().find { it.outTradeNo == outTradeNo }

    /** Waits until the gateway has heard of an order. */
    fun await(outTradeNo: String): Entry {
        val deadline = System.nanoTime() + 20_000_000_000
        while (System.nanoTime() < deadline) {
            trade(outTradeNo)?.let { return it }
            Thread.sleep(5)
        }
        error("nothing was sent")
    }

    override fun close() {
        // It ends with its standard input.
        process.outputStream.close()
        process.waitFor()
    }

    private fun JsonObject.text(name: String) = getValue(name).jsonPrimitive.content
}

/** The buyer's code that makes a story happen. */
fun authCode(story: Int, buyer: Int = 1, unique: Int = story): String = "28%04d%08d%04d".format(buyer, unique, story)

fun order(outTradeNo: String, authCode: String) = TradePayRequest(
    outTradeNo = outTradeNo,
    scene = "bar_code",
    authCode = authCode,
    subject = "Iphone6 16G 特价手机",
    totalAmount = TOTAL,
)

/** The wire model's word for an outcome. */
val Outcome.word: String
    get() = when (this) {
        is Outcome.Paid -> "paid"
        is Outcome.Declined -> "declined"
        is Outcome.Closed -> "closed"
        is Outcome.Rejected -> "rejected"
        is Outcome.Conflict -> "conflict"
        is Outcome.Unresolved -> "unresolved"
    }

/** What must hold between an outcome and the ledger, whatever happened on the way. */
fun checkBooks(outcome: Outcome, trade: Entry?) {
    val word = outcome.word
    if (trade == null) {
        check(word in setOf("closed", "declined", "rejected", "unresolved")) { "$word, and no trade in the ledger" }
        return
    }
    val told = "$word; $trade"
    check(trade.payCalls <= 1) { "pay was sent twice: $told" }
    val taken = trade.charged > trade.refunded
    check(!trade.olderSale || trade.refunded.signum() == 0) { "somebody else's sale was refunded: $told" }
    val fine = when (word) {
        "paid" -> trade.charged == BigDecimal(TOTAL) && !trade.olderSale && taken
        "conflict" -> trade.refunded.signum() == 0 && !trade.cancelled
        "unresolved" -> true
        else -> !taken || trade.olderSale
    }
    check(fine) { told }
}

/** Remembers every snapshot. */
class MemoryStore : Store {
    val snapshots: MutableList<ByteArray> = java.util.Collections.synchronizedList(mutableListOf())

    override suspend fun save(snapshot: ByteArray) {
        snapshots += snapshot
    }
}
