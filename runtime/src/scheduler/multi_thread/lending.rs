//! The list of a worker's tasks while the worker blocks on purpose: in its slot, where the driver thread may abort them.
//!
//! | state | who has the list | left by |
//! |---|---|---|
//! | HOME: empty | the worker, in its [`Place`] | [`lend`](Lending::lend): the worker blocks |
//! | LENT: holds the list | whoever has the lock | [`take_back`](Lending::take_back): the worker goes on |
//!
//! The worker alone changes the state. How this is a part of the end of a runtime is told in the scheduler's README,
//! under *The end of the threads*.

use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

use crate::task::raw::{Lent, Place};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Lending(Mutex<Option<Lent>>);

impl Lending {
    /// The worker has its list.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Worker: lends its list, for as long as it adopts no task and takes none back.
    pub(crate) fn lend(&self, place: &Place) {
        *self.0.lock() = Some(place.lend());
    }

    /// Worker: has its list again.
    pub(crate) fn take_back(&self, place: &Place) {
        if let Some(lent) = self.0.lock().take() {
            place.reclaim(lent);
        }
    }

    /// Driver thread: aborts the tasks of a worker that blocks.
    pub(crate) fn abort_all(&self) {
        if mutation::on("LENT_ABORT_UNLOCKED") {
            let lent = self.0.lock().take();
            if let Some(mut lent) = lent {
                lent.abort_all();
                *self.0.lock() = Some(lent);
            }
            return;
        }
        // Under the lock, since the worker may come back. It runs nothing: aborted tasks are queued.
        if let Some(lent) = &mut *self.0.lock() {
            lent.abort_all();
        }
    }
}
