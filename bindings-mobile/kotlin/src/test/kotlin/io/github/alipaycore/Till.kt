// A till in a process of its own, to be killed.

package io.github.alipaycore

import kotlinx.coroutines.runBlocking
import java.io.File

fun main(arguments: Array<String>) {
    val (file, gateway, appId, outTradeNo, authCode) = arguments
    val (alipayKey, privateKey) = System.`in`.readBytes().decodeToString().split('\u0000')
    val alipay = Alipay(MerchantOptions(appId, alipayKey, privateKey, gateway))
    // The pace of a sandbox that is ten times faster than life.
    val policy = Policy(
        payTimeoutMs = 1_500,
        queryTimeoutMs = 500,
        cancelTimeoutMs = 1_000,
        pollIntervalMs = 500,
        pollWindowMs = 6_000,
        retrySoonMs = 100,
        settleMs = 6_000,
        cancelRetryMs = listOf(200, 200, 200, 500, 1_000, 3_000, 6_000),
    )
    runBlocking { pay(alipay, order(outTradeNo, authCode), DriverOptions(FileStore.open(File(file))), policy) }
}
