import AlipayCore
import Testing

@Test func versionIsThere() { #expect(!version().isEmpty) }
