//! The wakers of one source: the last one of each direction, and a list for everybody else. Plain data under the
//! source's lock; no user code runs in here, so wakers are cloned before and dropped after.

use std::task::Waker;

use heist_primitives::WakeBatch;
use heist_primitives::mutation;
use slab::Slab;

use crate::Ready;
use crate::source::Direction;

/// The wakers of one source.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    read: Option<Waker>,
    write: Option<Waker>,
    /// Made by the first who needs it: most sources have one reader and one writer.
    list: Option<Box<List>>,
}

#[derive(Debug, Default)]
struct List {
    entries: Slab<Entry>,
    next_id: u64,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    mask: Ready,
    waker: Waker,
}

/// A place on the list. It stays valid, and names nobody else, after an event has taken the waker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket {
    key: usize,
    id: u64,
}

impl Waiters {
    /// Stores the waker of a direction. Returns one to be dropped outside of the lock.
    #[must_use]
    pub(crate) fn store(&mut self, direction: Direction, waker: Waker) -> Option<Waker> {
        let slot = self.slot(direction);
        if mutation::on("readiness: the first waker stays") && slot.is_some() {
            return Some(waker);
        }
        slot.replace(waker)
    }

    /// Puts a waker on the list, in the place of `ticket` if that still waits. Returns the place, and a waker to be
    /// dropped outside of the lock.
    #[must_use]
    pub(crate) fn store_listed(
        &mut self,
        ticket: Option<Ticket>,
        mask: Ready,
        waker: Waker,
    ) -> (Ticket, Option<Waker>) {
        let list = self.list.get_or_insert_default();
        if let Some(ticket) = ticket {
            if let Some(entry) = list.entries.get_mut(ticket.key).filter(|entry| entry.id == ticket.id) {
                return (ticket, Some(std::mem::replace(&mut entry.waker, waker)));
            }
        }
        let id = list.next_id;
        list.next_id += 1;
        let key = list.entries.insert(Entry { id, mask, waker });
        (Ticket { key, id }, None)
    }

    /// Takes a place off the list, if no event has. Returns the waker, to be dropped outside of the lock.
    #[must_use]
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Waker> {
        let list = self.list.as_mut()?;
        let is_ours = |entry: &Entry| entry.id == ticket.id || mutation::on("readiness: a waiter leaves by its key");
        list.entries.get(ticket.key).filter(|entry| is_ours(entry))?;
        Some(list.entries.remove(ticket.key).waker)
    }

    /// Moves the wakers that wait for any of `ready` into `batch`.
    pub(crate) fn take(&mut self, ready: Ready, batch: &mut WakeBatch) {
        for direction in [Direction::Read, Direction::Write] {
            if ready.intersects(direction.mask()) {
                if let Some(waker) = self.slot(direction).take() {
                    batch.push(waker);
                }
            }
        }
        let Some(list) = &mut self.list else { return };
        list.entries.retain(|_, entry| {
            let is_concerned = ready.intersects(entry.mask);
            if is_concerned {
                // What stays behind to be dropped is a waker that does nothing.
                batch.push(std::mem::replace(&mut entry.waker, Waker::noop().clone()));
            }
            !is_concerned
        });
    }

    /// True if nobody is on the list.
    pub(crate) fn list_is_empty(&self) -> bool {
        self.list.as_ref().is_none_or(|list| list.entries.is_empty())
    }

    fn slot(&mut self, direction: Direction) -> &mut Option<Waker> {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}
