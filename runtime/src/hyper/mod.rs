//! Adapters for hyper 1.x.
