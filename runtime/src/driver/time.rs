//! The timers of one runtime: a wheel per worker and one for all other threads.
//!
//! This file decides on which wheel a timer lies, how its deadline is rounded, and whom an earlier deadline concerns. When
//! the wheels are looked at is up to the schedulers; the wheel itself is the crate `heist-timer`.
//!
//! Rounding: a deadline goes up to the next multiple of a power of two that is at most a 512th of the time until then, and
//! lies between 33 µs and 1 ms, so that timers which are due at about the same time share a wake-up. Never down: a timer
//! does not fire early. On a paused clock deadlines are exact, so that `elapsed()` gives the very duration that a test
//! slept for.

use std::pin::Pin;
use std::sync::{Arc as StdArc, OnceLock, Weak};
use std::task::{Context, Poll};
use std::time::Instant;

use heist_io_driver::SHUTDOWN_MESSAGE;
use heist_primitives::WakeBatch;
use heist_primitives::sync::Arc;
use heist_timer::{Armed, NEVER, Status, Timer};
use pin_project_lite::pin_project;

use crate::driver::clock::Clock;
use crate::runtime::context;
use crate::scheduler::Handle;

/// Deadlines are multiples of this many nanoseconds at least, a power of two.
const FINEST: u64 = 1 << 15;
/// And at most, a power of two.
const COARSEST: u64 = 1 << 20;
/// Rounding makes a timer late by no more than this part of the time that it had to wait, unless that is below [`FINEST`].
const PART: u64 = 512;

/// The shard for threads that are no workers.
pub(crate) const NO_WORKER: usize = 0;

/// The shard of a worker.
pub(crate) const fn shard_of(worker: usize) -> usize {
    worker + 1
}

/// A deadline so far ahead need not be compared with the clock: the last look of the worker will do. In nanoseconds, and
/// more than 512 times [`COARSEST`], so that the rounding does not depend on it either.
const FAR: u64 = 1_000_000_000;
const _: () = assert!(FAR > PART * COARSEST);

/// Where the current thread's timers belong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Here {
    /// The wheel: its own if it is a running worker, otherwise [`NO_WORKER`].
    pub(crate) shard: usize,
    /// When the worker last looked at the clock; [`NEVER`] if that is not known. A worker that is stuck does not look, but is
    /// found to be stuck, long before that makes [`FAR`], and is no running worker then. Known only of a clock that is never
    /// paused.
    pub(crate) looked_ns: u64,
}

impl Here {
    /// A thread that is no running worker of the runtime.
    pub(crate) const ELSEWHERE: Here = Here { shard: NO_WORKER, looked_ns: NEVER };

    /// Whether the thread looks after that wheel.
    fn owns(self, shard: usize) -> bool {
        self.shard != NO_WORKER && self.shard == shard
    }

    /// Whether a timer of that wheel should move to the thread's own.
    fn is_other_worker(self, shard: usize) -> bool {
        self.shard != NO_WORKER && self.shard != shard
    }
}

/// What a scheduler wants to hear of timers.
pub(crate) trait Kick: Send + Sync {
    /// A timer was put on a wheel by a thread that is not the running worker which looks after it, and the wheel's next
    /// deadline went down to `deadline_ns`.
    fn deadline_inserted(&self, deadline_ns: u64);
}

/// A wheel, with what its timers need of the runtime.
type Shard = heist_timer::Shard<ShardContext>;

#[derive(Debug)]
struct ShardContext {
    common: StdArc<Common>,
    /// Which shard it is.
    index: usize,
}

struct Common {
    clock: StdArc<Clock>,
    kick: OnceLock<Weak<dyn Kick>>,
}

impl std::fmt::Debug for Common {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Common").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// The timers of one runtime.
#[derive(Debug)]
pub(crate) struct TimeDriver {
    /// Those of the configured workers are there from the start, those of spares are added one by one.
    shards: Box<[OnceLock<Arc<Shard>>]>,
    common: StdArc<Common>,
}

impl TimeDriver {
    /// A wheel for each of `workers` and one for all other threads, with room for those of `spares` more workers.
    pub(crate) fn new(workers: usize, spares: usize, clock: StdArc<Clock>) -> Self {
        let common = StdArc::new(Common { clock, kick: OnceLock::new() });
        let shards = (0..1 + workers + spares).map(|_| OnceLock::new()).collect();
        let driver = Self { shards, common };
        for index in 0..=workers {
            driver.add(index);
        }
        driver
    }

