//! Compares the public API of heist with that of Tokio. Called by `cargo xtask api`; `README.md` says how the list is made.
//!
//! This file reads the command line and reports. `tree` reads lines, `items` and `params` bring them into a form that can be
//! compared, `gaps` knows what may be missing.

mod gaps;
mod items;
mod params;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::gaps::Gaps;
use crate::items::Item;

/// The exit status that says: this toolchain's rustdoc writes another format.
const OTHER_FORMAT: u8 = 3;

const USAGE: &str = "\
Usage: xtask-api check JSON…   compares heist's API, from the JSON of rustdoc of its crates, with the list
       xtask-api list JSON     prints the API of a crate
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (command, files) = match arguments[..] {
        ["check", ref files @ ..] if !files.is_empty() => ("check", files),
        ["list", ref files @ ..] if files.len() == 1 => ("list", files),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if let Some(format) = files.iter().find_map(|file| other_format(file)) {
        eprintln!("rustdoc wrote format {format}, and this reads format {}", rustdoc_types::FORMAT_VERSION);
        return ExitCode::from(OTHER_FORMAT);
    }
    let lines: Vec<String> = files.iter().flat_map(|file| list(file)).collect();
    if command == "list" {
        for line in lines {
            println!("{line}");
        }
        return ExitCode::SUCCESS;
    }
    if check(&lines) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The format of the file, if it is not ours.
fn other_format(file: &str) -> Option<String> {
    let json = fs::read_to_string(file).unwrap_or_else(|error| panic!("cannot read {file}: {error}"));
    let (_, rest) = json.rsplit_once("\"format_version\":").unwrap_or_else(|| panic!("{file} is not of rustdoc"));
    let format: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    (format != rustdoc_types::FORMAT_VERSION.to_string()).then_some(format)
}

/// The API that rustdoc found, one item a line.
fn list(file: &str) -> Vec<String> {
    let api = public_api::Builder::from_rustdoc_json(file).omit_blanket_impls(true).omit_auto_trait_impls(true).build();
    let api = api.unwrap_or_else(|error| panic!("cannot read {file}: {error}"));
    api.items().map(ToString::to_string).collect()
}

/// Compares, reports, and returns whether all is as it should be.
fn check(found: &[String]) -> bool {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read =
        |name: &str| fs::read_to_string(here.join(name)).unwrap_or_else(|error| panic!("cannot read {name}: {error}"));
    let expected = read("tokio.txt");
    let expected: Vec<String> =
        expected.lines().map(|line| with_captures(line).replace("tokio::", "heist::")).collect();
    let public = items::definitions(expected.iter().map(String::as_str));
    let expected = items::items(expected.iter().skip(1).map(String::as_str), &public);
    let found = Moved::read(&read("moved.txt")).apply(found);
    let found = items::items(found.iter().map(String::as_str), &public);
    let differences = compare(&expected, &found);
    let gaps = read("gaps.txt");
    let gaps = Gaps::read(&gaps);
    let (known, unknown): (Vec<_>, Vec<_>) =
        differences.into_iter().partition(|difference| gaps.covers(&difference.expected.path));
    for difference in &unknown {
        difference.report();
    }
    let closed = gaps.closed(known.iter().map(|difference| difference.expected.path.as_str()));
    for gap in &closed {
        println!("closed: {gap}: nothing of it is missing, so take it out of xtask/api/gaps.txt");
    }
    println!(
        "{} items of Tokio's API, {} missing or different, {} more in known gaps",
        expected.len(),
        unknown.len(),
        known.len()
    );
    unknown.is_empty() && closed.is_empty()
}

/// An item that is not as expected.
struct Difference<'a> {
    expected: &'a Item,
    /// What goes by its name instead.
    found: Vec<&'a Item>,
}

impl Difference<'_> {
    fn report(&self) {
        if self.found.is_empty() {
            println!("missing:   {}\n  expected {}", self.expected.name, self.expected.line);
        } else {
            println!("different: {}\n  expected {}", self.expected.name, self.expected.line);
        }
        for found in &self.found {
            println!("  found    {}", found.line);
        }
    }
}

