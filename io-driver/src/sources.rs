//! The registered sources of one driver, by the key that the operating system returns with each event.

use std::io;

use heist_primitives::WakeBatch;
use heist_primitives::sync::Arc;
use slab::Slab;

use crate::driver::shutdown_error;
use crate::source::Source;

/// Bits of a key that hold the index; those above hold the generation.
const INDEX_BITS: u32 = usize::BITS / 2;
const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;

/// The key of a source: its index, and a generation that tells apart the sources that had it one after the other.
///
/// An event may come for a source that was just deregistered, whose index belongs to another by now. That one must not
/// become ready by it: a connecting socket takes the first readiness it sees for its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(usize);

impl Key {
    pub(crate) fn from_raw(raw: usize) -> Key {
        Key(raw)
    }

    pub(crate) fn raw(self) -> usize {
        self.0
    }

    fn new(index: usize, generation: usize) -> Key {
        Key(index | generation << INDEX_BITS)
    }

    fn index(self) -> usize {
        self.0 & INDEX_MASK
    }
}

/// The registered sources. Under one lock, which a turn of the driver takes once.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    entries: Slab<(Key, Arc<Source>)>,
    generation: usize,
    is_shut_down: bool,
    counts: Counts,
}

/// What has happened at a driver so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sources that were registered, those that the system refused included.
    pub registered: u64,
    /// Those of them that were deregistered or refused.
    pub deregistered: u64,
    /// Events that came for a source.
    pub events: u64,
}

impl Sources {
    /// Adds a source.
    pub(crate) fn insert(&mut self, source: Arc<Source>) -> io::Result<Key> {
        if self.is_shut_down {
            return Err(shutdown_error());
        }
        let entry = self.entries.vacant_entry();
        // The two highest keys of all belong to the backends.
        if entry.key() >= INDEX_MASK - 1 {
            return Err(io::Error::other("too many sources are registered with the driver"));
        }
        self.generation = self.generation.wrapping_add(1);
        let key = Key::new(entry.key(), self.generation);
        entry.insert((key, source));
        self.counts.registered += 1;
        Ok(key)
    }

    /// Takes a source out; `None` if that has been done. It has to be dropped outside of the lock.
    #[must_use]
    pub(crate) fn remove(&mut self, key: Key) -> Option<Arc<Source>> {
        self.get(key)?;
        self.counts.deregistered += 1;
        Some(self.entries.remove(key.index()).1)
    }

    /// The source of that key, if it is still registered.
    pub(crate) fn get(&self, key: Key) -> Option<&Arc<Source>> {
        let (current, source) = self.entries.get(key.index())?;
        (*current == key).then_some(source)
    }

    /// Takes no more sources, and resolves the waiters of those that are there.
    pub(crate) fn shut_down(&mut self, batch: &mut WakeBatch) {
        self.is_shut_down = true;
        for (_, (_, source)) in &self.entries {
            source.shut_down(batch);
        }
    }

    /// A turn of the driver has brought that many events.
    pub(crate) fn events_came(&mut self, events: u64) {
        self.counts.events += events;
    }

    /// What has happened so far.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// The number of registered sources.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ready;

    #[test]
    fn a_key_does_not_name_its_successor() {
        let mut sources = Sources::default();
        let old = sources.insert(Arc::new(Source::new(Ready::EMPTY))).unwrap();
        assert!(sources.remove(old).is_some());
        let new = sources.insert(Arc::new(Source::new(Ready::EMPTY))).unwrap();
        assert_eq!(old.index(), new.index());
        assert!(sources.get(old).is_none());
        assert!(sources.remove(old).is_none());
        assert!(sources.get(new).is_some());
    }

    #[test]
    fn generations_wrap() {
        let mut sources = Sources { generation: usize::MAX - 1, ..Sources::default() };
        for _ in 0..4 {
            let key = sources.insert(Arc::new(Source::new(Ready::EMPTY))).unwrap();
            assert!(sources.get(key).is_some());
        }
        assert_eq!(sources.len(), 4);
    }
}
