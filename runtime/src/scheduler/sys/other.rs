//! Systems without such a request.

/// See the [module](super).
pub(crate) fn wake_precisely() {}
