//! Asynchronous I/O traits and utilities.
