//! A thread outside the runtime: spawns, wakes, aborts, blocks.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use heist::runtime::Handle;
use heist::task::spawn_blocking;

use crate::random::Random;
use crate::work::{Shared, check, work};

/// Until the round stops.
pub(crate) fn disturb(shared: &Arc<Shared>, handle: &Handle, mut random: Random) {
    while !shared.stopped() {
        match random.below(12) {
            0 if shared.may_spawn() => {
                let join = handle.spawn(work(shared.clone(), random.fork()));
                shared.remember(&mut random, join);
            }
            1 => {
                let abort = random.pick(&mut shared.aborts.lock().unwrap());
                if let Some(abort) = abort {
                    abort.abort();
                }
            }
            2 => {
                let join = handle.spawn(async {});
                check(handle.block_on(join));
            }
            3 => thread::sleep(Duration::from_micros(random.below(100))),
            4 => {
                let _entered = handle.enter();
                let ticket = shared.ledger.ticket("closure from outside");
                let join = spawn_blocking(move || ticket);
                if random.one_in(2) {
                    shared.remember(&mut random, join);
                }
            }
            5..=8 => {
                if let Some(beacon) = shared.beacons.get(random.below(8) as usize) {
                    beacon.wake(&mut random);
                }
            }
            _ => {
                let waker = random.pick(&mut shared.wakers.lock().unwrap());
                if let Some(waker) = waker {
                    waker.wake_by_ref();
                    if random.one_in(2) { waker.wake() } else { drop(waker) }
                }
            }
        }
    }
}
