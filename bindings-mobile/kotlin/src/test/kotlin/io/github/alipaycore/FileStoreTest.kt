package io.github.alipaycore

import io.github.alipaycore.FakeGateway.Companion.order
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.File
import java.io.IOException
import java.nio.file.Files

@Timeout(60)
class FileStoreTest {
    private val alipay = Alipay(ours)
    private val folder = Files.createTempDirectory("store").toFile()
    private val file = File(folder, "payment")

    @AfterEach
    fun clean() {
        folder.deleteRecursively()
    }

    private fun code(run: suspend () -> Unit): ErrorCode =
        assertThrows(AlipayException::class.java) { runBlocking { run() } }.code

    /** Snapshots of one payment, the newest last. */
    private fun snapshots(count: Int): List<ByteArray> = Payment(alipay, order).use { payment ->
        List(count) {
            payment.handle(Input.Failure(0u, Failure.MAYBE_SENT))
            payment.snapshot()
        }
    }

    @Test
    fun `a file keeps the last snapshot, and shows it to nobody`() = runBlocking {
        val (older, newer) = snapshots(2)
        FileStore.open(file).use { store ->
            assertEquals(null, store.load())
            store.save(older)
            store.save(newer)
            assertArrayEquals(newer, store.load())
            assertEquals(setOf("payment", "payment.lock"), folder.list()!!.toSet())
            val mode = Files.getPosixFilePermissions(file.toPath()).map { it.name }.toSet()
            assertEquals(setOf("OWNER_READ", "OWNER_WRITE"), mode)
            // The same again is no step back.
            store.save(newer)
            assertEquals(ErrorCode.SUPERSEDED, code { store.save(older) })
            assertArrayEquals(newer, store.load())
            folder.deleteRecursively()
            assertEquals(ErrorCode.SUPERSEDED, code { store.save(newer) }, "the lock's file is gone")
        }
        assertThrows(IOException::class.java) { runBlocking { FileStore.open(file) } }
        Unit
    }

    @Test
    fun `only one may have it open, also under another name`() = runBlocking {
        val link = File(folder, "link")
        FileStore.open(file).use {
            Files.createSymbolicLink(File("$link.lock").toPath(), File("$file.lock").toPath())
            for (again in listOf(file, link)) {
                assertEquals(ErrorCode.SUPERSEDED, code { FileStore.open(again) })
            }
            // Having tried did not give the lock back.
            assertEquals("superseded", holder().use { it.inputStream.bufferedReader().readLine() })
        }
        val store = FileStore.open(file)
        store.close()
        store.close()
        assertEquals(ErrorCode.CLOSED, code { store.save(snapshots(1)[0]) })
        // Another process.
        val process = holder()
        assertEquals("open", process.inputStream.bufferedReader().readLine())
        assertEquals(ErrorCode.SUPERSEDED, code { FileStore.open(file) })
        process.destroyForcibly().waitFor()
        FileStore.open(file).close()
    }

    private fun holder() = java("io.github.alipaycore.HolderKt", file.path)

    private inline fun <T> Process.use(block: (Process) -> T): T = try {
        block(this)
    } finally {
        destroyForcibly().waitFor()
    }

    @Test
    fun `a writer is dead if it died, and not if it closed`() = runBlocking {
        val snapshot = snapshots(1)[0]
        FileStore.open(file).use {
            it.save(snapshot)
            assertFalse(it.writerIsDead(snapshot), "it is this one")
        }
        FileStore.open(file).use { assertFalse(it.writerIsDead(snapshot), "this process lives") }
        holder().use {
            assertEquals("open", it.inputStream.bufferedReader().readLine())
            // It saves one more step of the payment.
            it.outputStream.write('\n'.code)
            it.outputStream.flush()
            assertEquals("saved", it.inputStream.bufferedReader().readLine())
        }
        FileStore.open(file).use {
            val left = it.load()!!
            if (File("/proc/sys/kernel/random/boot_id").exists()) assertTrue(it.writerIsDead(left))
            assertFalse(it.writerIsDead(snapshot), "another snapshot")
        }
    }

    @Test
    fun `another sale's snapshot is not overwritten`() = runBlocking {
        val unresolved = snapshots(5).last()
        FileStore.open(file).use { it.save(unresolved) }
        val gateway = FakeGateway()
        FileStore.open(file).use { store ->
            assertEquals(ErrorCode.SUPERSEDED, code { pay(alipay, order, DriverOptions(store, gateway), hasty) })
            assertArrayEquals(unresolved, store.load())
        }
        assertEquals(emptyList<String>(), gateway.asked)
    }
}
