package io.github.alipaycore.vectors

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

class VectorsTest {
    @Test
    fun `every row of every file`() {
        val files = directory.list { _, name -> name.endsWith(".json") }!!.map { it.removeSuffix(".json") }
        assertEquals(emptySet<String>(), cases.keys - files, "a reader without a file")
        val results = files.associateWith { runCatching { run(it) } }
        val wrong = results.values.mapNotNull { it.exceptionOrNull()?.message }
        assertEquals("", wrong.joinToString("\n"))
        val counts = results.mapValues { it.value.getOrThrow() }
        println("vectors: ${counts.values.sum()} rows")
        System.getenv("VECTOR_COUNTS")?.let { File(it).writeText(JsonObject(counts.mapValues { (_, n) -> JsonPrimitive(n) }).toString()) }
    }
}
