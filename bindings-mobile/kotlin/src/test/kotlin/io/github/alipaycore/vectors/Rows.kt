// The golden vectors, read strictly: what a row says and no reader asks for is a failure, so that a row never checks less
// than it says.

package io.github.alipaycore.vectors

import io.github.alipaycore.AlipayException
import io.github.alipaycore.word
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import java.io.File
import java.util.Base64

/** Where the vectors are: `VECTORS`, or in this checkout. */
val directory: File = File(System.getenv("VECTORS") ?: "../../tests/vectors")

/** An object whose every member must be asked for. */
class Fields(private val json: JsonObject) {
    private val asked = mutableSetOf<String>()

    fun optional(name: String): JsonElement? {
        asked += name
        return json[name]
    }

    operator fun get(name: String): JsonElement = requireNotNull(optional(name)) { "no $name" }

    fun text(name: String): String = this[name].jsonPrimitive.also { check(it.isString) { "$name is no text" } }.content

    fun optionalText(name: String): String? = optional(name)?.let { if (it is JsonNull) null else it.jsonPrimitive.content }

    fun long(name: String): Long = this[name].jsonPrimitive.long

    fun boolean(name: String): Boolean = this[name].jsonPrimitive.boolean

    fun pairs(name: String): List<Pair<String, String>> =
        this[name].jsonArray.map { it.jsonArray.map { part -> part.jsonPrimitive.content }.let { (a, b) -> a to b } }

    /** Text, or the base64 of bytes. */
    fun bytes(text: String, base64: String): ByteArray {
        val plain = optionalText(text)
        val encoded = optionalText(base64)
        check((plain == null) != (encoded == null)) { "either $text or $base64" }
        return plain?.toByteArray() ?: Base64.getDecoder().decode(encoded)
    }

    fun done() {
        val left = json.keys - asked
        check(left.isEmpty()) { "nobody asked for $left" }
    }
}

fun JsonObject.fields() = Fields(this)

/** A test key: base64 of PKCS#8 and of SPKI. */
class KeyPair(json: JsonObject) {
    val private: String
    val public: String

    init {
        val fields = json.fields()
        private = fields.text("private_key")
        public = fields.text("public_key")
        fields.done()
    }
}

typealias Keys = Map<String, KeyPair>

/** What a row comes to, as JSON like its `expect`. Members of it that are null may be left out there. */
typealias Case = (Fields, Keys) -> JsonElement

/** What reads the rows of this file: the reader of its name, or the one that it names. */
private fun caseOf(name: String, file: Fields): Case {
    val merchants = file.optional("merchants")?.jsonObject.orEmpty()
    val runner = file.optionalText("runner") ?: name
    if (runner == "operation") return { row, _ -> operation(row, merchants) }
    return requireNotNull(cases[runner]) { "no reader $runner" }
}

/** Runs every row of a file; how many there were. Fails with all that are wrong. */
fun run(name: String): Int {
    val file = Json.parseToJsonElement(directory.resolve("$name.json").readText()).jsonObject.fields()
    check(file.text("description").isNotEmpty() && file.text("source").isNotEmpty())
    val keys = file.optional("keys")?.jsonObject.orEmpty().mapValues { KeyPair(it.value.jsonObject) }
    val case = caseOf(name, file)
    val rows = file["rows"].jsonArray
    file.done()
    check(rows.isNotEmpty()) { "$name.json has no rows" }
    val names = mutableSetOf<String>()
    val wrong = rows.map { it.jsonObject }.mapNotNull { row ->
        val fields = row.fields()
        val title = fields.text("name")
        val problem = when {
            title.isEmpty() || !names.add(title) -> "no name of its own"
            else -> runCatching { check(fields, keys, case) }.exceptionOrNull()?.let { "$it" }
        }
        problem?.let { "$title: $it" }
    }
    check(wrong.isEmpty()) { "$name.json, ${wrong.size} of ${rows.size} rows:\n${wrong.joinToString("\n")}" }
    println("$name.json: ${rows.size} rows")
    return rows.size
}

private fun check(fields: Fields, keys: Keys, case: Case) {
    check(fields.text("provenance").isNotEmpty()) { "no provenance" }
    val expected = fields.optional("expect")
    val error = fields.optionalText("error")
    check((expected == null) != (error == null)) { "either expect or error" }
    val actual = try {
        case(fields, keys)
    } catch (e: AlipayException) {
        check(e.code.word == error) { "\n  expected ${expected ?: error}\n  actual   ${e.code.word}" }
        check(e.fault.name.isNotEmpty() && e.message!!.endsWith("(${e.code.word})"))
        // What comes after the point of failure was not read, and need not be.
        return
    }
    fields.done()
    check(actual == expected) { "\n  expected ${expected ?: error}\n  actual   $actual" }
}

fun json(value: String?): JsonElement = value?.let(::JsonPrimitive) ?: JsonNull

fun json(value: Boolean?): JsonElement = value?.let(::JsonPrimitive) ?: JsonNull

fun json(value: Number): JsonElement = JsonPrimitive(value)

fun json(vararg members: Pair<String, JsonElement?>): JsonObject =
    JsonObject(members.mapNotNull { (name, value) -> value?.let { name to it } }.toMap())

fun json(values: List<JsonElement>): JsonElement = JsonArray(values)
