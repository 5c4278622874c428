//! What each command runs.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use crate::api;
use crate::instructions;
use crate::sanitize;
use crate::steps::{Outcome, Steps};
use crate::tidy;

/// Everything that has to pass before a change goes in, cheapest first.
pub(crate) fn test(root: &Path) -> bool {
    let mut steps = Steps::new(root);
    steps.cargo("format", &["fmt", "--all", "--check"]);
    steps.step("tidy checks", || tidy::check(root));
    let clippy = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"];
    steps.cargo("lints", &clippy);
    let tests = ["test", "--workspace", "--all-features", "--lib", "--bins", "--tests", "--examples"];
    steps.cargo("unit and integration tests", &tests);
    // The sources that the models mount have their examples run where they belong.
    let examples = ["test", "--workspace", "--exclude", "heist-loom-tests", "--all-features", "--doc"];
    steps.cargo("doc tests", &examples);
    steps.step("public API", || api::check(root));
    steps.step("instruction counts", || instructions::check(root, &instructions::Options::default()));
    // Each model has a bound of its own, with which it ends soon and still finds the faults that it must find.
    models_step(&mut steps, None, None);
    sanitize::part(&mut steps, root);
    steps.finish()
}

/// The comparison of the API with Tokio's. Asked for alone it does not pass if it cannot run.
pub(crate) fn api(root: &Path) -> bool {
    passed_alone(api::check(root))
}

/// Instructions against their budgets. Asked for alone it does not pass if it cannot run.
pub(crate) fn instructions(root: &Path, options: &instructions::Options) -> bool {
    passed_alone(instructions::check(root, options))
}

/// The models under loom.
pub(crate) fn models(root: &Path, preemptions: u32, filter: Option<&str>) -> bool {
    let mut steps = Steps::new(root);
    models_step(&mut steps, Some(preemptions), filter);
    steps.finish()
}

/// The models on real threads.
pub(crate) fn stress(root: &Path, rounds: u32) -> bool {
    let mut steps = Steps::new(root);
    let variables = [("HEIST_MODEL_ROUNDS", rounds.to_string().into())];
    steps.cargo_with("models on real threads", &["test", "--release", "--package", "heist-loom-tests"], &variables);
    steps.finish()
}

/// The comparisons with other runtimes. They write their reports themselves. If everything is asked for, instructions
/// are counted too.
pub(crate) fn bench(root: &Path, arguments: &[String]) -> bool {
    let mut cargo = vec!["run", "--release", "--package", "heist-benches", "--"];
    cargo.extend(arguments.iter().map(String::as_str));
    let mut steps = Steps::new(root);
    steps.cargo("comparisons", &cargo);
    if arguments.is_empty() {
        steps.step("instruction counts", || instructions::check(root, &instructions::Options::report()));
    }
    steps.finish()
}

/// Whether a step passed that is not one of many: if it was skipped, nothing was done.
fn passed_alone(outcome: Outcome) -> bool {
    if let Outcome::Skipped(reason) = outcome {
        eprintln!("error: {reason}");
    }
    outcome == Outcome::Passed
}

/// A target folder of its own, so that the changed flags do not rebuild everything each time.
fn models_step(steps: &mut Steps<'_>, preemptions: Option<u32>, filter: Option<&str>) {
    let mut cargo = vec!["test", "--release", "--package", "heist-loom-tests", "--target-dir", "target/loom"];
    cargo.extend(filter);
    let mut flags = env::var_os("RUSTFLAGS").unwrap_or_default();
    if !flags.is_empty() {
        flags.push(" ");
    }
    flags.push("--cfg heist_loom");
    let mut variables: Vec<(&str, OsString)> = vec![("RUSTFLAGS", flags)];
    if let Some(preemptions) = preemptions {
        variables.push(("LOOM_MAX_PREEMPTIONS", preemptions.to_string().into()));
    }
    steps.cargo_with("models", &cargo, &variables);
}
