//! A source file, and its code without comments and texts.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A `.rs` file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the workspace, with `/`.
    pub(crate) path: String,
    /// As it stands in the file.
    pub(crate) text: String,
    /// The same lines, with comments and the insides of strings and characters blanked out.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        Source { path: path.into(), code: Blanker::new(&text).run(), text }
    }

    /// Lines that hold code.
    pub(crate) fn code_lines(&self) -> usize {
        self.code.lines().filter(|line| !line.trim().is_empty()).count()
    }

    /// Where `word` stands in the code: the line number (from 1) and what precedes and follows it in the line.
    pub(crate) fn find<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (usize, &'a str, &'a str)> + 'a {
        self.code.lines().enumerate().flat_map(move |(index, line)| {
            line.match_indices(word).filter_map(move |(start, _)| {
                let (before, after) = (&line[..start], &line[start + word.len()..]);
                let whole = !before.ends_with(is_word) && !after.starts_with(is_word);
                whole.then_some((index + 1, before, after))
            })
        })
    }

    /// All names in the code.
    pub(crate) fn words(&self) -> HashSet<&str> {
        self.code.split(|character| !is_word(character)).filter(|word| !word.is_empty()).collect()
    }
}

pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// All files below `root` that are part of the project, relative to it; build results and hidden folders are left out.
pub(crate) fn project_files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (name, path, kind) = (entry.file_name(), entry.path(), entry.file_type()?);
            if kind.is_dir() {
                if name != "target" && !name.to_string_lossy().starts_with('.') {
                    folders.push(path);
                }
            } else if kind.is_file() {
                files.push(path.strip_prefix(root).unwrap_or(&path).to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Walks over Rust text and blanks out what is not code; lines stay where they are.
struct Blanker<'a> {
    rest: &'a str,
    code: String,
}

impl<'a> Blanker<'a> {
    fn new(text: &'a str) -> Blanker<'a> {
        Blanker { rest: text, code: String::with_capacity(text.len()) }
    }

    fn run(mut self) -> String {
        while let Some(first) = self.rest.chars().next() {
            let follows_word = self.code.ends_with(is_word);
            if self.rest.starts_with("//") {
                self.blank(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.blank(block_comment(self.rest));
            } else if let Some(hashes) = raw_string(self.rest).filter(|_| !follows_word) {
                let quote = self.rest.find('"').unwrap_or(0);
                self.keep(quote + 1);
                let end = format!("\"{}", "#".repeat(hashes));
                self.blank(self.rest.find(&end).unwrap_or(self.rest.len()));
                self.keep(end.len().min(self.rest.len()));
            } else if first == '"' {
                self.keep(1);
                self.blank(quoted(self.rest, '"'));
                self.keep(1.min(self.rest.len()));
            } else if first == '\'' && is_character(self.rest) {
                self.keep(1);
                self.blank(quoted(self.rest, '\''));
                self.keep(1.min(self.rest.len()));
            } else {
                self.keep(first.len_utf8());
            }
        }
        self.code
    }

    fn keep(&mut self, length: usize) {
        let (kept, rest) = self.rest.split_at(length);
        self.code.push_str(kept);
        self.rest = rest;
    }

    fn blank(&mut self, length: usize) {
        let (blanked, rest) = self.rest.split_at(length);
        self.code.extend(blanked.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }
}

/// The length of a comment that may hold others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The number of `#` if a raw string begins here.
fn raw_string(text: &str) -> Option<usize> {
    let text = text.strip_prefix(['b', 'c']).unwrap_or(text).strip_prefix('r')?;
    let after = text.trim_start_matches('#');
    after.starts_with('"').then_some(text.len() - after.len())
}

/// The length up to the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && character == quote {
            return at;
        }
        escaped = !escaped && character == '\\';
    }
    text.len()
}

/// True if a character begins here, false if a lifetime does.
fn is_character(text: &str) -> bool {
    let mut characters = text.chars().skip(1);
    matches!((characters.next(), characters.next()), (Some('\\'), _) | (Some(_), Some('\'')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let code = Source::new("a.rs", text).code;
        assert_eq!(code.lines().count(), text.lines().count());
        code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_go() {
        assert_eq!(code("a // unsafe\nb /* x /* y */ z */ c"), "a b c");
        assert_eq!(code("//! doc\n/// doc \" quote\nfn f() {}"), "fn f() {}");
        assert_eq!(code("a / b /* never closed"), "a / b");
    }

    #[test]
    fn strings_are_emptied() {
        assert_eq!(code(r#"f("unsafe \" // no") + g"#), r#"f(" ") + g"#);
        assert_eq!(code("r#\"un\"safe\"# x br\"\\\" y"), "r#\" \"# x br\" \" y");
        assert_eq!(code("\"two\nlines\" z"), "\" \" z");
    }

    #[test]
    fn characters_are_no_lifetimes() {
        assert_eq!(code("'\"' 'a' '\\'' '\\u{1f}' x"), "' ' ' ' ' ' ' ' x");
        assert_eq!(code("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn whole_words_are_found() {
        let source = Source::new("a.rs", "let unsafe_code = 1;\nunsafe { not_unsafe() } // unsafe\n");
        let found: Vec<_> = source.find("unsafe").collect();
        assert_eq!(found, [(2, "", " { not_unsafe() }          ")]);
        assert!(source.words().contains("not_unsafe"));
    }

    #[test]
    fn lines_of_code_are_counted() {
        assert_eq!(Source::new("a.rs", "//! x\n\nfn f() {\n    // y\n    \"text\"\n}\n").code_lines(), 3);
    }
}
