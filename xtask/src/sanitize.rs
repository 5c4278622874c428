//! The tests under ThreadSanitizer and AddressSanitizer, with the nightly toolchain.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::steps::Steps;

/// The packages whose code runs in users' processes.
const PACKAGES: [&str; 4] = ["heist-primitives", "heist-timer", "heist-io-driver", "heist"];

/// The part that `cargo xtask test` runs: tests with many threads.
const PART: [&str; 5] = ["chaos", "rt_block_in_place", "rt_stall", "shutdown_tasks", "sync_mpsc"];

/// Rounds of the chaos test in that part. They are ten times as slow as elsewhere.
const PART_ROUNDS: &str = "100";

/// A sanitizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sanitizer {
    /// Finds data races. Needs the standard library's source: compiled without the sanitizer, its locks and counts would
    /// look as if they ordered nothing.
    Thread,
    /// Finds uses of memory that is not, or no longer, there, and memory that is never freed.
    Address,
}

impl Sanitizer {
    pub(crate) const ALL: [Self; 2] = [Self::Thread, Self::Address];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sanitizer| sanitizer.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Address => "address",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Thread => "tests under ThreadSanitizer",
            Self::Address => "tests under AddressSanitizer",
        }
    }

    fn flags(self) -> &'static str {
        match self {
            // ThreadSanitizer does not see what a fence orders. With these cfgs crossbeam and heist do the same by
            // accesses.
            Self::Thread => "-Zsanitizer=thread --cfg crossbeam_sanitize_thread --cfg heist_sanitize_thread",
            Self::Address => "-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer",
        }
    }

    /// Environment variables of the programs under test. What the user has set comes last, and so wins.
    fn options(self, root: &Path) -> Vec<(&'static str, OsString)> {
        let suppressions = |file| format!("suppressions={}", root.join("xtask/sanitizers").join(file).display());
        let with_users = |name, options: String| {
            let users = env::var(name).unwrap_or_default();
            (name, format!("{options}:{users}").into())
        };
        match self {
            Self::Thread => vec![with_users("TSAN_OPTIONS", suppressions("thread.supp"))],
            Self::Address => vec![
                with_users("ASAN_OPTIONS", "detect_leaks=1".to_owned()),
                with_users("LSAN_OPTIONS", suppressions("leak.supp")),
            ],
        }
    }
}

/// What of the toolchain is missing for a sanitizer, or the target to compile for.
fn target_for(sanitizer: Sanitizer) -> Result<String, &'static str> {
    const NO_NIGHTLY: &str = "there is no nightly toolchain (rustup toolchain install nightly)";
    let ask = |arguments: &[&str]| {
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", "rustc"]).args(arguments).stderr(Stdio::null());
        let output = command.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let version = ask(&["-vV"]).ok_or(NO_NIGHTLY)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or(NO_NIGHTLY)?;
    let known = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin"];
    if !known.contains(&host) {
        return Err("the sanitizers do not exist for this system");
    }
    let sysroot = PathBuf::from(ask(&["--print", "sysroot"]).ok_or(NO_NIGHTLY)?.trim());
    if sanitizer == Sanitizer::Thread && !sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").exists() {
        return Err("the standard library's source is missing (rustup component add rust-src --toolchain nightly)");
    }
    Ok(host.to_owned())
}

/// The command: all tests, or those whose names contain `filter`. Without what it needs it fails.
pub(crate) fn all(root: &Path, sanitizer: Option<Sanitizer>, filter: Option<&str>) -> bool {
    let mut steps = Steps::new(root);
    for sanitizer in Sanitizer::ALL.into_iter().filter(|each| sanitizer.is_none_or(|asked| asked == *each)) {
        match target_for(sanitizer) {
            Ok(target) => {
                let mut selection: Vec<&str> = PACKAGES.iter().flat_map(|package| ["--package", package]).collect();
                selection.extend(["--lib", "--tests"]);
                run(&mut steps, root, sanitizer, &target, &selection, filter, &[]);
            }
            Err(missing) => steps.step(sanitizer.title(), || {
                eprintln!("error: {missing}");
                false
            }),
        }
    }
    steps.finish()
}

/// A step of `cargo xtask test`: the tests that matter most, under ThreadSanitizer, where that can be had.
pub(crate) fn part(steps: &mut Steps<'_>, root: &Path) {
    let sanitizer = Sanitizer::Thread;
    match target_for(sanitizer) {
        Ok(target) => {
            let mut selection = vec!["--package", "heist", "--lib"];
            selection.extend(PART.iter().flat_map(|test| ["--test", test]));
            let rounds = [("HEIST_CHAOS_ROUNDS", PART_ROUNDS.into())];
            run(steps, root, sanitizer, &target, &selection, None, &rounds);
        }
        Err(missing) => steps.skip(sanitizer.title(), missing),
    }
}

fn run(
    steps: &mut Steps<'_>,
    root: &Path,
    sanitizer: Sanitizer,
    target: &str,
    selection: &[&str],
    filter: Option<&str>,
    variables: &[(&'static str, OsString)],
) {
    let directory = format!("target/{}-sanitizer", sanitizer.name());
    let mut arguments = vec!["run", "nightly", "cargo", "test", "--no-fail-fast", "--all-features"];
    arguments.extend(["--target", target, "--target-dir", &directory]);
    if sanitizer == Sanitizer::Thread {
        arguments.push("-Zbuild-std");
    }
    arguments.extend(selection);
    arguments.extend(filter);
    // The messages of the compiler are checked by the ordinary tests, with the ordinary compiler.
    arguments.extend(["--", "--skip", "messages"]);
    if sanitizer == Sanitizer::Address {
        // It measures memory, and this sanitizer keeps what is freed for a while.
        arguments.extend(["--skip", "takes_no_more_and_more_memory"]);
    }
    let mut environment = sanitizer.options(root);
    environment.push(("RUSTFLAGS", sanitizer.flags().into()));
    environment.extend(variables.iter().cloned());
    steps.program(sanitizer.title(), "rustup", &arguments, &environment);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Whether a comment stands right above each entry.
    fn each_has_a_reason(text: &str) -> bool {
        let lines: Vec<&str> = text.lines().collect();
        let is_entry = |line: &str| !line.is_empty() && !line.starts_with('#');
        let mut entries = lines.iter().enumerate().filter(|(_, line)| is_entry(line));
        entries.all(|(at, _)| at > 0 && lines[at - 1].starts_with('#'))
    }

    #[test]
    fn suppressions_have_reasons() {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("sanitizers")).unwrap() {
            let path = entry.unwrap().path();
            assert!(each_has_a_reason(&fs::read_to_string(&path).unwrap()), "{}", path.display());
        }
        assert!(!each_has_a_reason("race:everything"));
    }

    #[test]
    fn every_name_leads_back() {
        for sanitizer in Sanitizer::ALL {
            assert_eq!(Sanitizer::named(sanitizer.name()), Some(sanitizer));
        }
        assert_eq!(Sanitizer::named("memory"), None);
    }
}
