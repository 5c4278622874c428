//! The rules for Rust files.

use std::collections::BTreeMap;

use super::Problem;
use super::source::Source;

/// The table of all files with unsafe code.
pub(crate) const UNSAFE_LIST: &str = "docs/unsafe.md";

/// A longer file wants to be split.
const MAX_CODE_LINES: usize = 500;

/// Checks one file by itself.
pub(crate) fn check(source: &Source, problems: &mut Vec<Problem>) {
    starts_with_its_purpose(source, problems);
    is_short(source, problems);
    keeps_to_fences(source, problems);
    leaves_loom_to_primitives(source, problems);
    is_finished(source, problems);
}

/// Each file with the word `unsafe` in its code is in the list, and each file of the list has some.
pub(crate) fn unsafe_files(sources: &[Source], list: &str) -> Vec<Problem> {
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, line) in list.lines().enumerate() {
        let path = line.strip_prefix("| `").and_then(|row| row.split('`').next());
        listed.extend(path.filter(|path| path.ends_with(".rs")).map(|path| (path, index + 1)));
    }
    let mut problems = Vec::new();
    for source in sources {
        let first = source.find("unsafe").next();
        let is_listed = listed.remove(source.path.as_str());
        match (first, is_listed) {
            (Some((line, ..)), None) => {
                let message = format!("unsafe code in a file that {UNSAFE_LIST} does not list");
                problems.push(Problem::new(&source.path, line, message));
            }
            (None, Some(line)) => {
                problems.push(Problem::new(UNSAFE_LIST, line, format!("{} has no unsafe code", source.path)));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    problems.extend(listed.iter().map(|(path, line)| Problem::new(UNSAFE_LIST, *line, format!("{path} is no file"))));
    problems
}

fn starts_with_its_purpose(source: &Source, problems: &mut Vec<Problem>) {
    // A compile-fail case is a piece of a user's program; its name says what is wrong with it.
    if !source.text.starts_with("//!") && !source.path.contains("/tests/ui/") {
        problems.push(Problem::new(&source.path, 1, "the file does not begin with `//!` and its purpose"));
    }
}

fn is_short(source: &Source, problems: &mut Vec<Problem>) {
    let lines = source.code_lines();
    if lines > MAX_CODE_LINES {
        let message = format!("{lines} lines of code, {MAX_CODE_LINES} at most: find a second idea and move it out");
        problems.push(Problem::new(&source.path, 1, message));
    }
}

/// loom takes sequentially consistent accesses for acquire and release, so only fences can be checked.
fn keeps_to_fences(source: &Source, problems: &mut Vec<Problem>) {
    for (line, before, _) in source.find("SeqCst") {
        let call = before.trim_end_matches(|character: char| super::source::is_word(character) || character == ':');
        if !call.ends_with("fence(") {
            problems.push(Problem::new(&source.path, line, "`SeqCst` other than in `fence(Ordering::SeqCst)`"));
        }
    }
}

fn leaves_loom_to_primitives(source: &Source, problems: &mut Vec<Problem>) {
    if source.path.starts_with("primitives/") || source.path.starts_with("xtask/") {
        return;
    }
    for (line, ..) in source.find("heist_loom") {
        problems.push(Problem::new(&source.path, line, "`heist_loom` outside of primitives"));
    }
}

fn is_finished(source: &Source, problems: &mut Vec<Problem>) {
    for name in ["todo", "unimplemented"] {
        for (line, _, after) in source.find(name) {
            if after.starts_with('!') {
                problems.push(Problem::new(&source.path, line, format!("`{name}!`")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<(usize, String)> {
        let mut problems = Vec::new();
        check(&Source::new(path, text), &mut problems);
        problems.into_iter().map(|problem| (problem.line, problem.message)).collect()
    }

    #[test]
    fn a_good_file_passes() {
        let text = "//! Purpose.\nfn f() { fence(Ordering::SeqCst); fence(SeqCst); fence(atomic::Ordering::SeqCst) }\n\
                    // SeqCst, todo!, heist_loom, unsafe\n";
        assert_eq!(messages("a.rs", text), []);
    }

    #[test]
    fn faults_are_found() {
        let found = |path, text| messages(path, text).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
        assert_eq!(found("a.rs", "fn f() {}\n"), [1]);
        assert_eq!(found("a/tests/ui/b.rs", "fn f() {}\n"), []);
        assert_eq!(found("a.rs", "//! P.\nx.load(Ordering::SeqCst);\nuse Ordering::{SeqCst};\n"), [2, 3]);
        assert_eq!(found("a.rs", "//! P.\n#[cfg(heist_loom)]\n"), [2]);
        assert_eq!(found("primitives/src/a.rs", "//! P.\n#[cfg(heist_loom)]\n"), []);
        assert_eq!(found("a.rs", "//! P.\nfn todo() { todo!() }\nunimplemented!(\"x\")\n"), [2, 3]);
        assert_eq!(found("a.rs", &format!("//! P.\n{}", "f();\n".repeat(501))), [1]);
    }

    #[test]
    fn the_list_of_unsafe_files_is_exact() {
        let sources = [
            Source::new("a.rs", "unsafe {}"),
            Source::new("b.rs", "fn f() {} // unsafe"),
            Source::new("c.rs", "\nunsafe fn f() {}"),
        ];
        let list = "| file | why |\n|---|---|\n| `a.rs` | x |\n| `b.rs` | x |\n| `gone.rs` | x |\n";
        let found: Vec<_> =
            unsafe_files(&sources, list).into_iter().map(|problem| (problem.path, problem.line)).collect();
        let expected = [("docs/unsafe.md", 4), ("c.rs", 2), ("docs/unsafe.md", 5)];
        assert_eq!(found, expected.map(|(path, line)| (path.to_owned(), line)));
    }
}
