//! Writes where fuzzing starts: `cargo run --package conformance --example fuzz_seeds FOLDER` makes `FOLDER/form/seed-0000` and so on.
//! `cargo xtask fuzz` runs it. An example of this crate, because the program of the fuzz crate would need libFuzzer.

#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "a library where it comes from, and this needs its seeds only"
)]
#[path = "../../core/fuzz/src/lib.rs"]
mod fuzz;

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("which folder?")?;
    for (number, (target, input)) in fuzz::seeds().iter().enumerate() {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{number:04}")), input)?;
    }
    Ok(())
}
