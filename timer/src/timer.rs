//! A timer: the owner's side of an entry.

#![allow(unsafe_code)]

use std::fmt;
use std::pin::Pin;
use std::ptr;
use std::task::{RawWakerVTable, Waker};

use heist_primitives::sync::Arc;
use pin_project_lite::pin_project;

use crate::Shard;
use crate::entry::Entry;
use crate::shard::Insert;
use crate::state::Snapshot;

pin_project! {
    /// One deadline to wait for. It lies inside the future that waits, and its drop takes it out of the wheel.
    ///
    /// A timer belongs to a shard from the start, but is put into its wheel only by [`arm`](Self::arm): one that is
    /// never armed, or has fired, is dropped without taking the shard's lock.
    pub struct Timer<C> {
        shard: Arc<Shard<C>>,
        // Whose waker the shard has: a task that is polled again needs no lock to find that out.
        registered: Option<WakerId>,
        #[pin]
        entry: Entry,
    }

    impl<C> PinnedDrop for Timer<C> {
        fn drop(this: Pin<&mut Self>) {
            this.disarm();
        }
    }
}

/// Where a timer stands, seen without a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not armed.
    Idle,
    /// Armed; it will wake the task that was asked about.
    Waiting,
    /// Armed for another task, or with another deadline since: call [`Timer::arm`].
    Outdated,
    /// The deadline passed.
    Fired,
    /// The shard was closed while it was armed.
    Closed,
}

/// How [`Timer::arm`] and [`Timer::reset`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Armed {
    /// It is armed; `lowered` is the shard's next deadline if that went down.
    Waiting {
        /// Nanoseconds.
        lowered: Option<u64>,
    },
    /// It fired before.
    Fired,
    /// The shard is closed.
    Closed,
}

impl From<Insert> for Armed {
    fn from(insert: Insert) -> Self {
        match insert {
            Insert::Done(lowered) => Armed::Waiting { lowered },
            Insert::Fired => Armed::Fired,
            Insert::Closed => Armed::Closed,
        }
    }
}

impl<C> Timer<C> {
    /// A timer of `shard` that is not armed.
    pub fn new(shard: Arc<Shard<C>>) -> Self {
        Self { shard, registered: None, entry: Entry::new() }
    }

    /// The shard it belongs to.
    pub fn shard(&self) -> &Arc<Shard<C>> {
        &self.shard
    }

    /// Moves an idle timer to another shard. An armed one stays where it is.
    pub fn rebind(self: Pin<&mut Self>, shard: Arc<Shard<C>>) {
        let this = self.project();
        if this.entry.state.get() == Snapshot::Idle {
            *this.shard = shard;
        }
    }

    /// Where it stands, as seen by the task with this waker. Takes no lock.
    #[inline]
    pub fn status(&self, waker: &Waker) -> Status {
        match self.entry.state.get() {
            Snapshot::Idle => Status::Idle,
            Snapshot::Fired => Status::Fired,
            Snapshot::Closed => Status::Closed,
            Snapshot::Registered if self.registered == Some(WakerId::of(waker)) => Status::Waiting,
            Snapshot::Registered => Status::Outdated,
        }
    }

    /// True if it waits for nothing: never armed, or rewound since.
    pub fn is_idle(&self) -> bool {
        self.entry.state.get() == Snapshot::Idle
    }

    /// True if it is in the wheel. Without the lock this may be over at any moment.
    pub fn is_armed(&self) -> bool {
        self.entry.state.get() == Snapshot::Registered
    }

    /// True if the deadline passed.
    pub fn is_fired(&self) -> bool {
        self.entry.state.get() == Snapshot::Fired
    }

    /// Puts it into the wheel, to wake `waker` at `due` nanoseconds. An armed one gets this deadline and this waker.
    pub fn arm(self: Pin<&mut Self>, due: u64, waker: &Waker) -> Armed {
        let this = self.project();
        let id = WakerId::of(waker);
        let armed = match this.entry.state.get() {
            Snapshot::Fired => return Armed::Fired,
            Snapshot::Closed => return Armed::Closed,
            Snapshot::Idle => {
                // SAFETY: it is ours, pinned and idle; `drop` cancels it.
                unsafe { this.shard.insert(&this.entry, due, waker.clone()) }
            }
            Snapshot::Registered => {
                let waker = (*this.registered != Some(id)).then(|| waker.clone());
                // SAFETY: it is ours, and it was inserted into this shard, which changes only while it is idle.
                unsafe { this.shard.update(&this.entry, Some(due), waker) }
            }
        };
        *this.registered = Some(id);
        armed.into()
    }

    /// Gives an armed timer another deadline, `due` nanoseconds, without changing whom it wakes; its next
    /// [`status`](Self::status) is `Outdated`. One that is not armed becomes idle, whether it fired or not, and the
    /// result says that no shard was touched: `None`.
    pub fn reset(self: Pin<&mut Self>, due: u64) -> Option<Armed> {
        let this = self.project();
        if this.entry.state.get() == Snapshot::Registered {
            *this.registered = None;
            // SAFETY: it is ours, and it was inserted into this shard.
            let updated = unsafe { this.shard.update(&this.entry, Some(due), None) };
            if matches!(updated, Insert::Done(_)) {
                return Some(updated.into());
            }
        }
        // SAFETY: it is ours, and the state was or has become another than `Registered`.
        unsafe { this.entry.check_released() };
        this.entry.state.rewound();
        None
    }

    /// Takes it out of the wheel and makes it fired, because the caller saw that its deadline has passed.
    pub fn complete(mut self: Pin<&mut Self>) {
        self.as_mut().disarm();
        let this = self.project();
        if this.entry.state.get() == Snapshot::Idle {
            this.entry.state.already_due();
        }
    }

    /// Takes it out of the wheel. It stays fired or closed if it was.
    fn disarm(self: Pin<&mut Self>) {
        let this = self.project();
        if this.entry.state.get() == Snapshot::Registered {
            // SAFETY: it is ours, and it was inserted into this shard.
            unsafe { this.shard.cancel(&this.entry) };
        } else {
            // SAFETY: it is ours, and the state is another than `Registered`.
            unsafe { this.entry.check_released() };
        }
    }
}

impl<C> fmt::Debug for Timer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// Which task a waker wakes, as far as [`Waker::will_wake`] can tell.
///
/// It is compared only while the entry is registered, so the waker that it was taken from is alive in the entry and its
/// addresses are not in use for another. (If the shard fires at that moment, it wakes the very task that is asking.)
#[derive(Clone, Copy)]
struct WakerId {
    data: usize,
    // Its address counts. A reference, because then `None` needs no room.
    vtable: &'static RawWakerVTable,
}

impl WakerId {
    fn of(waker: &Waker) -> Self {
        Self { data: waker.data() as usize, vtable: waker.vtable() }
    }
}

impl PartialEq for WakerId {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data && ptr::eq(self.vtable, other.vtable)
    }
}
