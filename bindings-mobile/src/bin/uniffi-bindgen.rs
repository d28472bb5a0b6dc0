//! Writes the Kotlin and the Swift code for the library's interface. `cargo xtask build kotlin` and `swift` run it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
