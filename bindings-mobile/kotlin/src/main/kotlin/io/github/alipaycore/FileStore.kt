// A store in a file, for one payment.

package io.github.alipaycore

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.StandardCopyOption
import java.nio.file.StandardOpenOption

/** Keeps one payment's snapshot in a file, which is replaced in one piece and is on the disk once `save` returns. */
public class FileStore(private val file: File) : Store {
    override suspend fun save(snapshot: ByteArray): Unit = withContext(Dispatchers.IO) {
        val next = File("${file.path}.next")
        FileOutputStream(next).use {
            it.write(snapshot)
            it.fd.sync()
        }
        Files.move(next.toPath(), file.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
        try {
            // The name is durable too, where a folder can be synchronised.
            FileChannel.open(file.absoluteFile.parentFile.toPath(), StandardOpenOption.READ).use { it.force(true) }
        } catch (_: IOException) {
        }
    }

    /** The last snapshot, for [resume]; none if there is no payment to resume. */
    public suspend fun load(): ByteArray? = withContext(Dispatchers.IO) { if (file.exists()) file.readBytes() else null }
}
