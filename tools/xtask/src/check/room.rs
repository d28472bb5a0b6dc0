//! A file is one room: nobody keeps more than 500 lines in mind.

use crate::tracked::TextFile;

const LIMIT: usize = 500;
const LANGUAGES: &[&str] = &["rs", "ts", "mts", "js", "mjs", "kt", "swift"];

pub(super) fn too_long(files: &[TextFile]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.parts().any(|part| part == "src") && LANGUAGES.contains(&file.extension()))
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LIMIT)
        .map(|(file, lines)| format!("{}: {lines} lines, at most {LIMIT} are allowed", file.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: usize) -> TextFile {
        TextFile {
            path: path.into(),
            text: "\n".repeat(lines),
        }
    }

    #[test]
    fn a_source_file_may_have_500_lines_and_not_one_more() {
        assert!(too_long(&[file("core/src/a.rs", 500)]).is_empty());
        assert_eq!(too_long(&[file("core/src/a.rs", 501)]).len(), 1);
    }

    #[test]
    fn data_and_documents_may_be_longer() {
        assert!(
            too_long(&[
                file("tests/vectors/sign.json", 9000),
                file("docs/src/guide.md", 9000)
            ])
            .is_empty()
        );
    }
}
