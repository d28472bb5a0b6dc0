// swift-tools-version: 6.0
// `cargo xtask build swift` writes what this package lacks: the native library, its header and the Swift over it.

import PackageDescription

/// Where the native library is.
let library = Context.environment["ALIPAY_LIBRARY"] ?? "\(Context.packageDirectory)/../../target/release"

let package = Package(
    name: "AlipayCore",
    platforms: [.macOS(.v13), .iOS(.v16)],
    products: [.library(name: "AlipayCore", targets: ["AlipayCore"])],
    targets: [
        // The C functions of the native library.
        .systemLibrary(name: "alipayFFI"),
        // What UniFFI writes over them. Not API.
        .target(
            name: "AlipayEngine",
            dependencies: ["alipayFFI"],
            linkerSettings: [
                .unsafeFlags(["-L\(library)", "-Xlinker", "-rpath", "-Xlinker", library]),
                .linkedLibrary("alipay_uniffi"),
            ]
        ),
        .target(name: "AlipayCore", dependencies: ["AlipayEngine"]),
        .executableTarget(name: "QuickStart", dependencies: ["AlipayCore"]),
        .executableTarget(name: "Benchmark", dependencies: ["AlipayCore"]),
        // A till that the tests kill in the middle of a payment.
        .executableTarget(name: "Till", dependencies: ["AlipayCore"]),
        .testTarget(name: "AlipayCoreTests", dependencies: ["AlipayCore", "Till", "QuickStart"]),
    ],
    swiftLanguageModes: [.v6]
)
