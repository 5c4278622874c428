//! What the handles of a channel share, and its protocol: `README.md` of the folder above, section *broadcast*.

use std::pin::pin;

use heist_primitives::mutation;

use super::error::{RecvError, SendError, TryRecvError};
use super::slot::{Found, Slot};
use super::tail::{Position, Snapshot, Tail};
use crate::sync::mpsc::handles::Handles;
use crate::sync::notify::Notify;
use crate::sync::unwind::{both, drop_all};

/// The channel.
#[derive(Debug)]
pub(super) struct Shared<T> {
    /// As many as the capacity, a power of two.
    slots: Box<[Slot<T>]>,
    pub(super) tail: Tail,
    pub(super) senders: Handles,
    /// Tells the receivers of a new value, and of the end.
    sent: Notify,
    /// Tells the senders that the last receiver is gone.
    abandoned: Notify,
}

impl<T> Shared<T> {
    /// One sender and no receiver.
    ///
    /// # Panics
    ///
    /// If the capacity is zero or more than half of `usize`.
    #[track_caller]
    pub(super) fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "broadcast channel capacity cannot be zero");
        assert!(capacity <= usize::MAX >> 1, "broadcast channel capacity exceeded `usize::MAX / 2`");
        let capacity = capacity.next_power_of_two();
        let previous_round = Position::new(0).minus(capacity);
        Self {
            slots: (0..capacity).map(|i| Slot::new(previous_round.plus(i))).collect(),
            tail: Tail::new(),
            senders: Handles::new(),
            sent: Notify::new(),
            abandoned: Notify::new(),
        }
    }

    fn slot(&self, position: Position) -> &Slot<T> {
        &self.slots[position.index(self.slots.len() - 1)]
    }

    /// The oldest of the positions that have a slot when `tail` is the next one.
    fn oldest(&self, tail: Position) -> Position {
        tail.minus(self.slots.len())
    }

    /// Sends to the receivers there are, and returns how many.
    pub(super) fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let Some(Snapshot { position, receivers }) = self.tail.claim() else { return Err(SendError(value)) };
        let unwanted = self.slot(position).write(position, receivers, value);
        if !mutation::on("broadcast_sends_silently") {
            self.sent.notify_waiters();
        }
        drop(unwanted);
        Ok(receivers)
    }

    /// Receives the value at `next`, which moves on.
    pub(super) fn try_recv(&self, next: &mut Position) -> Result<T, TryRecvError>
    where
        T: Clone,
    {
        let first = self.take(next);
        if !matches!(first, Err(TryRecvError::Empty)) || self.senders.strong() != 0 {
            return first;
        }
        if mutation::on("broadcast_looks_once") {
            return Err(TryRecvError::Closed);
        }
        // The last sender may have sent between the look and its end.
        match self.take(next) {
            Err(TryRecvError::Empty) => Err(TryRecvError::Closed),
            second => second,
        }
    }

    fn take(&self, next: &mut Position) -> Result<T, TryRecvError>
    where
        T: Clone,
    {
        let position = *next;
        *next = position.next();
        match self.slot(position).read(position) {
            Found::Value(value) => Ok(value),
            Found::NotYet => {
                *next = position;
                Err(TryRecvError::Empty)
            }
            Found::Overwritten => {
                *next = self.oldest(self.tail.load().position);
                Err(TryRecvError::Lagged(position.distance_to(*next)))
            }
        }
    }

    /// Waits for the value at `next`, which moves on.
    pub(super) async fn recv(&self, next: &mut Position) -> Result<T, RecvError>
    where
        T: Clone,
    {
        if let Some(received) = self.recv_now(next) {
            return received;
        }
        loop {
            // Listens first and looks then: a value that comes after the look finds the listener.
            let mut notified = pin!(self.sent.notified());
            if let Some(received) = self.recv_now(next) {
                return received;
            }
            if mutation::on("broadcast_listens_late") {
                notified.set(self.sent.notified());
            }
            notified.await;
        }
    }

    fn recv_now(&self, next: &mut Position) -> Option<Result<T, RecvError>>
    where
        T: Clone,
    {
        match self.try_recv(next) {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Lagged(missed)) => Some(Err(RecvError::Lagged(missed))),
            Err(TryRecvError::Closed) => Some(Err(RecvError::Closed)),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// How many values a receiver that has come to `next` has missed or has yet to receive.
    pub(super) fn ahead_of(&self, next: Position) -> usize {
        next.distance_to(self.tail.load().position) as usize
    }

    /// How many values are kept for somebody.
    pub(super) fn len(&self) -> usize {
        let tail = self.tail.load().position;
        // Receivers read in order: what is still kept are the newest ones, without a gap.
        let (mut kept, mut most) = (0, self.slots.len());
        while kept < most {
            let try_kept = most - (most - kept) / 2;
            let position = tail.minus(try_kept);
            if self.slot(position).holds(position) {
                kept = try_kept;
            } else {
                most = try_kept - 1;
            }
        }
        kept
    }

    /// True if no value is kept for anybody.
    pub(super) fn is_empty(&self) -> bool {
        let newest = self.tail.load().position.minus(1);
        !self.slot(newest).holds(newest)
    }

    /// Waits until there is no receiver.
    pub(super) async fn abandoned(&self) {
        loop {
            // In this order for the same reason as in `recv`.
            let mut notified = pin!(self.abandoned.notified());
            if self.tail.load().receivers == 0 {
                return;
            }
            if mutation::on("broadcast_listens_late") {
                notified.set(self.abandoned.notified());
            }
            notified.await;
        }
    }

    /// A sender is gone.
    pub(super) fn sender_dropped(&self) {
        if self.senders.remove_strong() {
            self.sent.notify_waiters();
        }
    }

    /// A receiver that had come to `next` is gone.
    pub(super) fn receiver_dropped(&self, next: Position) {
        let Snapshot { position: tail, receivers } = self.tail.unsubscribe();
        let oldest = self.oldest(tail);
        let mut position = if oldest.is_after(next) { oldest } else { next };
        let next_unwanted = |position: &mut Position| {
            while *position != tail {
                let at = *position;
                *position = at.next();
                let unwanted = self.slot(at).skip(at);
                if unwanted.is_some() {
                    return unwanted;
                }
            }
            None
        };
        both(
            &mut position,
            |_| {
                if receivers == 0 {
                    self.abandoned.notify_waiters();
                }
            },
            // Dropped without a lock: it is foreign code.
            |position| drop_all(|| next_unwanted(position)),
        );
    }
}
