//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
Usage: cargo run --release --example server -- [OPTIONS]

Options:
  --port PORT      where to listen on 127.0.0.1; 0 takes any free port [8080]
  --workers N      worker threads [one a core]
  --root FOLDER    what /files/ serves [.]
  -h, --help       this text
";

/// What the server was started with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) port: u16,
    pub(crate) workers: Option<usize>,
    /// Canonical.
    pub(crate) root: PathBuf,
}

/// A command line that was understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    Run(Options),
    Help,
}

impl Options {
    /// Reads the arguments behind the program's name. The error is a sentence for the user.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Parsed, String> {
        let (mut port, mut workers, mut root) = (8080, None, PathBuf::from("."));
        while let Some(argument) = arguments.next() {
            // Both `--port 80` and `--port=80`.
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            if name == "--help" || name == "-h" {
                return Ok(Parsed::Help);
            }
            if !["--port", "--workers", "--root"].contains(&name.as_str()) {
                return Err(format!("unknown argument `{name}`"));
            }
            let value = value.or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--port" => port = value.parse().map_err(|_| format!("--port: `{value}` is not a port number"))?,
                "--workers" => {
                    let number = value.parse().ok().filter(|&number: &usize| number > 0);
                    workers = Some(number.ok_or_else(|| format!("--workers: `{value}` is not a number above 0"))?);
                }
                _ => root = value.into(),
            }
        }
        match root.canonicalize() {
            Ok(canonical) if canonical.is_dir() => Ok(Parsed::Run(Options { port, workers, root: canonical })),
            Ok(_) => Err(format!("--root: {} is not a folder", root.display())),
            Err(error) => Err(format!("--root: cannot open {}: {error}", root.display())),
        }
    }
}
