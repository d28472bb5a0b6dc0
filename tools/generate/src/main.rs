//! `cargo xtask generate`: writes the files that the bindings derive from the core's tables, so that no type, record or
//! error code is written twice by hand. With `--check` it writes nothing and fails if a file is not fresh.

mod mobile;
mod operations;
mod typescript;

use std::{fs, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let check = match &std::env::args().skip(1).collect::<Vec<_>>()[..] {
        [] => false,
        [only] if only == "--check" => true,
        _ => {
            eprintln!("alipay-generate [--check]");
            return ExitCode::from(2);
        }
    };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = [
        ("bindings-wasm/ts/generated.ts", typescript::file()),
        ("bindings-mobile/src/generated.rs", mobile::file()),
        (
            "bindings-mobile/swift/Sources/AlipayCore/Records.swift",
            mobile::swift(),
        ),
        ("docs/operations.md", operations::page()),
    ];
    let mut stale = false;
    for (path, fresh) in files {
        // A checkout may have converted the line ends.
        let present = fs::read_to_string(root.join(path))
            .unwrap_or_default()
            .replace("\r\n", "\n");
        if present == fresh {
            continue;
        }
        if check {
            eprintln!("{path} is not what `cargo xtask generate` writes");
            stale = true;
        } else if let Err(error) = fs::write(root.join(path), fresh) {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        } else {
            println!("{path}: written");
        }
    }
    if stale {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// A field's type, as the core's tables name it.
enum Kind<'a> {
    /// `String`, `Amount`, `AuthCode`, `Personal`: text.
    Text,
    /// `u64`: a whole number.
    Number,
    /// `bool`.
    Boolean,
    /// Another record.
    Record(&'a str),
    /// Many of one of them.
    List(Box<Kind<'a>>),
}

impl<'a> Kind<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.trim();
        if let Some(item) = text.strip_prefix("Vec") {
            let item = item.trim().trim_start_matches('<').trim_end_matches('>');
            return Self::List(Box::new(Self::of(item)));
        }
        match text {
            "String" | "Amount" | "AuthCode" | "Personal" => Self::Text,
            "u64" => Self::Number,
            "bool" => Self::Boolean,
            record
                if alipay_core::api::RECORDS
                    .iter()
                    .chain(alipay_core::notify::RECORDS)
                    .any(|known| known.name == record) =>
            {
                Self::Record(record)
            }
            unknown => panic!("the core's tables name a type that no language mirrors yet: {unknown}"),
        }
    }
}

/// What the documented maximum length adds to a field's description.
fn limit(max: usize) -> String {
    if max == 0 {
        String::new()
    } else {
        format!(" At most {max} characters.")
    }
}
