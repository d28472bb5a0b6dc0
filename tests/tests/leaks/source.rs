//! Which types can be shown, read from the core's source: so that a new one can't be forgotten.
//!
//! The source is read by lines, as `cargo fmt` writes them. Every line of it that says `Debug` must be understood, or the
//! test fails; so what is not understood is not passed over.

use std::{collections::BTreeSet, fs, path::Path};

/// The type that a line of a macro's use names.
type Named = fn(&str) -> Option<&str>;

/// Macros of the core's that make types, with how a use of them names each.
const MAKERS: &[(&str, Named)] = &[
    ("record", before_brace),
    ("words", |line| before_brace(line).or_else(|| before_equals(line))),
    ("error_codes", |_| None),
    ("causes", |_| None),
    ("policy", |_| None),
];

/// The names of machines broken on purpose: in no release.
const BROKEN: &str = "alipay_core::payment::broken";

/// The path of every type that has `Debug` or `Display`, as `std::any::type_name` writes it.
pub(crate) fn shown_types() -> BTreeSet<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src");
    let mut types = BTreeSet::new();
    folder(&src, "alipay_core", &mut types);
    types
}

fn folder(at: &Path, module: &str, types: &mut BTreeSet<String>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let inner = if name == "lib" {
            module.to_owned()
        } else {
            format!("{module}::{name}")
        };
        if path.is_dir() {
            folder(&path, &inner, types);
        } else if inner != BROKEN {
            file(&fs::read_to_string(&path).unwrap(), &inner, types);
        }
    }
}

fn file(text: &str, module: &str, types: &mut BTreeSet<String>) {
    let (mut derived, mut inner) = (false, String::new());
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        // A module inside a file is indented, and has none inside itself.
        let dedented = |line| {
            if inner.is_empty() {
                line
            } else {
                str::strip_prefix(line, "    ").unwrap_or(line)
            }
        };
        let ends = if inner.is_empty() { "}" } else { "    }" };
        let mut add = |name: &str| {
            types.insert(format!("{module}{inner}::{name}"));
        };
        let line = dedented(line);
        let code = line.trim_start();
        if line == "#[cfg(test)]" {
            // The tests stand at the bottom of a file.
            assert!(
                lines
                    .next()
                    .is_some_and(|line| line.ends_with("mod tests {") || line.starts_with("#[")),
                "{module}: {line}"
            );
            return;
        }
        if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(" {")) {
            assert!(inner.is_empty(), "{module}: {name}");
            inner = format!("::{name}");
        } else if line == "}" {
            inner.clear();
        } else if let Some(name) = line
            .strip_prefix("macro_rules! ")
            .map(|rest| rest.trim_end_matches(" {"))
        {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != ends).collect();
            let known = MAKERS.iter().any(|(maker, _)| *maker == name);
            assert!(
                known || !body.iter().any(|line| says_debug(line)),
                "{module}: the macro {name} is not known here"
            );
            // A type that has its own name, and not the one it is given.
            for line in body {
                declared(line.trim_start())
                    .filter(|name| !name.is_empty())
                    .into_iter()
                    .for_each(&mut add);
            }
        } else if let Some((_, named)) = line
            .strip_suffix("! {")
            .and_then(|name| MAKERS.iter().find(|(maker, _)| *maker == name))
        {
            for line in lines.by_ref().take_while(|line| *line != ends) {
                named(dedented(line)).into_iter().for_each(&mut add);
            }
        } else if code.starts_with("#[") && code.contains("derive(") {
            derived |= says_debug(code);
        } else if let Some(name) = declared(code) {
            if derived {
                add(name);
                derived = false;
            } else {
                assert!(!says_debug(code), "{module}: {line}");
            }
        } else if let Some(name) = implemented(code) {
            add(name);
        } else {
            // A bound is no implementation.
            assert!(
                !says_debug(code) || code.contains(": fmt::Debug"),
                "{module}, not understood: {line}"
            );
        }
    }
    assert!(!derived, "{module}: Debug is derived for nothing");
}

fn says_debug(code: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == "Debug" || word == "Display")
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or_default()
}

/// `pub struct Name…`; the empty name for a macro's `$name`.
fn declared(code: &str) -> Option<&str> {
    let item = code
        .strip_prefix("pub ")
        .or_else(|| code.strip_prefix("pub(crate) "))
        .or_else(|| code.strip_prefix("pub(super) "));
    let item = item.unwrap_or(code);
    ["struct ", "enum ", "union "]
        .iter()
        .find_map(|kind| item.strip_prefix(kind))
        .map(word)
}

/// `impl fmt::Debug for Name…`.
fn implemented(code: &str) -> Option<&str> {
    let (what, whom) = code.strip_prefix("impl")?.split_once(" for ")?;
    says_debug(what).then(|| word(whom))
}

/// `    Name {`.
fn before_brace(line: &str) -> Option<&str> {
    line.strip_prefix("    ")?
        .strip_suffix(" {")
        .filter(|name| word(name) == *name)
}

/// `    Name = …`.
fn before_equals(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("    ")?.split_once(" = ")?;
    Some(name).filter(|name| word(name) == *name)
}
