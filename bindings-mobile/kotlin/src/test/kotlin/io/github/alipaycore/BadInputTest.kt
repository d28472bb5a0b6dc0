package io.github.alipaycore

import io.github.alipaycore.FakeGateway.Companion.order
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout

/** Whatever goes in, what comes out is an [AlipayException] with a code. */
@Timeout(120)
class BadInputTest {
    private val alipay = Alipay(ours)
    private val huge = "a".repeat(5 shl 20)
    private val half = "half a pair: \uD83D"

    private fun refused(code: ErrorCode, subject: String? = null, block: () -> Any?) {
        val error = assertThrows(AlipayException::class.java) { block() }
        assertEquals(code, error.code, "$error")
        if (subject != null) assertEquals(subject, error.subject, "$error")
        assertEquals(code.fault, error.fault)
    }

    @Test
    fun `options`() {
        refused(ErrorCode.OPTIONS, "appId") { Alipay(ours.copy(appId = "")) }
        refused(ErrorCode.OPTIONS, "alipayPublicKey") { Alipay(ours.copy(alipayPublicKey = "")) }
        refused(ErrorCode.APP_ID) { Alipay(ours.copy(appId = "a b")) }
        refused(ErrorCode.APP_ID) { Alipay(ours.copy(appId = huge)) }
        refused(ErrorCode.KEY_UNREADABLE, "privateKey") { Alipay(ours.copy(privateKey = huge)) }
        refused(ErrorCode.KEY_UNREADABLE, "privateKey") { Alipay(ours.copy(privateKey = "")) }
        refused(ErrorCode.KEY_IS_PUBLIC, "privateKey") { Alipay(ours.copy(privateKey = Keys.app.public)) }
        refused(ErrorCode.KEY_IS_PRIVATE, "alipayPublicKey") { Alipay(ours.copy(alipayPublicKey = Keys.app.private)) }
        refused(ErrorCode.KEY_IS_OWN) { Alipay(ours.copy(alipayPublicKey = Keys.app.public)) }
        refused(ErrorCode.GATEWAY_URL) { Alipay(ours.copy(gateway = "nonsense")) }
        refused(ErrorCode.GATEWAY_NOT_HTTPS) { Alipay(ours.copy(gateway = "http://example.com/gateway.do")) }
        Alipay(ours.copy(gateway = "http://example.com/gateway.do", allowHttp = true)).close()
        refused(ErrorCode.NOTIFY_URL) { Alipay(ours.copy(notifyUrl = huge)) }
        refused(ErrorCode.APP_AUTH_TOKEN) { Alipay(ours.copy(appAuthToken = " ")) }
    }

    @Test
    fun `text that is none`() {
        refused(ErrorCode.ARGUMENT_TYPE) { Alipay(ours.copy(appId = half)) }
        refused(ErrorCode.ARGUMENT_TYPE) { chargeAmount(half) }
        refused(ErrorCode.ARGUMENT_TYPE) { call(half, "{}") }
        refused(ErrorCode.ARGUMENT_TYPE) { alipay.verify(byteArrayOf(), half) }
        refused(ErrorCode.ARGUMENT_TYPE) { Payment(alipay, order.copy(subject = half)) }
        refused(ErrorCode.ARGUMENT_TYPE) { encodeForm(listOf(Parameter("a", half))) }
    }

