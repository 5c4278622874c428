//! The table for `task`.

use std::future::Ready;

use heist::task;

use super::{OnlySend, OnlySync, Pinned, v};

types! {
    task::coop::Coop<Ready<u8>>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::coop::Coop<Ready<OnlySend>>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    task::coop::Coop<Ready<OnlySync>>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::coop::Coop<Ready<&'static mut u8>>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    task::coop::RestoreOnPending: [!Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    task::coop::Unconstrained<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::coop::Unconstrained<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    task::coop::Unconstrained<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::coop::Unconstrained<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    task::coop::Unconstrained<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    task::futures::TaskLocalFuture<u8, u8>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    task::futures::TaskLocalFuture<OnlySend, u8>: [Send !Sync !Unpin UnwindSafe !RefUnwindSafe];
    task::futures::TaskLocalFuture<OnlySync, u8>: [!Send Sync !Unpin UnwindSafe RefUnwindSafe];
    task::futures::TaskLocalFuture<&'static mut u8, u8>: [Send Sync !Unpin !UnwindSafe RefUnwindSafe];
    task::futures::TaskLocalFuture<u8, OnlySend>: [Send !Sync !Unpin UnwindSafe !RefUnwindSafe];
    task::futures::TaskLocalFuture<u8, OnlySync>: [!Send Sync !Unpin UnwindSafe RefUnwindSafe];
    task::futures::TaskLocalFuture<u8, &'static mut u8>: [Send Sync !Unpin !UnwindSafe RefUnwindSafe];
    task::AbortHandle: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::Id: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::JoinError: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    task::JoinHandle<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::JoinHandle<OnlySync>: [!Send !Sync Unpin UnwindSafe RefUnwindSafe];
    task::JoinSet<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    task::JoinSet<OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    task::LocalEnterGuard: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    task::LocalKey<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    task::LocalSet: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
}

futures! {
    task::coop::consume_budget() => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<task::JoinSet<u8>>().join_all() => [Send Sync !Unpin];
    v::<task::JoinSet<OnlySend>>().join_all() => [Send !Sync !Unpin];
    v::<&'static mut task::JoinSet<u8>>().join_next() => [Send Sync !Unpin];
    v::<&'static mut task::JoinSet<OnlySend>>().join_next() => [Send Sync !Unpin];
    v::<&'static mut task::JoinSet<u8>>().join_next_with_id() => [Send Sync !Unpin];
    v::<&'static mut task::JoinSet<OnlySend>>().join_next_with_id() => [Send Sync !Unpin];
    v::<&'static mut task::JoinSet<u8>>().shutdown() => [Send Sync !Unpin];
    v::<&'static mut task::JoinSet<OnlySend>>().shutdown() => [Send Sync !Unpin];
    v::<&'static task::LocalSet>().run_until(v::<Ready<u8>>()) => [!Send !Sync !Unpin];
    task::yield_now() => [Send Sync !Unpin RefUnwindSafe];
}
