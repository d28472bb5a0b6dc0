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
    // The last snapshot survives a crash: resume(alipay, store.load()!!, options) goes on.
    val store = FileStore(File("payment.state"))
    when (val outcome = pay(alipay, order, DriverOptions(store))) {
        is Outcome.Paid -> println("paid ${outcome.trade.totalAmount} yuan")
        is Outcome.Declined -> println("declined: ${outcome.display}")
        else -> println(outcome)
    }
}
