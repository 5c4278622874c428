//! The names that the algorithms' READMEs mention still exist.
//!
//! A name in backticks is looked up if it is plainly a file (`idle.rs`) or a path (`Idle::try_park`); other things in
//! backticks are left alone. It is enough that each part of a path occurs somewhere in the code, which a renamed or
//! removed item does not.

use std::collections::HashSet;

use super::Problem;
use super::source::{Source, is_word};

/// All names there are.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    words: HashSet<&'a str>,
    paths: &'a [String],
}

impl<'a> Known<'a> {
    pub(crate) fn new(sources: &'a [Source], paths: &'a [String]) -> Known<'a> {
        let mut words: HashSet<&str> = sources.iter().flat_map(Source::words).collect();
        // Modules and crates are named after files and folders.
        words.extend(paths.iter().flat_map(|path| path.split(['/', '.'])));
        Known { words, paths }
    }

    fn has_file(&self, name: &str) -> bool {
        self.paths.iter().any(|path| path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
    }
}

/// Reports the names in `text` that are gone.
pub(crate) fn check(path: &str, text: &str, known: &Known<'_>, problems: &mut Vec<Problem>) {
    let mut in_block = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        if in_block {
            continue;
        }
        // Every second piece stands between backticks.
        for name in line.split('`').skip(1).step_by(2) {
            if let Some(gone) = gone(name, known) {
                problems.push(Problem::new(path, index + 1, format!("`{name}`: there is no {gone}")));
            }
        }
    }
}

/// What of `name` does not exist.
fn gone<'n>(name: &'n str, known: &Known<'_>) -> Option<&'n str> {
    if [".rs", ".md", ".toml"].iter().any(|ending| name.ends_with(ending)) && !name.contains([' ', '*']) {
        return (!known.has_file(name)).then_some(name);
    }
    let name = name.strip_suffix("()").unwrap_or(name);
    let parts: Vec<&str> = name.split("::").collect();
    let is_path = parts.len() > 1 && parts.iter().all(|part| !part.is_empty() && part.chars().all(is_word));
    if !is_path || ["std", "core", "alloc"].contains(&parts[0]) {
        return None;
    }
    parts.into_iter().find(|part| !known.words.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up() {
        let sources = [Source::new("a/src/idle.rs", "impl Idle { fn try_park() {} } // Ghost")];
        let paths = ["a/src/idle.rs".to_owned(), "docs/unsafe.md".to_owned()];
        let known = Known::new(&sources, &paths);
        let text = "See `idle.rs`, `Idle::try_park`, `idle::Idle::try_park()`, `unsafe.md` and `a b::c`.\n\
                    Not `sleep.rs`, `Ghost::walk`, but `std::gone::Gone`, `park` and `x + y`.\n\
                    ```\n`Ghost::walk`\n```\n`Idle::unpark`";
        let mut problems = Vec::new();
        check("README.md", text, &known, &mut problems);
        let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
        let expected = [
            (2, "`sleep.rs`: there is no sleep.rs"),
            (2, "`Ghost::walk`: there is no Ghost"),
            (6, "`Idle::unpark`: there is no unpark"),
        ];
        assert_eq!(found, expected);
    }
}