    /// Adds the wheel of one more worker, before that starts. Workers are added in order.
    pub(crate) fn add_worker(&self, worker: usize) {
        self.add(shard_of(worker));
    }

    fn add(&self, index: usize) {
        let context = ShardContext { common: self.common.clone(), index };
        let added = self.shards[index].set(Arc::new(heist_timer::Shard::new(context)));
        debug_assert!(added.is_ok(), "a worker has one wheel");
    }

    /// All wheels. One that was added after the caller's last fence may be missing; its worker then looks after it.
    fn shards(&self) -> impl Iterator<Item = &Arc<Shard>> {
        self.shards.iter().map_while(OnceLock::get)
    }

    fn shard(&self, index: usize) -> &Arc<Shard> {
        self.shards[index].get().expect("a wheel is added before it is used")
    }

    /// Says whom to tell of timers that no running worker looks after. Without it nobody is told; the first call stays.
    pub(crate) fn set_kick(&self, kick: Weak<dyn Kick>) {
        let _ = self.common.kick.set(kick);
    }

    /// A time at or before the earliest deadline of a wheel, in nanoseconds; `u64::MAX` if it has none. One load.
    #[inline]
    pub(crate) fn next_deadline(&self, shard: usize) -> u64 {
        self.shard(shard).next_deadline()
    }

    /// The least [`next_deadline`](Self::next_deadline) of all wheels. One load per wheel.
    pub(crate) fn earliest(&self) -> u64 {
        self.shards().map(|shard| shard.next_deadline()).min().unwrap_or(NEVER)
    }

    /// Fires what is due on one wheel. `wakes` holds the wakers afterwards, in order of their deadlines, except for full
    /// batches, which have been woken: the caller wakes the rest when it holds no locks.
    pub(crate) fn fire(&self, shard: usize, now_ns: u64, wakes: &mut WakeBatch) {
        self.shard(shard).fire(now_ns, wakes);
    }

    /// [`fire`](Self::fire)s one wheel unless another thread is at it.
    pub(crate) fn try_fire(&self, shard: usize, now_ns: u64, wakes: &mut WakeBatch) {
        self.shard(shard).try_fire(now_ns, wakes);
    }

    /// [`fire`](Self::fire)s every wheel.
    pub(crate) fn fire_all(&self, now_ns: u64, wakes: &mut WakeBatch) {
        for shard in self.shards() {
            shard.fire(now_ns, wakes);
        }
    }

    /// Refuses timers from now on: polling one panics. `wakes` is used as by [`fire_all`](Self::fire_all), for everybody
    /// who waits.
    pub(crate) fn shutdown(&self, wakes: &mut WakeBatch) {
        for shard in self.shards() {
            shard.close(wakes);
        }
    }

    /// The given wheel.
    #[inline]
    pub(crate) fn wheel(&self, shard: usize) -> Wheel {
        Wheel(self.shard(shard).clone())
    }
}

/// What timers are put on.
pub(crate) struct Wheel(Arc<Shard>);

pin_project! {
    /// A deadline that a task waits for. It is bound to one runtime, and costs nothing but the reference to it until a
    /// poll finds that it has to wait.
    #[derive(Debug)]
    pub(crate) struct Alarm {
        // Nanoseconds only when it is armed: most timeouts are never polled.
        deadline: Instant,
        #[pin]
        timer: Timer<ShardContext>,
    }
}

impl Alarm {
    /// A timer that is not armed yet.
    #[inline]
    pub(crate) fn new(wheel: Wheel, deadline: Instant) -> Alarm {
        Alarm { timer: Timer::new(wheel.0), deadline }
    }

    /// When it is over.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the deadline passed and the timer knows: it fired, or its next poll would find it.
    pub(crate) fn is_elapsed(&self) -> bool {
        self.timer.is_fired() || (self.timer.is_idle() && self.clock().now() >= self.deadline)
    }

