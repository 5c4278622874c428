//! Faults that the models must notice: a step left out, or an ordering weakened. Natively these tests do nothing, since
//! a fault need not show on every machine.

use std::env;
use std::process::{Command, Stdio};

use heist_primitives::{MODEL, mutation};

use super::*;

/// Set in the process that runs a fault.
const CHILD: &str = "HEIST_FAULT";

/// Makes tests that say which models reject which fault.
macro_rules! faults {
    ($($name:ident: $fault:literal in $($group:ident::$model:ident),+;)*) => {
        $(
            #[test]
            fn $name() {
                let test = concat!(module_path!(), "::", stringify!($name));
                $( check($fault, test, stringify!($model), $group::$model); )+
            }
        )*
    };
}

/// Asserts that loom rejects `model` with `fault` switched on.
///
/// In a process of its own: loom's panics meet destructors that use loom's types, and that may abort.
fn check(fault: &'static str, test: &str, name: &str, model: fn()) {
    if !MODEL {
        return;
    }
    match env::var(CHILD) {
        Ok(wanted) if wanted == name => mutation::with(fault, || heist_primitives::model(2, 1, model)),
        Ok(_) => {}
        Err(_) => {
            let (_, test) = test.split_once("::").expect("a path that starts with the crate");
            let output = Command::new(env::current_exe().expect("the test's own path"))
                .args(["--exact", test, "--nocapture"])
                .env(CHILD, name)
                .stdin(Stdio::null())
                .output()
                .expect("the test can start itself");
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(text.contains("running 1 test"), "{test} is not the name of this test");
            assert!(!output.status.success(), "{fault} passes {name}");
        }
    }
}

faults! {
    // Wakes.
    wake_by_ref_without_release: "wake_by_ref" in wakes::wake_ref_vs_run;
    wake_by_val_without_release: "wake_by_val" in wakes::wake_val_vs_run;
    run_without_acquire: "begin_run" in wakes::wake_ref_vs_run;
    schedule_without_acquire: "schedule_fence" in wakes::two_runners;
    end_of_poll_without_release: "end_pending" in wakes::two_runners;
    overflow_answers_all: "small_limit, no_min" in wakes::overflow;

    // Free.
    drop_without_release: "ref_dec" in free::three_droppers;
    free_without_acquire: "free_fence" in free::three_droppers;

    // Abort.
    abort_without_release: "abort" in abort::abort_publishes;
    cancel_without_acquire: "cancel_fence" in abort::abort_publishes;

    // Join.
    handle_checks_then_subtracts: "jdrop_check_then_sub" in join::jh_drop_vs_complete;
    join_waker_taken_by_writing: "take_join_waker_mut" in join::join_replace_vs_complete;
    join_without_acquire: "join_load" in join::join_take_drop_vs_complete;
    join_set_without_release_and_acquire: "set_join_waker" in join::join_set_vs_complete;
    join_set_without_acquire: "set_join_waker_acquire" in join::join_set_vs_complete;
    join_unset_without_acquire: "unset_join_waker" in join::join_replace_vs_complete;
    complete_without_order: "complete" in join::join_set_vs_complete;
    complete_without_acquire: "complete_acquire" in join::join_replace_vs_complete;
    sole_owner_without_acquire: "complete_load" in join::jh_drop_vs_complete;
    handle_drop_without_release: "drop_interest" in join::jh_drop_vs_complete;

    // Runtime.
    unreachable_task_dropped: "drop_unreachable" in runtime::unwakeable_drop_vs_run;
    foreign_place_frees: "foreign_frees" in runtime::foreign_complete_vs_abort_all;
    return_without_release: "stack_push" in runtime::foreign_complete_vs_abort_all;
    return_taken_without_acquire: "stack_take" in runtime::foreign_complete_vs_abort_all;
    claim_released_without_release: "release_claim" in join::join_replace_vs_complete, runtime::foreign_complete_vs_join_drop;
    shutdown_does_not_wait: "shutdown_no_wait" in runtime::shutdown_vs_wake_ref;
    runtime_without_guard: "no_rt_guard" in runtime::shutdown_vs_wake_ref;
    spawn_without_gate: "spawn_no_gate" in runtime::spawn_vs_shutdown;
}
