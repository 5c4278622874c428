//! The blocking pool.
