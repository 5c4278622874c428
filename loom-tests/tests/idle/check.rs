//! How a model is run, and how its faults are: steps of the protocol left out, which it must notice.

use std::env;
use std::process::{Command, Stdio};

use heist_primitives::{MODEL, model, mutation};

/// Set in the process that runs a fault.
const FAULT: &str = "HEIST_FAULT";
/// Rounds of a native run.
const ROUNDS: usize = 200;

/// Makes tests of functions that are one execution of a model: the bound on preemptions, and the faults it rejects.
macro_rules! models {
    ($($(#[$attribute:meta])* $name:ident($bound:literal) = $run:ident, rejects $faults:expr;)*) => {
        $(
            $(#[$attribute])*
            #[test]
            fn $name() {
                $crate::check::check(concat!(module_path!(), "::", stringify!($name)), $bound, &$faults, $run);
            }
        )*
    };
}
pub(crate) use models;

/// Runs a model, and each of its faults in a process of its own: loom cannot unwind from a deadlock.
pub(crate) fn check(test: &str, preemptions: usize, faults: &[&'static str], run: fn()) {
    if let Ok(wanted) = env::var(FAULT) {
        let fault = faults.iter().find(|fault| **fault == wanted).expect("a fault of this model");
        mutation::with(fault, || model(preemptions, 1, run));
        return;
    }
    model(preemptions, ROUNDS, run);
    if !MODEL {
        // A fault need not show on every machine.
        return;
    }
    let (_, test) = test.split_once("::").expect("a path that starts with the crate");
    for fault in faults {
        let output = Command::new(env::current_exe().expect("the test's own path"))
            .args(["--exact", test, "--nocapture"])
            .env(FAULT, fault)
            .stdin(Stdio::null())
            .output()
            .expect("the test can start itself");
        let text = String::from_utf8_lossy(&output.stdout);
        let reason = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("running 1 test"), "{test} is not the name of this test");
        assert!(!output.status.success(), "{fault} passes {test}");
        let first =
            reason.split("panicked at ").nth(1).unwrap_or_else(|| panic!("{fault} ends without a reason: {reason}"));
        println!("{fault}: {}", first.lines().take(2).collect::<Vec<_>>().join(" "));
    }
}
