//! Runs steps one after the other, stops at the first that fails, and says how long each took.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The steps done so far.
#[derive(Debug)]
pub(crate) struct Steps<'a> {
    root: &'a Path,
    done: Vec<(&'static str, Duration, bool)>,
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
        let root = self.root;
        self.step(name, || {
            let assignments: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value:?} ")).collect();
            println!("$ {}cargo {}", assignments.concat(), arguments.join(" "));
            let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let status = Command::new(cargo).args(arguments).envs(variables.iter().cloned()).current_dir(root).status();
            match status {
                Ok(status) => status.success(),
                Err(error) => {
                    eprintln!("error: cannot run cargo: {error}");
                    false
                }
            }
        });
    }

    /// Runs `step`, which says whether it passed, unless a step has failed before.
    pub(crate) fn step(&mut self, name: &'static str, step: impl FnOnce() -> bool) {
        if !self.all_passed() {
            return;
        }
        println!("\n== {name}");
        let start = Instant::now();
        let passed = step();
        let took = start.elapsed();
        println!("== {name}: {} after {}", word(passed), seconds(took));
        self.done.push((name, took, passed));
    }

    /// Prints a line for each step, and returns whether all passed.
    pub(crate) fn finish(self) -> bool {
        println!("\nSummary");
        let mut total = Duration::ZERO;
        for (name, took, passed) in &self.done {
            println!("  {:>8}  {:<6}  {name}", seconds(*took), word(*passed));
            total += *took;
        }
        let passed = self.all_passed();
        println!("  {:>8}  {:<6}  total", seconds(total), word(passed));
        passed
    }

    fn all_passed(&self) -> bool {
        self.done.iter().all(|(_, _, passed)| *passed)
    }
}

fn word(passed: bool) -> &'static str {
    if passed { "ok" } else { "FAILED" }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
