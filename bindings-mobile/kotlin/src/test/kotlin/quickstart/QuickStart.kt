package quickstart

import io.github.alipaycore.*
import kotlinx.coroutines.runBlocking
import java.io.File

fun main() = runBlocking {
    val alipay = Alipay(
        MerchantOptions(
            appId = System.getenv("APP_ID"),
            alipayPublicKey = System.getenv("ALIPAY_PUBLIC_KEY"),
            privateKey = System.getenv("APP_PRIVATE_KEY"),
            gateway = System.getenv("GATEWAY"),
        ),
    )
    val order = TradePayRequest(
        outTradeNo = "20150320010101001",
        scene = "bar_code",
        authCode = System.getenv("AUTH_CODE"),
        subject = "Iphone6 16G",
        totalAmount = "88.88",
    )
    // A file for each sale. The last snapshot in it survives a crash, and whoever finds one goes on from it.
    FileStore.open(File("${order.outTradeNo}.payment")).use { store ->
        val options = DriverOptions(store)
        val stored = store.load()
        val ended = if (stored == null) pay(alipay, order, options) else resume(alipay, stored, options)
        when (val outcome = ended.outcome) {
            is Outcome.Paid -> println("paid ${outcome.trade.totalAmount} yuan")
            is Outcome.Declined -> println("declined: ${outcome.display}")
            is Outcome.Unresolved -> println("not known: ask again at ${toBeijing(outcome.askAgainAt)}, or give it up")
            else -> println(outcome)
        }
        ended.untilStored()
    }
}
