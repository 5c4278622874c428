//! Checks of the sources that no lint covers.
//!
//! This file reads the files and prints what is wrong; [`rules`] holds the checks of code, [`names`] the check of the
//! names that the algorithms' READMEs mention, [`source`] tells code from comments.

mod names;
mod rules;
mod source;

use std::path::Path;
use std::{fs, io};

use self::source::Source;

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    path: String,
    line: usize,
    message: String,
}

impl Problem {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), line, message: message.into() }
    }
}

/// Prints all problems; true if there are none.
pub(crate) fn check(root: &Path) -> bool {
    let mut problems = match problems(root) {
        Ok(problems) => problems,
        Err(error) => {
            eprintln!("error: cannot read the sources: {error}");
            return false;
        }
    };
    problems.sort();
    for Problem { path, line, message } in &problems {
        eprintln!("{path}:{line}: {message}");
    }
    if problems.is_empty() {
        println!("tidy: no problems");
    } else {
        eprintln!("tidy: {} problem(s)", problems.len());
    }
    problems.is_empty()
}

fn problems(root: &Path) -> io::Result<Vec<Problem>> {
    let (mut sources, mut readmes, mut paths) = (Vec::new(), Vec::new(), Vec::new());
    for file in source::project_files(root)? {
        let path = file.to_string_lossy().replace('\\', "/");
        if path.ends_with(".rs") {
            sources.push(Source::new(path.clone(), fs::read_to_string(root.join(&file))?));
        } else if path.ends_with("README.md") && path.contains("src/") {
            readmes.push((path.clone(), fs::read_to_string(root.join(&file))?));
        }
        paths.push(path);
    }
    let listed = fs::read_to_string(root.join(rules::UNSAFE_LIST)).unwrap_or_default();

    let mut problems = rules::unsafe_files(&sources, &listed);
    for source in &sources {
        rules::check(source, &mut problems);
    }
    let known = names::Known::new(&sources, &paths);
    for (path, text) in &readmes {
        names::check(path, text, &known, &mut problems);
    }
    Ok(problems)
}
