//! Tells the linker that Node.js brings the N-API symbols, and to leave the symbol table out of a release.

fn main() {
    napi_build::setup();
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    if release && linux {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--strip-all");
    }
}
