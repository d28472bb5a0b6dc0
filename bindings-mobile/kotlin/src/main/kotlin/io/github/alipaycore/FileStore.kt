// A store in a file, for one payment.

package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException
import java.io.RandomAccessFile
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.channels.OverlappingFileLockException
import java.nio.file.FileAlreadyExistsException
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.nio.file.StandardOpenOption
import java.nio.file.attribute.BasicFileAttributes
import java.util.UUID
import java.util.concurrent.ConcurrentHashMap

/**
 * Keeps one payment's snapshot in a file, which is replaced in one piece and is on the disk once [save] returns. Every sale
 * has a file of its own: the snapshot of another payment is not overwritten.
 *
 * As long as it is open it holds a kernel lock on a second file, `FILE.lock`, so that two processes never drive one payment.
 * That file stays: it tells whether the process that wrote the snapshot died.
 */
public class FileStore private constructor(
    private val file: File,
    private val lock: StoreLock,
    private val found: ByteArray?,
) : Store, AutoCloseable {
    private val turn = Mutex()
    private val writerDied = found != null && lock.left != null && lock.left == numberOf(found)

    @Volatile
    private var closed = false

    /** What was saved last here. */
    private var last: ByteArray? = null

    /**
     * Replaces the snapshot.
     *
     * @throws AlipayException `SUPERSEDED` if the file holds a newer snapshot or another payment's, or the lock is lost;
     *   `CLOSED`
     * @throws IOException if it may not be on the disk
     */
    override suspend fun save(snapshot: ByteArray): Unit = turn.withLock {
        try {
            withContext(Dispatchers.IO) {
                if (closed) throw AlipayException(ErrorCode.CLOSED)
                val number = snapshotNumber(snapshot)
                if (!lock.isHeld() || !mayFollow(number, snapshot)) throw AlipayException(ErrorCode.SUPERSEDED)
                replace(snapshot)
                last = snapshot
                lock.note(number)
            }
        } finally {
            // It was closed meanwhile.
            if (closed) lock.close()
        }
    }

    /** Numbers go up, also across restarts: what does not is older, or another payment's. */
    private fun mayFollow(number: Long, snapshot: ByteArray): Boolean {
        val present = read() ?: return true
        val stored = numberOf(present) ?: return true
        val own = last?.contentEquals(present) == true
        return if (own) number >= stored else number > stored || snapshot.contentEquals(present)
    }

    private fun replace(snapshot: ByteArray) {
        val folder = file.absoluteFile.toPath().parent
        // Only its owner may read it.
        val next = Files.createTempFile(folder, "${file.name}.", ".next")
        try {
            FileChannel.open(next, StandardOpenOption.WRITE).use {
                val bytes = ByteBuffer.wrap(snapshot)
                while (bytes.hasRemaining()) it.write(bytes)
                it.force(true)
            }
            Files.move(next, file.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
        } catch (e: Throwable) {
            Files.deleteIfExists(next)
            throw e
        }
        try {
            // The name is durable too, where a folder can be synchronised.
            FileChannel.open(folder, StandardOpenOption.READ).use { it.force(true) }
        } catch (_: IOException) {
        }
    }

    private fun read(): ByteArray? = if (file.exists()) file.readBytes() else null

    /** The last snapshot, for [resume]; none if there is no payment to resume. */
    public suspend fun load(): ByteArray? = withContext(Dispatchers.IO) { read() }

    override fun writerIsDead(snapshot: ByteArray): Boolean = writerDied && found.contentEquals(snapshot)

    /** Gives the lock back: after the outcome, once it is stored ([Ended.untilStored]). A save that runs ends first. */
    override fun close() {
        closed = true
        if (turn.tryLock()) {
            lock.close()
            turn.unlock()
        }
    }

    override fun toString(): String = "FileStore($file)"

    public companion object {
        /**
         * Opens the store of one payment.
         *
         * @throws AlipayException `SUPERSEDED` if it is open already, here or in another process
         * @throws IOException if the lock's file can't be made
         */
        public suspend fun open(file: File): FileStore = withContext(Dispatchers.IO) {
            val lock = StoreLock.take(File("${file.path}.lock").toPath())
            try {
                FileStore(file, lock, if (file.exists()) file.readBytes() else null)
            } catch (e: Throwable) {
                lock.close()
                throw e
            }
        }

        private fun numberOf(snapshot: ByteArray): Long? = try {
            snapshotNumber(snapshot)
        } catch (_: AlipayException) {
            null
        }
    }
}

/**
 * A kernel lock on a file, which the kernel gives back when the process dies. The file says who holds it and which snapshot
 * was saved last: if that is still there when the lock is taken anew, the holder did not close it but died.
 */
internal class StoreLock private constructor(private val path: Path, private val key: Any, private val channel: FileChannel) :
    AutoCloseable {
    /** The number of the last snapshot of a process that ran on this machine since it was started, and died; else none. */
    val left: Long? = run {
        val (boot, process, number) = (text().split(' ') + listOf("", "")).take(3)
        number.toLongOrNull().takeIf { boot == Machine.boot && boot.isNotEmpty() && process != Machine.process }
    }

    init {
        // The last holder's word stays until there is something newer to say, in case this process dies before that, too.
        if (left == null) write("")
    }

    /** Whether the file that is locked is the one that others would lock. */
    fun isHeld(): Boolean = channel.isOpen && keyOf(path) == key

    private var noted = false

    fun note(number: Long) {
        noted = true
        write(if (Machine.boot.isEmpty()) "" else "${Machine.boot} ${Machine.process} $number")
    }

    override fun close() {
        if (!channel.isOpen) return
        try {
            // This process lives on, and so may its connections.
            if (noted) write("")
        } catch (_: IOException) {
        }
        channel.close()
        held.remove(key)
    }

    private fun text(): String {
        val bytes = ByteBuffer.allocate(256)
        while (bytes.hasRemaining()) if (channel.read(bytes, bytes.position().toLong()) < 0) break
        return String(bytes.array(), 0, bytes.position(), Charsets.US_ASCII)
    }

    private fun write(text: String) {
        channel.truncate(0)
        val bytes = ByteBuffer.wrap(text.toByteArray(Charsets.US_ASCII))
        while (bytes.hasRemaining()) channel.write(bytes, bytes.position().toLong())
    }

    companion object {
        /** By file and not by name. A POSIX lock does not keep its own process out, and closing the file anywhere gives it back. */
        private val held = ConcurrentHashMap.newKeySet<Any>()

        fun take(path: Path): StoreLock {
            try {
                Files.createFile(path)
            } catch (_: FileAlreadyExistsException) {
            }
            val key = keyOf(path) ?: throw IOException("no lock file: $path")
            if (!held.add(key)) throw AlipayException(ErrorCode.SUPERSEDED)
            var channel: FileChannel? = null
            try {
                channel = RandomAccessFile(path.toFile(), "rw").channel
                val lock = try {
                    channel.tryLock()
                } catch (_: OverlappingFileLockException) {
                    // Another class loader's copy of this class.
                    null
                }
                if (lock == null || keyOf(path) != key) throw AlipayException(ErrorCode.SUPERSEDED)
                return StoreLock(path, key, channel)
            } catch (e: Throwable) {
                channel?.close()
                held.remove(key)
                throw e
            }
        }

        private fun keyOf(path: Path): Any? = try {
            Files.readAttributes(path, BasicFileAttributes::class.java).fileKey() ?: path.toRealPath()
        } catch (_: IOException) {
            null
        }
    }
}

private object Machine {
    /** Names this machine since it was started, where the system does. */
    val boot: String = try {
        File("/proc/sys/kernel/random/boot_id").readText().trim()
    } catch (_: IOException) {
        ""
    }

    val process: String = UUID.randomUUID().toString()
}
