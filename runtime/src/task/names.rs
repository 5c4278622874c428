//! The names of tasks that have one. They are few, so they stand in a table beside the tasks and cost the others nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Id;

static NAMES: Mutex<BTreeMap<Id, Arc<str>>> = Mutex::new(BTreeMap::new());
/// The number of names, so that nobody takes the lock for nothing.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The name of a task.
pub(crate) fn of(id: Id) -> Option<Arc<str>> {
    // Relaxed: a task is named before it is spawned, and who asks knows it from then.
    if COUNT.load(Ordering::Relaxed) == 0 {
        return None;
    }
    NAMES.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
}

/// Gives the task a name until this is dropped.
#[derive(Debug)]
pub(super) struct Named(Id);

impl Named {
    pub(super) fn new(id: Id, name: &str) -> Self {
        COUNT.fetch_add(1, Ordering::Relaxed);
        NAMES.lock().unwrap_or_else(PoisonError::into_inner).insert(id, name.into());
        Self(id)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        NAMES.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        COUNT.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_lasts_as_long_as_its_guard() {
        let (id, other) = (Id::next(), Id::next());
        let name = Named::new(id, "worker of the month");
        assert_eq!(of(id).as_deref(), Some("worker of the month"));
        assert_eq!(of(other), None);
        drop(name);
        assert_eq!(of(id), None);
    }
}
