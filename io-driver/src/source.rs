//! One source: its readiness word and its wakers, joined by the protocol of the README.

use std::task::{Context, Poll};

use heist_primitives::WakeBatch;
use heist_primitives::mutation;
use heist_primitives::sync::Mutex;

use crate::readiness::{Readiness, ReadyEvent, Seat};
use crate::waiters::{Ticket, Waiters};
use crate::{Interest, Ready};

/// The side of a source that an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Reading, accepting, receiving.
    Read,
    /// Writing, connecting, sending.
    Write,
}

impl Direction {
    /// What lets an operation of this direction go on.
    pub(crate) fn mask(self) -> Ready {
        match self {
            Direction::Read => Ready::READABLE | Ready::READ_CLOSED,
            Direction::Write => Ready::WRITABLE | Ready::WRITE_CLOSED,
        }
    }

    fn seat(self) -> Seat {
        match self {
            Direction::Read => Seat::Read,
            Direction::Write => Seat::Write,
        }
    }
}

/// A registered source. Public for the models only.
#[derive(Debug)]
pub struct Source {
    readiness: Readiness,
    waiters: Mutex<Waiters>,
}

/// A waiter's place on a source's list. It has to be given back by [`Source::leave_list`].
#[derive(Debug, Default)]
pub struct ListPlace(Option<Ticket>);

impl Source {
    /// A source that is ready for `initial` before its first event.
    pub fn new(initial: Ready) -> Self {
        Self { readiness: Readiness::new(initial), waiters: Mutex::new(Waiters::default()) }
    }

    /// What the source is ready for now, as far as `interest` asks.
    pub fn ready_event(&self, interest: Interest) -> ReadyEvent {
        self.readiness.event(Ready::from_interest(interest))
    }

    /// The operating system reports `ready`: moves everybody who waits for it into `batch`.
    pub fn event_arrived(&self, ready: Ready, batch: &mut WakeBatch) {
        if self.readiness.event_arrived(ready) {
            self.take_waiters(ready, batch);
        }
    }

    /// The driver ends: moves everybody into `batch`.
    pub fn shut_down(&self, batch: &mut WakeBatch) {
        let late = mutation::on("readiness: shutdown takes the wakers first");
        if !late {
            self.readiness.shut_down();
        }
        self.take_waiters(Ready::ALL, batch);
        if late {
            self.readiness.shut_down();
        }
    }

    /// Waits for a direction. Only the last waker of each direction is kept.
    pub fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<ReadyEvent> {
        let mask = direction.mask();
        if let Some(event) = self.readiness.resolved(mask) {
            return Poll::Ready(event);
        }
        let waker = cx.waker().clone();
        let mut waiters = self.waiters.lock();
        if let Err(event) = self.readiness.begin_wait(direction.seat(), mask) {
            return Poll::Ready(event);
        }
        let replaced = waiters.store(direction, waker);
        drop(waiters);
        // Dropping a waker may run anything, so it comes after the lock.
        drop(replaced);
        Poll::Pending
    }

    /// Waits for an interest on the list, which takes any number of waiters.
    pub fn poll_listed(&self, cx: &mut Context<'_>, interest: Interest, place: &mut ListPlace) -> Poll<ReadyEvent> {
        let mask = Ready::from_interest(interest);
        if let Some(event) = self.readiness.resolved(mask) {
            return Poll::Ready(event);
        }
        let waker = cx.waker().clone();
        let mut waiters = self.waiters.lock();
        if let Err(event) = self.readiness.begin_wait(Seat::List, mask) {
            return Poll::Ready(event);
        }
        let (ticket, replaced) = waiters.store_listed(place.0, mask, waker);
        place.0 = Some(ticket);
        drop(waiters);
        drop(replaced);
        Poll::Pending
    }

    /// Ends a wait on the list.
    pub fn leave_list(&self, place: &mut ListPlace) {
        let Some(ticket) = place.0.take() else { return };
        let mut waiters = self.waiters.lock();
        let removed = waiters.remove(ticket);
        if removed.is_some() && waiters.list_is_empty() {
            self.readiness.list_emptied();
        }
        drop(waiters);
        drop(removed);
    }

    /// An operation found that what `event` promised is used up.
    pub fn clear(&self, event: ReadyEvent) {
        self.readiness.consumed(event);
    }

    fn take_waiters(&self, ready: Ready, batch: &mut WakeBatch) {
        let mut waiters = self.waiters.lock();
        let had_list = !waiters.list_is_empty();
        waiters.take(ready, batch);
        if had_list && waiters.list_is_empty() {
            self.readiness.list_emptied();
        }
    }
}
