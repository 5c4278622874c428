//! The deques of guests: threads inside `block_on`. Owns the word that says which of them are taken.

use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::deque::{Stealer, Worker as Deque};
use heist_primitives::sync::Mutex;

use crate::task::raw::Runnable;

/// Threads that may have a deque of their own at a time; others use the injector.
const GUESTS: usize = if heist_primitives::MODEL { 1 } else { 16 };

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Guests {
    places: Box<[GuestPlace]>,
    /// Bit i: place i is taken. Set before the guest's first push, so that whoever sees the push sees the bit.
    taken: AtomicU64,
}

#[derive(Debug)]
struct GuestPlace {
    stealer: Stealer<Runnable>,
    /// The owner's end, while no guest has it.
    deque: Mutex<Option<Deque<Runnable>>>,
}

impl Guests {
    pub(crate) fn new() -> Self {
        let places = (0..GUESTS).map(|_| {
            let deque = Deque::new_fifo();
            GuestPlace { stealer: deque.stealer(), deque: Mutex::new(Some(deque)) }
        });
        Self { places: places.collect(), taken: AtomicU64::new(0) }
    }

    /// The deques that may have something in them.
    pub(crate) fn stealers(&self) -> impl Iterator<Item = &Stealer<Runnable>> {
        // ORDERING: Relaxed; the fences of the idle protocol order it after the guest's `arrive` (model l1).
        let taken = self.taken.load(Ordering::Relaxed);
        let places = self.places.iter().enumerate().filter(move |(index, _)| taken & (1 << index) != 0);
        places.map(|(_, place)| &place.stealer)
    }

    /// A deque for the calling thread, with its number, if one is free.
    pub(crate) fn arrive(&self) -> Option<(usize, Deque<Runnable>)> {
        for (index, place) in self.places.iter().enumerate() {
            if self.taken.load(Ordering::Relaxed) & (1 << index) != 0 {
                continue;
            }
            if let Some(deque) = place.deque.lock().take() {
                self.taken.fetch_or(1 << index, Ordering::AcqRel);
                return Some((index, deque));
            }
        }
        None
    }

    /// The thread gives its deque back, empty.
    pub(crate) fn leave(&self, index: usize, deque: Deque<Runnable>) {
        self.taken.fetch_and(!(1 << index), Ordering::AcqRel);
        *self.places[index].deque.lock() = Some(deque);
    }
}
