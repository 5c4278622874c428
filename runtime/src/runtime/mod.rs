//! Starting, configuring and entering a runtime.

pub(crate) mod context;
