//! Beacons: tasks that wait forever and are woken by anybody. Each counts its wakes and remembers how many of them its
//! last poll has seen, so a wake that no poll follows shows.

use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::random::Random;

#[derive(Default)]
pub(crate) struct Beacon {
    wakes: AtomicU64,
    seen: AtomicU64,
    waker: Mutex<Option<Waker>>,
}

impl Beacon {
    /// The task: is never ready. Some polls block their thread for a moment.
    pub(crate) async fn wait(&self, mut random: Random) {
        poll_fn(|cx| {
            if random.one_in(100) {
                thread::sleep(Duration::from_micros(random.below(3000)));
            }
            let mut waker = self.waker.lock().unwrap();
            // A new one each time in half of the polls, though the old one would do.
            if random.one_in(2) || waker.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
                *waker = Some(cx.waker().clone());
            }
            drop(waker);
            self.seen.store(self.wakes.load(Ordering::Acquire), Ordering::Release);
            Poll::Pending
        })
        .await
    }

    /// Wakes the task, in one of the ways in which that is possible.
    pub(crate) fn wake(&self, random: &mut Random) {
        self.wakes.fetch_add(1, Ordering::AcqRel);
        let waker = match random.below(3) {
            // The next poll leaves a new one. If that is under way it sees the wake that was counted, or this waker
            // is from the poll before and wakes it again.
            0 => self.waker.lock().unwrap().take(),
            _ => self.waker.lock().unwrap().clone(),
        };
        match (waker, random.one_in(2)) {
            (Some(waker), true) => waker.wake(),
            (Some(waker), false) => waker.wake_by_ref(),
            // Not polled yet, or woken by another thread that has not got round to calling the waker it took.
            (None, _) => {}
        }
    }

    /// The wakes so far, and those that the last poll has seen.
    pub(crate) fn wakes_and_seen(&self) -> (u64, u64) {
        (self.wakes.load(Ordering::Acquire), self.seen.load(Ordering::Acquire))
    }
}
