//! Where streams are.
//!
//! The trait `Stream` is not part of the standard library yet, so nothing here depends on it. The crate `tokio-stream` and
//! the crate `futures` have it, adapters for it, and wrappers for the receivers, listeners and intervals of this crate;
//! with `while let Some(value) = receiver.recv().await` most programs need neither.
