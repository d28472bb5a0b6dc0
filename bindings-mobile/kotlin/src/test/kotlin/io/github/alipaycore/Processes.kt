// Programs in a process of their own: a till to be killed, and one that counts what stays behind.

package io.github.alipaycore

import java.io.File

/** This test's classes in another JVM. */
fun java(vararg arguments: String): Process {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val path = System.getProperty("java.class.path")
    return ProcessBuilder(java, "-cp", path, *arguments).redirectError(ProcessBuilder.Redirect.INHERIT).start()
}