    /// Changes the deadline, whether the old one passed or not.
    ///
    /// If a task waits, it will be woken at the new deadline.
    pub(crate) fn reset(self: Pin<&mut Self>, deadline: Instant) {
        // A timer that is not armed keeps no wheel, and needs no look at the clock.
        let due = if self.timer.is_armed() {
            let clock = self.clock();
            rounded_up(clock, clock.now_ns(), clock.ns_at(deadline))
        } else {
            NEVER
        };
        let mut this = self.project();
        *this.deadline = deadline;
        if let Some(Armed::Waiting { lowered: Some(next) }) = this.timer.as_mut().reset(due) {
            let context = this.timer.shard().context();
            tell(context, here(context), next);
        }
    }

    /// Ready when the deadline has passed; wakes the task then.
    ///
    /// # Panics
    ///
    /// If the runtime is shut down.
    #[inline]
    #[track_caller]
    pub(crate) fn poll_elapsed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.timer.status(cx.waker()) {
            Status::Fired => Poll::Ready(()),
            Status::Waiting => Poll::Pending,
            Status::Closed => panic!("{SHUTDOWN_MESSAGE}"),
            Status::Idle | Status::Outdated => self.poll_slow(cx),
        }
    }

    /// The first poll, the first after a reset, or one by another task.
    #[track_caller]
    fn poll_slow(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        assert!(!self.timer.shard().is_closed(), "{SHUTDOWN_MESSAGE}");
        let here = here(self.timer.shard().context());
        let clock = self.clock();
        let deadline = clock.ns_at(self.deadline);
        let is_far = deadline.saturating_sub(here.looked_ns) > FAR;
        let now = if is_far { here.looked_ns } else { clock.now_ns() };
        let due = rounded_up(clock, now, deadline);
        let mut this = self.project();
        if now >= deadline {
            this.timer.complete();
            return Poll::Ready(());
        }
        if this.timer.is_idle() && here.is_other_worker(this.timer.shard().context().index) {
            move_to(this.timer.as_mut(), here.shard);
        }
        match this.timer.as_mut().arm(due, cx.waker()) {
            Armed::Waiting { lowered } => {
                if let Some(next) = lowered {
                    tell(this.timer.shard().context(), here, next);
                }
                Poll::Pending
            }
            Armed::Fired => Poll::Ready(()),
            Armed::Closed => panic!("{SHUTDOWN_MESSAGE}"),
        }
    }

    fn clock(&self) -> &Clock {
        &self.timer.shard().context().common.clock
    }
}

/// Moves a timer that is about to be armed to a wheel of the current runtime, which is its own.
#[cold]
fn move_to(timer: Pin<&mut Timer<ShardContext>>, shard: usize) {
    let moved = with_current(timer.shard().context(), |driver, _| driver.shard(shard).clone());
    if let Some(shard) = moved {
        timer.rebind(shard);
    }
}

/// Tells the scheduler of an earlier deadline, unless the wheel is that of the calling worker, which will look by itself. If it
/// was found stuck since it looked where it is `here` the driver thread looks at its wheel at each tick.
fn tell(context: &ShardContext, here: Here, next: u64) {
    if here.owns(context.index) {
        return;
    }
    if let Some(kick) = context.common.kick.get().and_then(Weak::upgrade) {
        kick.deadline_inserted(next);
    }
}

/// Where timers of the current thread belong, if it is in the runtime of `context`.
#[inline]
fn here(context: &ShardContext) -> Here {
    with_current(context, |_, handle| handle.timer_place()).unwrap_or(Here::ELSEWHERE)
}

/// Calls `f` with the current runtime's timers, if that runtime is the one of `context`. `f` runs no foreign code.
fn with_current<R>(context: &ShardContext, f: impl FnOnce(&TimeDriver, &Handle) -> R) -> Option<R> {
    context::peek_current(|handle| {
        let driver = handle.driver().time.as_ref()?;
        StdArc::ptr_eq(&driver.common, &context.common).then(|| f(driver, handle))
    })
    .ok()
    .flatten()
}

/// When to fire a timer: at its deadline or a little later, together with others.
fn rounded_up(clock: &Clock, now: u64, deadline: u64) -> u64 {
    if clock.is_paused() {
        return deadline;
    }
    let part = (deadline.saturating_sub(now) / PART).clamp(FINEST, COARSEST);
    let unit = 1 << part.ilog2();
    deadline.checked_add(unit - 1).map_or(NEVER, |end| end & !(unit - 1))
}

#[cfg(test)]
mod tests;
