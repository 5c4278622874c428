//! Synchronisation between tasks.
