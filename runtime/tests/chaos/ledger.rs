//! Tickets: each future, output, closure and message holds one, and each has to come back exactly once.

use std::process;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{mem, thread};

/// What each ticket was for, and whether it came back.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<(&'static str, bool)>>>);

/// Comes back when it is dropped.
pub(crate) struct Ticket {
    ledger: Ledger,
    number: usize,
}

impl Ledger {
    pub(crate) fn ticket(&self, what: &'static str) -> Ticket {
        let mut tickets = self.0.lock().unwrap();
        tickets.push((what, false));
        Ticket { ledger: self.clone(), number: tickets.len() - 1 }
    }

    /// What is still missing of those that `counts`.
    pub(crate) fn missing(&self, counts: impl Fn(&str) -> bool) -> Vec<&'static str> {
        self.0.lock().unwrap().iter().filter(|(what, back)| !back && counts(what)).map(|(what, _)| *what).collect()
    }

    /// Waits until all are back: a shutdown in the background leaves some for later.
    pub(crate) fn settle(&self) {
        eventually("every ticket is back", || self.missing(|_| true).is_empty(), || self.missing(|_| true));
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut tickets = self.ledger.0.lock().unwrap();
        let (what, back) = &mut tickets[self.number];
        if mem::replace(back, true) {
            eprintln!("a {what} was dropped twice");
            process::abort();
        }
    }
}

/// Waits until `condition` is true; panics with `details` if that takes four orders of magnitude too long.
#[track_caller]
pub(crate) fn eventually<D: std::fmt::Debug>(what: &str, condition: impl Fn() -> bool, details: impl Fn() -> D) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "never came true: {what}: {:?}", details());
        thread::sleep(Duration::from_micros(100));
    }
}
