//! Tasks that block their thread on purpose, one call within the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use heist::runtime::Handle;
use heist::sync::oneshot;
use heist::task::{block_in_place, yield_now};

use crate::MEANT;
use crate::random::Random;
use crate::work::{Shared, check, work};

/// Blocks, if the runtime allows it. With `may_panic` it does that too.
pub(crate) fn block(shared: &Arc<Shared>, random: &mut Random, may_panic: bool) {
    if !shared.may_block() {
        return;
    }
    let _blocker = Blocker(shared);
    let ticket = shared.ledger.ticket("closure in place");
    block_in_place(|| {
        let _ticket = ticket;
        match random.below(7) {
            0 => thread::sleep(Duration::from_micros(random.below(4000))),
            1 => wait_for_a_task(),
            // A child that may do all that a task does.
            2 if shared.may_spawn() => {
                check(Handle::current().block_on(heist::spawn(work(shared.clone(), random.fork()))))
            }
            3 => block(shared, random, may_panic),
            4 => Handle::current().block_on(async {
                yield_now().await;
                block(shared, random, may_panic);
                yield_now().await;
            }),
            5 if may_panic && random.one_in(3) => panic!("{MEANT}"),
            _ => {
                // Woken by this worker while it is away.
                shared.beacons.iter().for_each(|beacon| beacon.wake(random));
            }
        }
    });
}

/// Makes room for another one.
struct Blocker<'a>(&'a Shared);

impl Drop for Blocker<'_> {
    fn drop(&mut self) {
        self.0.blockers.fetch_add(1, Ordering::Relaxed);
    }
}

/// The task is in this worker's queue, so somebody else has to run it.
fn wait_for_a_task() {
    let (sender, receiver) = oneshot::channel();
    drop(heist::spawn(async move { sender.send(()) }));
    // An error if the runtime shuts down.
    let _ = receiver.blocking_recv();
}
