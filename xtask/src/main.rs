//! Developer commands: `cargo xtask test`, `models`, `stress`, `sanitize`, `bench`, `instructions`, `api`, `tidy`.
//!
//! This file reads the command line. [`commands`] says what each command runs, [`steps`] runs it and keeps the time,
//! [`sanitize`] what the sanitizers need, [`instructions`] counts instructions, [`api`] compares the API with Tokio's, and
//! [`tidy`] holds the checks of the sources that no lint covers.

mod api;
mod commands;
mod instructions;
mod sanitize;
mod steps;
mod tidy;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sanitize::Sanitizer;

const USAGE: &str = "\
Usage: cargo xtask <command>

Commands:
  test                             everything that has to pass: format, tidy checks, lints, tests, API, models and more
  models [--preemptions N] [NAME]  the models under loom, thoroughly (3 preemptions unless said otherwise)
  stress [ROUNDS]                  the same models on real threads (100000 rounds unless said otherwise)
  sanitize [thread|address] [NAME] the tests under the sanitizers, or those with NAME in their names; needs nightly
  bench [ARGUMENTS…]               everything compared with other runtimes, in about half an hour: a report with a picture in
                                   docs/benchmarks. The arguments are passed on: `cargo xtask bench --help`
  instructions [--only NAME] [--compare] [--record] [--atomics] [--report]
                                   instructions of an operation against their budgets; needs valgrind. With tokio beside
                                   them; or makes them the budgets; or lists those that are locked; or writes
                                   docs/benchmarks/instructions.md
  api                              the public API against Tokio's; needs the nightly toolchain
  tidy                             the checks of the sources alone

Options:
  -h, --help                       this text
";

/// A command line that was understood.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help,
    Test,
    Models { preemptions: u32, filter: Option<String> },
    Stress { rounds: u32 },
    Sanitize { sanitizer: Option<Sanitizer>, filter: Option<String> },
    Bench { arguments: Vec<String> },
    Instructions(instructions::Options),
    Api,
    Tidy,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let command = match parse(&arguments) {
        Ok(command) => command,
        Err(message) => {
            eprint!("error: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let root = workspace_root();
    let passed = match command {
        Command::Help => {
            print!("{USAGE}");
            true
        }
        Command::Test => commands::test(&root),
        Command::Models { preemptions, filter } => commands::models(&root, preemptions, filter.as_deref()),
        Command::Stress { rounds } => commands::stress(&root, rounds),
        Command::Sanitize { sanitizer, filter } => sanitize::all(&root, sanitizer, filter.as_deref()),
        Command::Bench { arguments } => commands::bench(&root, &arguments),
        Command::Instructions(options) => commands::instructions(&root, &options),
        Command::Api => commands::api(&root),
        Command::Tidy => tidy::check(&root),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The folder above this crate's: where `cargo run` finds it, or else where it was compiled. The two differ when working
/// copies share a target folder.
fn workspace_root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = Path::new(&here);
    here.parent().unwrap_or(here).to_owned()
}

fn parse(arguments: &[String]) -> Result<Command, String> {
    let Some((name, rest)) = arguments.split_first() else { return Err("no command given".to_owned()) };
    // What follows `bench` belongs to the benchmarks, `--help` included.
    if name != "bench" && arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        return Ok(Command::Help);
    }
    match name.as_str() {
        "test" => none_left(rest).map(|()| Command::Test),
        "api" => none_left(rest).map(|()| Command::Api),
        "tidy" => none_left(rest).map(|()| Command::Tidy),
        "bench" => Ok(Command::Bench { arguments: rest.to_vec() }),
        "instructions" => instructions::parse(rest).map(Command::Instructions),
        "models" => parse_models(rest),
        "sanitize" => parse_sanitize(rest),
        "stress" => match rest {
            [] => Ok(Command::Stress { rounds: 100_000 }),
            [rounds, rest @ ..] => none_left(rest).and(number(rounds)).map(|rounds| Command::Stress { rounds }),
        },
        _ => Err(format!("unknown command `{name}`")),
    }
}

fn parse_models(mut rest: &[String]) -> Result<Command, String> {
    let (mut preemptions, mut filter) = (3, None);
    while let Some((argument, others)) = rest.split_first() {
        rest = others;
        if argument == "--preemptions" {
            let (value, others) = rest.split_first().ok_or("`--preemptions` needs a number")?;
            preemptions = number(value)?;
            rest = others;
        } else if argument.starts_with('-') {
            return Err(format!("unknown option `{argument}`"));
        } else if filter.replace(argument.clone()).is_some() {
            return Err(format!("only one name can be given, `{argument}` is the second"));
        }
    }
    Ok(Command::Models { preemptions, filter })
}

fn parse_sanitize(mut rest: &[String]) -> Result<Command, String> {
    let sanitizer = rest.first().and_then(|name| Sanitizer::named(name));
    if sanitizer.is_some() {
        rest = &rest[1..];
    }
    let filter = rest.first().cloned();
    none_left(rest.get(1..).unwrap_or_default()).map(|()| Command::Sanitize { sanitizer, filter })
}

fn none_left(rest: &[String]) -> Result<(), String> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(format!("unexpected argument `{argument}`")),
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn commands_are_understood() {
        assert_eq!(parsed("test"), Ok(Command::Test));
        assert_eq!(parsed("test --help"), Ok(Command::Help));
        assert_eq!(parsed("-h"), Ok(Command::Help));
        assert_eq!(parsed("models"), Ok(Command::Models { preemptions: 3, filter: None }));
        let filter = Some("idle".to_owned());
        assert_eq!(parsed("models idle --preemptions 4"), Ok(Command::Models { preemptions: 4, filter }));
        assert_eq!(parsed("api"), Ok(Command::Api));
        assert_eq!(parsed("instructions"), Ok(Command::Instructions(instructions::Options::default())));
        assert_eq!(parsed("stress 10"), Ok(Command::Stress { rounds: 10 }));
        assert_eq!(parsed("sanitize"), Ok(Command::Sanitize { sanitizer: None, filter: None }));
        let (sanitizer, filter) = (Some(Sanitizer::Thread), Some("sync".to_owned()));
        assert_eq!(parsed("sanitize thread sync"), Ok(Command::Sanitize { sanitizer, filter: filter.clone() }));
        assert_eq!(parsed("sanitize sync"), Ok(Command::Sanitize { sanitizer: None, filter }));
        let arguments = vec!["--help".to_owned(), "echo".to_owned()];
        assert_eq!(parsed("bench --help echo"), Ok(Command::Bench { arguments }));
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            ("", "no command given"),
            ("tset", "unknown command `tset`"),
            ("test all", "unexpected argument `all`"),
            ("stress many", "`many` is not a number"),
            ("stress 1 2", "unexpected argument `2`"),
            ("sanitize thread a b", "unexpected argument `b`"),
            ("instructions --only", "`--only` needs the name of a scenario"),
            ("models --preemptions", "`--preemptions` needs a number"),
            ("models --deep", "unknown option `--deep`"),
            ("models a b", "only one name can be given, `b` is the second"),
        ];
        for (line, message) in cases {
            assert_eq!(parsed(line), Err(message.to_owned()), "{line}");
        }
    }
}
