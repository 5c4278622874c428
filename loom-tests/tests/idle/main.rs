//! Models of the idle protocol: pushes, events, timers, stalls and shutdown against workers that fall asleep.
//!
//! The code under test is the scheduler's own: `idle/`, the injector and the LIFO slot are mounted by path. The worker,
//! the poller and the driver thread are small copies of the steps that `multi_thread/` takes, without clock and policy.
//! Tasks are numbers with a closure. A model ends because its last task begins the shutdown, so a task that nobody runs
//! shows as a deadlock; at the end every task must have run once and the idle word must count nobody.
//!
//! The letters are those of the table of models in the scheduler's README.

#[path = "../../../runtime/src/scheduler/multi_thread/guests.rs"]
mod guests;
#[path = "../../../runtime/src/scheduler/idle/mod.rs"]
#[allow(dead_code, reason = "the models need no help for metrics")]
mod idle;
#[path = "../../../runtime/src/scheduler/injector.rs"]
#[allow(dead_code, reason = "the models need a part of the file only")]
mod injector;
#[path = "../../../runtime/src/scheduler/lifo.rs"]
#[allow(dead_code, reason = "the models need a part of the file only")]
mod lifo;

/// The path under which the mounted files know tasks.
mod task {
    pub(crate) mod raw;
}

mod blocked;
mod check;
mod driver;
mod poller;
mod push;
mod seat;
mod shutdown;
mod stall;
mod timers;
mod worker;
mod world;