fn compare<'a>(expected: &'a [Item], found: &'a [Item]) -> Vec<Difference<'a>> {
    let mut by_name: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in found {
        by_name.entry(&item.name).or_default().push(item);
    }
    let difference = |expected: &'a Item| {
        let found = by_name.get(expected.name.as_str()).cloned().unwrap_or_default();
        let differs = !found.iter().any(|item| item.stands_for(expected));
        differs.then_some(Difference { expected, found })
    };
    expected.iter().filter_map(difference).collect()
}

/// A line of Tokio's as our edition has it. In Tokio's edition an `impl Trait` that a function returns borrows nothing of
/// the arguments unless it says so; in ours it borrows everything unless it says `use<>`.
///
/// # Panics
///
/// If the function has parameters, which would have to be named: none of the list does.
fn with_captures(line: &str) -> String {
    match line.split_once("(") {
        Some((function, rest)) if rest.contains(") -> impl ") => {
            assert!(!function.contains('<'), "which parameters are in the type that this returns? {line}");
            format!("{line} + use<>")
        }
        _ => line.to_owned(),
    }
}

/// Where users find what is defined elsewhere: `moved.txt`.
struct Moved<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Moved<'a> {
    fn read(text: &'a str) -> Moved<'a> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Moved(lines.filter_map(|line| line.split_once(" = ")).map(|(from, to)| (from.trim(), to.trim())).collect())
    }

    /// The lines as if everything were defined where users find it. A definition moves only if it is re-exported there.
    fn apply(&self, lines: &[String]) -> Vec<String> {
        let exported: BTreeSet<&str> = lines.iter().filter_map(|line| line.strip_prefix("pub use ")).collect();
        let moved = |line: &String| {
            let mut line = format!("{line} ");
            for (from, to) in &self.0 {
                let foreign = !from.starts_with("heist::");
                let defines =
                    ["pub struct ", "pub enum "].iter().any(|kind| line.starts_with(&format!("{kind}{from}")));
                if !defines || (foreign && exported.contains(to)) {
                    line = replace_path(&line, from, to);
                }
            }
            line.trim_end().to_owned()
        };
        lines.iter().map(moved).collect()
    }
}

/// Replaces `from` where a path begins with it.
fn replace_path(line: &str, from: &str, to: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut result = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(from) {
        let (before, others) = rest.split_at(at);
        let after = &others[from.len()..];
        let whole = !before.ends_with(|c| is_word(c) || c == ':') && !after.starts_with(is_word);
        result.push_str(before);
        result.push_str(if whole { to } else { from });
        rest = after;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_move_only_if_they_are_exported() {
        let moved = Moved::read("# comment\nheist_io::Ready = heist::io::Ready\n");
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let hidden = lines("pub struct heist_io::Ready\npub fn heist::f(heist_io::Ready, heist_io::Readyness)");
        let result = lines("pub struct heist_io::Ready\npub fn heist::f(heist::io::Ready, heist_io::Readyness)");
        assert_eq!(moved.apply(&hidden), result);
        let exported = lines("pub use heist::io::Ready\npub struct heist_io::Ready");
        assert_eq!(moved.apply(&exported)[1], "pub struct heist::io::Ready");
    }

    #[test]
    fn returned_types_of_tokio_borrow_nothing() {
        assert_eq!(with_captures("pub fn a(&self) -> impl B"), "pub fn a(&self) -> impl B + use<>");
        for line in ["pub fn a(impl B) -> u8", "pub async fn a<T>(T) -> u8<impl B>", "pub mod a"] {
            assert_eq!(with_captures(line), line);
        }
    }

    #[test]
    fn missing_and_different_items_are_found() {
        let public = BTreeSet::new();
        let expected =
            items::items(["pub fn heist::a()", "pub fn heist::b()", "pub fn heist::c()"].into_iter(), &public);
        let found =
            items::items(["pub fn heist::a()", "pub fn heist::b(u8)", "pub fn heist::d()"].into_iter(), &public);
        let differences = compare(&expected, &found);
        let names: Vec<_> =
            differences.iter().map(|difference| (&*difference.expected.name, difference.found.len())).collect();
        assert_eq!(names, [("heist::b", 1), ("heist::c", 0)]);
    }
}
