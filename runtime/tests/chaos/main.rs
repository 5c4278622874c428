//! Everything at once, at random: whole runtimes of random settings, with tasks, threads, sockets, timers and closures
//! that wake, abort, panic, block and end each other, and a shutdown in the middle of it.
//!
//! What is checked, and where:
//!
//! * every future, output and closure is dropped exactly once, and every `JoinHandle` resolves ([`ledger`]);
//! * each wake before the runtime comes to rest is followed by a poll ([`beacon`]);
//! * a runtime without work has all its workers parked, and the tasks that it counts are those that exist ([`round`]);
//! * no thread and no descriptor of a runtime outlives it ([`residue`]).
//!
//! `HEIST_CHAOS_SEED` repeats a run: its first round has that seed, and each failure prints the seed of its round. It
//! fixes all choices, though not how the threads interleave. `HEIST_CHAOS_ROUNDS` sets the number of rounds; without it
//! the run also ends after a few seconds.

#[path = "../rt_support/mod.rs"]
mod rt_support;

mod beacon;
mod blocking;
mod config;
mod ledger;
mod network;
mod outside;
mod random;
mod residue;
mod round;
mod steps;
mod work;

use std::env;
use std::fmt::Debug;
use std::panic;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Unless said otherwise a run ends with the first of these two. On a slow machine the time comes first.
const ROUNDS: u64 = 1000;
const TIME: Duration = Duration::from_secs(8);

/// A round takes milliseconds. No progress for so long is a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// The text of the panics that are meant.
const MEANT: &str = "a panic of the chaos test";

#[test]
fn chaos() {
    hide_panics_that_are_meant();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let first = setting("HEIST_CHAOS_SEED").unwrap_or(now);
    let asked = setting("HEIST_CHAOS_ROUNDS");
    let current = Arc::new(AtomicU64::new(first));
    watch(current.clone());
    let start = Instant::now();
    for number in 0..asked.unwrap_or(ROUNDS) {
        if asked.is_none() && start.elapsed() > TIME {
            break;
        }
        let seed = first.wrapping_add(number);
        current.store(seed, Ordering::Relaxed);
        if let Err(payload) = panic::catch_unwind(|| round::run(seed)) {
            eprintln!("failed with HEIST_CHAOS_SEED={seed}");
            panic::resume_unwind(payload);
        }
    }
}

fn setting<T: std::str::FromStr<Err: Debug>>(name: &str) -> Option<T> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Panics that are meant would drown the others.
fn hide_panics_that_are_meant() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // `panic!` with arguments makes a `String`; `payload_as_str` needs a newer compiler than the one we promise.
        if info.payload().downcast_ref::<String>().is_none_or(|text| text != MEANT) {
            before(info);
        }
    }));
}

/// Ends the process if `current`, the seed of the round, stays the same for too long.
fn watch(current: Arc<AtomicU64>) {
    thread::spawn(move || {
        let mut last = (current.load(Ordering::Relaxed), Instant::now());
        loop {
            thread::sleep(Duration::from_millis(500));
            let seed = current.load(Ordering::Relaxed);
            if seed != last.0 {
                last = (seed, Instant::now());
            } else if last.1.elapsed() > PATIENCE {
                eprintln!("no progress for {PATIENCE:?}: HEIST_CHAOS_SEED={seed}; threads: {:?}", residue::threads());
                process::abort();
            }
        }
    });
}