    @Test
    fun `values`() {
        for (text in listOf("", " ", "1.234", "1e3", "-1", "NaN", "１", huge)) {
            refused(ErrorCode.AMOUNT_FORMAT) { chargeAmount(text) }
        }
        refused(ErrorCode.AMOUNT_RANGE) { chargeAmount("100000000.01") }
        for (time in listOf(-1L, Long.MIN_VALUE, Long.MAX_VALUE)) {
            refused(ErrorCode.TIME_RANGE) { toBeijing(time) }
            refused(ErrorCode.TIME_RANGE) { alipay.request(call("a.b", "{}"), time) }
            refused(ErrorCode.TIME_RANGE) { Payment(alipay, order, now = time) }
            refused(ErrorCode.TIME_RANGE) { Payment(alipay, order).use { it.poll(time) } }
            refused(ErrorCode.TIME_RANGE) { Payment(alipay, order).use { it.handle(Input.Cancel, time) } }
        }
        refused(ErrorCode.TIME_FORMAT) { fromBeijing(huge) }
        for (bits in listOf(Int.MIN_VALUE, 0, 1024, 2049, Int.MAX_VALUE)) refused(ErrorCode.KEYGEN_BITS) { generateKeyPair(bits) }
        refused(ErrorCode.KEY_UNREADABLE) { inspectPrivateKey(ByteArray(5 shl 20)) }
        refused(ErrorCode.KEY_UNREADABLE) { inspectPublicKey(byteArrayOf(-1, -2, -3)) }
        refused(ErrorCode.FORM_MALFORMED) { decodeForm("a=%".toByteArray()) }
        assertEquals(emptyList<FormField>(), decodeForm(byteArrayOf()))
        assertEquals("", businessCode(huge).code)
        assertEquals("ACQ.SYSTEM_ERROR", businessCode("ACQ.SYSTEM_ERROR").code)
        assertTrue(version().isNotEmpty())
    }

    @Test
    fun `calls and answers`() {
        refused(ErrorCode.METHOD_NAME) { call("", "{}") }
        refused(ErrorCode.METHOD_NAME) { call(huge, "{}") }
        refused(ErrorCode.JSON_SYNTAX) { call("a.b", "{") }
        refused(ErrorCode.JSON_SYNTAX) { alipay.request(Call("a.b", "[]")) }
        refused(ErrorCode.PARAMETER_RESERVED, "sign") { call("a.b", "{}", listOf(Parameter("sign", "x"))) }
        refused(ErrorCode.METHOD_NAME) { typedCall("a.b", "{}") }
        refused(ErrorCode.FIELD_TYPE, "total_amount") { typedCall("alipay.trade.pay", """{"total_amount":88.88}""") }
        refused(ErrorCode.JSON_SYNTAX) { Payment.fromJson(alipay, "no") }
        refused(ErrorCode.FIELD_MISSING, "out_trade_no") { tradeQuery(TradeQueryRequest()) }
        refused(ErrorCode.OUT_TRADE_NO) { tradePay(order.copy(outTradeNo = "a b")) }
        refused(ErrorCode.AUTH_CODE) { tradePay(order.copy(authCode = "1234")) }
        refused(ErrorCode.FIELD_TOO_LONG, "subject") { tradePay(order.copy(subject = huge)) }
        refused(ErrorCode.FIELD_TYPE) { tradePay(order.copy(goodsDetail = listOf(GoodsDetail(quantity = -1)))) }
        for (status in listOf(0, -1, 99, 199, 302, 404, 65_536 + 200, Int.MAX_VALUE, Int.MIN_VALUE)) {
            refused(ErrorCode.RESPONSE_STATUS) { alipay.open("a.b", HttpResponse(status, "{}".toByteArray())) }
        }
        for (body in listOf(byteArrayOf(), byteArrayOf(-1, -2), "{".toByteArray(), "null".toByteArray())) {
            refused(ErrorCode.RESPONSE_NOT_JSON) { alipay.open("a.b", HttpResponse(200, body)) }
        }
        refused(ErrorCode.RESPONSE_TOO_LARGE) { alipay.open("a.b", HttpResponse(200, ByteArray((1 shl 20) + 1))) }
        refused(ErrorCode.SIGNATURE_FORMAT) { alipay.verify(byteArrayOf(), "no base64") }
        refused(ErrorCode.SIGNATURE_INVALID) { alipay.verify(byteArrayOf(), "AA==") }
        refused(ErrorCode.SIGNATURE_FORMAT) { alipay.prepare(call("a.b", "{}")).use { it.finish(byteArrayOf()) } }
        refused(ErrorCode.SIGNER_EXTERNAL) { Alipay(keyless).use { it.sign(byteArrayOf()) } }
        refused(ErrorCode.SIGNATURE_MISSING) { alipay.verifyNotify(byteArrayOf()) }
        refused(ErrorCode.SIGNATURE_MISSING) { alipay.verifyNotify(ByteArray(5 shl 20) { 'a'.code.toByte() }) }
    }

