//! The scenarios, by name, and the phases in which each is counted. One source, compiled against either runtime as `rt`.

mod channels;
mod locks;
mod outside;
mod sockets;
mod spawn;
mod timers;
mod wake;
mod yields;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::{env, process};

use heist_instructions::phase_ends;

use crate::rt;

/// Something done `n` times. What does not depend on `n` is not counted: see [`count`].
struct Scenario {
    name: &'static str,
    /// How often in the first of the two phases that are compared.
    operations: u64,
    run: fn(u64) -> Run,
    place: Place,
}

/// Where a scenario's future runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// As a task, on the one worker.
    Worker,
    /// On the thread that calls `block_on`.
    BlockOn,
}

type Run = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A scenario that runs on the worker, with a thousand operations.
const fn on_worker(name: &'static str, run: fn(u64) -> Run) -> Scenario {
    Scenario { name, operations: 1000, run, place: Place::Worker }
}

const TABLES: [&[Scenario]; 8] = [
    &spawn::SCENARIOS,
    &outside::SCENARIOS,
    &yields::SCENARIOS,
    &wake::SCENARIOS,
    &channels::SCENARIOS,
    &locks::SCENARIOS,
    &timers::SCENARIOS,
    &sockets::SCENARIOS,
];

fn all() -> impl Iterator<Item = &'static Scenario> {
    TABLES.into_iter().flatten()
}

/// Without arguments: prints the names, each with its number of operations. With one: runs the scenario of that name.
pub(crate) fn main() -> ExitCode {
    let Some(name) = env::args().nth(1) else {
        for scenario in all() {
            println!("{} {}", scenario.name, scenario.operations);
        }
        return ExitCode::SUCCESS;
    };
    match all().find(|scenario| scenario.name == name) {
        Some(scenario) => start(scenario),
        None => {
            eprintln!("error: there is no scenario `{name}`");
            ExitCode::from(2)
        }
    }
}

fn start(scenario: &'static Scenario) -> ExitCode {
    let runtime = rt::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("cannot start the runtime");
    runtime.block_on(async {
        match scenario.place {
            Place::Worker => rt::spawn(count(scenario)).await.expect("a scenario panicked"),
            Place::BlockOn => count(scenario).await,
        }
    });
    // Not reached: `count` ends the process.
    ExitCode::FAILURE
}

/// Warms up, then runs the phases: n operations, and twice as many. Their difference is what n operations cost.
async fn count(scenario: &'static Scenario) {
    let n = scenario.operations;
    for operations in [2 * n, n, 2 * n] {
        (scenario.run)(operations).await;
        phase_ends();
    }
    // What a runtime does to end is of no interest here.
    process::exit(0);
}
