//! The blocking pools of one runtime: one for each kind of work, so that no kind can take the threads of another.
//!
//! A kind's quota is the limit of its pool. How a pool works is `pool.rs`'s matter.

use std::time::Instant;

use super::Pool;
use crate::runtime::config::Config;

/// The most names that are looked up at the same time.
///
/// A look-up that gets no answer blocks its thread for several seconds, so there are many; and a program that connects
/// to thousands of names at once should not ask the resolver for all of them together, so there is a limit.
pub(crate) const MAX_LOOKUPS: usize = 64;

/// The blocking pools of one runtime. Clones are the same pools. None has a thread before it has work.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    closures: Pool,
    lookups: Pool,
}

impl Pools {
    /// Pools without threads.
    pub(crate) fn new(config: &Config) -> Self {
        let lookups = Config { max_blocking_threads: MAX_LOOKUPS, ..config.clone() };
        Self { closures: Pool::new(config.clone()), lookups: Pool::new(lookups) }
    }

    /// For the closures of `spawn_blocking`.
    pub(crate) fn closures(&self) -> &Pool {
        &self.closures
    }

    /// For looking up names.
    #[allow(dead_code, reason = "only sockets look up names, and they are a feature")]
    pub(crate) fn lookups(&self) -> &Pool {
        &self.lookups
    }

    /// [`Pool::close`], of both.
    pub(crate) fn close(&self) {
        self.closures.close();
        self.lookups.close();
    }

    /// [`Pool::wait_for_end`], of both.
    pub(crate) fn wait_for_end(&self, deadline: Option<Instant>) -> bool {
        // Both are waited for, also if the first is late: the threads of the second may have ended long ago.
        let closures_have_ended = self.closures.wait_for_end(deadline);
        self.lookups.wait_for_end(deadline) && closures_have_ended
    }
}

#[cfg(test)]
mod tests {
    use std::panic::Location;
    use std::sync::mpsc;

    use futures::executor::block_on;

    use super::*;
    use crate::runtime::Builder;

    #[test]
    fn each_kind_of_work_has_its_own_threads() {
        let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        let handle = runtime.handle().inner.clone();
        let pools = handle.blocking_pools();
        for (busy, free, limit) in
            [(pools.closures(), pools.lookups(), 1), (pools.lookups(), pools.closures(), MAX_LOOKUPS)]
        {
            let (started, has_started) = mpsc::channel();
            let (mut releases, mut occupied) = (Vec::new(), Vec::new());
            for number in 0..limit + 3 {
                let (release, released) = mpsc::channel::<()>();
                let started = started.clone();
                let work = move || {
                    started.send(number).unwrap();
                    let _ = released.recv();
                };
                occupied.push(busy.spawn(work, &handle, Location::caller()));
                releases.push(release);
            }
            let running: Vec<_> = has_started.iter().take(limit).collect();
            assert_eq!(running.len(), limit);
            assert_eq!((busy.counts().threads, busy.counts().queued), (limit, 3), "the rest waits");
            assert_eq!(block_on(free.spawn(|| 7, &handle, Location::caller())).unwrap(), 7);
            drop(releases);
            for work in occupied {
                block_on(work).unwrap();
            }
        }
        pools.close();
        assert!(pools.wait_for_end(None));
        let late = pools.lookups().spawn(|| (), &handle, Location::caller());
        assert!(block_on(late).unwrap_err().is_cancelled());
    }
}
