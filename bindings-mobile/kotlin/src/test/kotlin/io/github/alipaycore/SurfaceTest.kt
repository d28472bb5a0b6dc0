package io.github.alipaycore

import io.github.alipaycore.FakeGateway.Companion.order
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

/** What holds of the surface as a whole. */
@Timeout(120)
class SurfaceTest {
    @Test
    fun `every code of the core's table is in the enum, under its word`() {
        val rows = nativeErrorCodeRows()
        assertEquals(ErrorCode.entries.toList(), rows.map { it.code })
        for (row in rows) {
            assertEquals(row.word, row.code.word)
            assertEquals(row.message, row.code.message)
            assertEquals(row.fault, AlipayException(row.code).fault)
            assertEquals("${row.message} (${row.word})", AlipayException(row.code).message)
        }
        assertEquals("subject: ${ErrorCode.FIELD_TOO_LONG.message} (field_too_long)", AlipayException(ErrorCode.FIELD_TOO_LONG, "subject").message)
    }

    @Test
    fun `nothing shows a secret`() {
        val (code, buyer, body, token) = listOf("289999888877776666", "2088101117955611", "biz-content-secret", "token-secret")
        val secrets = listOf(code, buyer, body, token, Keys.app.private.substring(40, 80), "MIIEv")
        val alipay = Alipay(ours.copy(appAuthToken = "tok"))
        val pay = order.copy(authCode = code, buyerId = buyer, extra = mapOf("more" to buyer))
        val payment = Payment(alipay, pay)
        val elsewhere = Payment(Alipay(keyless), pay)
        val request = payment.poll() as Output.Request
        val sign = elsewhere.poll() as Output.Sign
        assertTrue(code in request.http.body.decodeToString() && code in sign.message)
        val pair = generateKeyPair()
        val trade = Trade("1", "2", "3", "4", 5, """{"buyer_user_id":"$buyer"}""")
        val heard = Heard(false, ErrorCode.SIGNATURE_INVALID, "40002", "isv.invalid-signature", "$body $code", null, "0a1b")
        val outcome = Outcome.Paid(trade, false, true)
        val shown = listOf(
            ours.copy(appAuthToken = token, encryptKey = token, apiVersion = ApiVersion.V3), alipay, payment, elsewhere, pay, request, sign, request.http, trade, heard, outcome,
            Output.Done(outcome), News.StillPaid(trade, true), Output.News(News.StillPaid(trade, true)), PaymentState(Phase.DONE, "1", heard, outcome),
            Call("alipay.trade.pay", """{"auth_code":"$code"}""", listOf(Parameter("app_auth_token", token)), true), tradePay(pay),
            Answer(true, "10000", "Success", null, "$body $code", """{"buyer_user_id":"$buyer"}"""),
            Notify(mapOf("buyer_id" to buyer), true, "1", "2", "3", 4, NotifyVariant(false, null, null), false),
            TradePayResponse(buyerUserId = buyer, buyerLogonId = buyer, subMsg = body, extra = mapOf("x" to buyer)),
            TradeQueryResponse(buyerUserId = buyer, buyerLogonId = buyer, subMsg = body),
            Input.Notify(body.toByteArray()), Input.Response(1u, 200, body.toByteArray(), listOf(Parameter("x", body))), Input.Signature(1u, body.toByteArray()),
            FormField("auth_code".toByteArray(), code.toByteArray()), HttpResponse(200, body.toByteArray(), listOf(Parameter("x", body))),
            PaymentEvent.Notify(body.toByteArray()), pair, alipay.prepare(tradePay(pay)),
        )
        for (value in shown) {
            val text = "$value"
            assertFalse((secrets + pair.privateKey.lines()[1]).any { it in text }, text)
            // And not by showing nothing at all.
            assertTrue(text.isNotEmpty() && '@' !in text, text)
        }
        // What may be shown is.
        assertTrue("bar_code" in "$pay" && "isv.invalid-signature" in "$heard" && "0a1b" in "$heard" && pair.publicKey in "$pair")
        assertTrue("V3" in "${ours.copy(apiVersion = ApiVersion.V3)}" && "true" in "${call("a.b", "{}", plain = true)}")
    }

    @Test
    fun `records are values`() {
        assertEquals(order, order.copy())
        assertEquals(Policy(), Policy(preset = null))
        assertEquals(Outcome.Closed(null), Outcome.Closed(null))
    }

    @Test
    fun `keys of one's own making work`() {
        val (app, other) = generateKeyPair() to generateKeyPair()
        val info = inspectPrivateKey(app.privateKey)
        assertEquals(Triple(2048u, false, app.publicKey), Triple(info.bits, info.weak, info.publicKey))
        assertEquals(info, inspectPublicKey(app.publicKey))
        val signature = Alipay(MerchantOptions("1", other.publicKey, privateKey = app.privateKey)).sign(byteArrayOf(1))
        Alipay(MerchantOptions("1", app.publicKey)).verify(byteArrayOf(1), signature)
    }

    /** One payment, many threads, and somebody who closes it. */
    @Test
    fun `threads take turns`() {
        val problems = CopyOnWriteArrayList<Throwable>()
        repeat(5) {
            val alipay = Alipay(ours)
            val payment = Payment(alipay, order, hasty)
            val start = CountDownLatch(1)
            val threads = (0 until 16).map { number ->
                thread {
                    start.await()
                    try {
                        repeat(50) { round ->
                            when ((number + round) % 7) {
                                0 -> payment.poll()
                                1 -> payment.handle(Input.Response(1u, 200, byteArrayOf()))
                                2 -> Payment.restore(alipay, payment.snapshot()).use { it.poll() }
                                3 -> "${payment.state()}"
                                4 -> payment.handle(Input.Cancel)
                                5 -> payment.setMerchant(alipay)
                                else -> alipay.sign(byteArrayOf(1))
                            }
                        }
                        if (number == 7) payment.close()
                        if (number == 8) alipay.close()
                    } catch (e: Throwable) {
                        if ((e as? AlipayException)?.code != ErrorCode.CLOSED) problems += e
                    }
                }
            }
            start.countDown()
            threads.forEach { it.join() }
        }
        assertEquals(emptyList<Throwable>(), problems)
    }

    /** In a process of its own, whose heap is touched as a whole before anything is measured: what grows is something else. */
    @Test
    fun `closed or forgotten, nothing of a payment stays behind`() {
        if (!java.io.File("/proc/self/statm").exists()) return
        val child = java("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "io.github.alipaycore.LeaksKt")
        val grown = child.inputStream.bufferedReader().readText()
        assertEquals(0, child.waitFor())
        assertTrue(grown.trim().toLong() < 10_000_000, "$grown bytes after 6000 payments")
    }

    /** UniFFI's Kotlin doesn't notice that an argument was closed, and uses it after free; `setMerchant` gets one of its own. */
    @Test
    fun `no function of the bridge but one takes an object`() {
        val objects = setOf(NativeAlipay::class.java, NativePayment::class.java, NativePrepared::class.java)
        val functions = Class.forName("io.github.alipaycore.AlipayKt").methods.filter { it.name.startsWith("native") } +
            objects.flatMap { it.methods.filterNot { method -> method.isSynthetic } }
        assertTrue(functions.size > 30)
        assertEquals(listOf("setMerchant"), functions.filter { it.parameterTypes.any(objects::contains) }.map { it.name })
    }
}
