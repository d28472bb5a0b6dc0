package quickstart

import io.github.alipaycore.Sandbox
import io.github.alipaycore.authCode
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.nio.file.Files

class QuickStartTest {
    @Test
    fun `the README's quick start is this file, and pays`() {
        val code = File("src/test/kotlin/quickstart/QuickStart.kt").readText().substringAfter("\n\n")
        assertTrue("```kotlin\n$code```" in File("../README.md").readText(), "bindings-mobile/README.md has other code")
        val folder = Files.createTempDirectory("quickstart").toFile()
        Sandbox(faster = 10).use { sandbox ->
            val java = File(System.getProperty("java.home"), "bin/java").path
            val builder = ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), "quickstart.QuickStartKt")
            builder.environment() += mapOf(
                "APP_ID" to sandbox.options.appId,
                "ALIPAY_PUBLIC_KEY" to sandbox.options.alipayPublicKey,
                "APP_PRIVATE_KEY" to sandbox.options.privateKey!!,
                "GATEWAY" to sandbox.gateway,
                "AUTH_CODE" to authCode(1001),
            )
            val child = builder.directory(folder).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            assertEquals("paid 88.88 yuan\n", child.inputStream.bufferedReader().readText())
            assertEquals(0, child.waitFor())
        }
        folder.deleteRecursively()
    }
}
