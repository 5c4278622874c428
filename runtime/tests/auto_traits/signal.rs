//! The table for `signal`.

use heist::signal;

use super::v;

types! {
    signal::unix::Signal: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    signal::unix::SignalKind: [Send Sync Unpin UnwindSafe RefUnwindSafe];
}

futures! {
    v::<&'static mut signal::unix::Signal>().recv() => [Send Sync !Unpin];
    signal::ctrl_c() => [Send Sync !Unpin];
}
