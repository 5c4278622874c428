//! The table for `time`.

use heist::time;

use super::{OnlySend, OnlySync, v};

types! {
    time::error::Elapsed: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    time::error::Error: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    time::MissedTickBehavior: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    time::Instant: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    time::Interval: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    time::Sleep: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    time::Timeout<u8>: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    time::Timeout<OnlySend>: [Send !Sync !Unpin !UnwindSafe !RefUnwindSafe];
    time::Timeout<OnlySync>: [!Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
}

futures! {
    v::<&'static mut time::Interval>().tick() => [Send Sync !Unpin];
    time::advance(v()) => [Send Sync !Unpin RefUnwindSafe];
}