    @Test
    fun `policies and snapshots`() {
        for (ms in listOf(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 1L shl 32)) {
            refused(ErrorCode.POLICY_RANGE, "pollIntervalMs") { Payment(alipay, order, Policy(pollIntervalMs = ms)) }
            refused(ErrorCode.POLICY_RANGE, "cancelRetryMs") { Payment(alipay, order, Policy(cancelRetryMs = listOf(ms))) }
        }
        refused(ErrorCode.POLICY_SETTLE) { Payment(alipay, order, Policy(settleMs = 10)) }
        for (snapshot in listOf(byteArrayOf(), byteArrayOf(1, 2, 3), ByteArray(5 shl 20))) {
            refused(ErrorCode.SNAPSHOT_CORRUPT) { Payment.restore(alipay, snapshot) }
        }
        val good = Payment(alipay, order).use { it.snapshot() }
        refused(ErrorCode.SNAPSHOT_MERCHANT) { Alipay(ours.copy(appId = "1")).use { Payment.restore(it, good) } }
        for (at in good.indices) {
            val changed = good.clone().also { it[at] = (it[at] + 1).toByte() }
            assertThrows(AlipayException::class.java) { Payment.restore(alipay, changed).close() }
        }
    }

    @Test
    fun `stale, unknown and wild inputs change nothing`() = Payment(alipay, order, hasty).use { payment ->
        payment.handle(Input.Response(7u, 200, byteArrayOf()))
        payment.handle(Input.Response(UInt.MAX_VALUE, Int.MIN_VALUE, ByteArray(3 shl 20)))
        payment.handle(Input.Failure(0u, Failure.NOT_SENT))
        payment.handle(Input.Signature(1u, byteArrayOf()))
        refused(ErrorCode.SIGNATURE_MISSING) { payment.handle(Input.Notify(byteArrayOf())) }
        assertEquals(Phase.READY, payment.phase)
        assertNull(payment.heard)
        assertNull(payment.outcome)
        assertEquals(order.outTradeNo, payment.outTradeNo)
    }

    @Test
    fun `use after close`() {
        val (merchant, payment) = Alipay(ours) to Payment(alipay, order)
        val prepared = merchant.prepare(call("a.b", "{}"))
        val own = Payment(merchant, order)
        repeat(2) {
            merchant.close()
            payment.close()
            prepared.close()
        }
        // It holds what it needs.
        assertTrue(own.poll() is Output.Request)
        val uses = listOf<() -> Any?>(
            { merchant.sign(byteArrayOf()) }, { merchant.verify(byteArrayOf(), "") }, { merchant.verifyNotify(byteArrayOf()) },
            { merchant.prepare(call("a.b", "{}")) }, { merchant.request(call("a.b", "{}")) }, { merchant.delegated() },
            { merchant.open("a.b", HttpResponse(200, byteArrayOf())) }, { merchant.signsExternally }, { Payment(merchant, order) },
            { Payment.restore(merchant, byteArrayOf()) }, { Payment.fromJson(merchant, "{}") },
            { payment.poll() }, { payment.handle(Input.Cancel) }, { payment.setMerchant(alipay) }, { payment.snapshot() }, { payment.state() }, { payment.phase },
            { payment.outcome }, { payment.heard }, { payment.outTradeNo },
            { prepared.stringToSign }, { prepared.signType }, { prepared.finish(byteArrayOf()) },
            { runBlocking { pay(merchant, order, DriverOptions(MemoryStore())) } },
            { runBlocking { drive(payment, DriverOptions(MemoryStore())) } },
            { runBlocking { merchant.execute(call("a.b", "{}")) } },
        )
        for (use in uses) refused(ErrorCode.CLOSED, block = use)
        // Showing it is always fine.
        listOf(merchant, payment, prepared).forEach { assertTrue("$it".isNotEmpty()) }
    }

    /** Nothing makes Rust panic that we know of, so the gate is tested with what would come. */
    @Test
    fun `a panic, and whatever else comes out of the bridge, is internal`() {
        refused(ErrorCode.INTERNAL) { native { throw InternalException("a panic") } }
        refused(ErrorCode.INTERNAL) { native { throw RuntimeException() } }
        refused(ErrorCode.INTERNAL, "alipay_uniffi") { native { throw UnsatisfiedLinkError() } }
    }
}
