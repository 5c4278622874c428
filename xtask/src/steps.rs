//! Runs steps one after the other, stops at the first that fails, and says how long each took.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All was well.
    Passed,
    /// It was not.
    Failed,
    /// It cannot run here, for this reason.
    Skipped(&'static str),
}

impl From<bool> for Outcome {
    fn from(passed: bool) -> Outcome {
        if passed { Outcome::Passed } else { Outcome::Failed }
    }
}

/// The steps done so far.
#[derive(Debug)]
pub(crate) struct Steps<'a> {
    root: &'a Path,
    done: Vec<(&'static str, Duration, Outcome)>,
}

impl<'a> Steps<'a> {
    /// None yet; commands run in `root`.
    pub(crate) fn new(root: &'a Path) -> Steps<'a> {
        Steps { root, done: Vec::new() }
    }

    /// Runs `cargo` with `arguments`, unless a step has failed before.
    pub(crate) fn cargo(&mut self, name: &'static str, arguments: &[&str]) {
        self.cargo_with(name, arguments, &[]);
    }

    /// Runs `cargo` with `arguments` and environment variables, unless a step has failed before.
    pub(crate) fn cargo_with(&mut self, name: &'static str, arguments: &[&str], variables: &[(&str, OsString)]) {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.run(name, "cargo", Command::new(cargo), arguments, variables);
    }

    /// Runs another program with `arguments` and environment variables, unless a step has failed before.
    pub(crate) fn program(
        &mut self,
        name: &'static str,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, OsString)],
    ) {
        self.run(name, program, Command::new(program), arguments, variables);
    }

    fn run(
        &mut self,
        name: &'static str,
        program: &str,
        mut command: Command,
        arguments: &[&str],
        variables: &[(&str, OsString)],
    ) {
        let root = self.root;
        self.step(name, || {
            let assignments: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value:?} ")).collect();
            println!("$ {}{program} {}", assignments.concat(), arguments.join(" "));
            match command.args(arguments).envs(variables.iter().cloned()).current_dir(root).status() {
                Ok(status) => status.success(),
                Err(error) => {
                    eprintln!("error: cannot run {program}: {error}");
                    false
                }
            }
        });
    }

    /// Says that a step cannot be done here, which is no failure.
    pub(crate) fn skip(&mut self, name: &'static str, reason: &'static str) {
        self.step(name, || Outcome::Skipped(reason));
    }

    /// Runs `step`, which says how it ended, unless a step has failed before.
    pub(crate) fn step<O: Into<Outcome>>(&mut self, name: &'static str, step: impl FnOnce() -> O) {
        if !self.all_passed() {
            return;
        }
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = step().into();
        let took = start.elapsed();
        println!("== {name}: {} after {}", word(outcome), seconds(took));
        if let Outcome::Skipped(reason) = outcome {
            println!("{reason}");
        }
        self.done.push((name, took, outcome));
    }

    /// Prints a line for each step, and returns whether all passed.
    pub(crate) fn finish(self) -> bool {
        println!("\nSummary");
        let mut total = Duration::ZERO;
        for (name, took, outcome) in &self.done {
            println!("  {:>8}  {:<7}  {name}", seconds(*took), word(*outcome));
            total += *took;
        }
        let passed = self.all_passed();
        println!("  {:>8}  {:<7}  total", seconds(total), word(passed.into()));
        passed
    }

    fn all_passed(&self) -> bool {
        self.done.iter().all(|(_, _, outcome)| *outcome != Outcome::Failed)
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "ok",
        Outcome::Failed => "FAILED",
        Outcome::Skipped(_) => "skipped",
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_is_skipped_is_no_failure() {
        let mut steps = Steps::new(Path::new("."));
        steps.skip("first", "no tool");
        steps.step("second", || true);
        assert!(steps.finish());
    }

    #[test]
    fn nothing_runs_after_a_failure() {
        let mut steps = Steps::new(Path::new("."));
        let mut ran = Vec::new();
        steps.step("first", || {
            ran.push(1);
            true
        });
        steps.step("second", || {
            ran.push(2);
            false
        });
        steps.step("third", || {
            ran.push(3);
            true
        });
        assert!(!steps.finish());
        assert_eq!(ran, [1, 2]);
    }

    #[test]
    fn what_is_skipped_stops_nothing() {
        let mut steps = Steps::new(Path::new("."));
        steps.step("first", || Outcome::Skipped("not here"));
        let mut ran = false;
        steps.step("second", || {
            ran = true;
            true
        });
        assert!(steps.finish() && ran);
    }
}
