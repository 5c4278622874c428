//! The table for `io::unix`.

use std::os::fd::OwnedFd;

use heist::io;

use super::{Fd, OnlySend, OnlySync, Pinned, ok, v};

// As with sockets, an `AsyncFd` is as safe across unwinding as what is in it: its registration is always whole.
types! {
    io::unix::AsyncFd<OwnedFd>: [Send Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [Send Sync Unpin !UnwindSafe !RefUnwindSafe]
    io::unix::AsyncFd<Fd<OnlySend>>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe]; // Tokio: [Send !Sync Unpin !UnwindSafe !RefUnwindSafe]
    io::unix::AsyncFd<Fd<OnlySync>>: [!Send Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [!Send Sync Unpin !UnwindSafe !RefUnwindSafe]
    io::unix::AsyncFd<Fd<Pinned>>: [Send Sync !Unpin UnwindSafe RefUnwindSafe]; // Tokio: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe]
    io::unix::AsyncFdReadyGuard<'static, OwnedFd>: [Send Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [Send Sync Unpin !UnwindSafe !RefUnwindSafe]
    io::unix::AsyncFdReadyGuard<'static, Fd<OnlySend>>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    io::unix::AsyncFdReadyMutGuard<'static, OwnedFd>: [Send Sync Unpin !UnwindSafe RefUnwindSafe]; // Tokio: [Send Sync Unpin !UnwindSafe !RefUnwindSafe]
    io::unix::AsyncFdReadyMutGuard<'static, Fd<OnlySend>>: [Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    io::unix::AsyncFdReadyMutGuard<'static, Fd<OnlySync>>: [!Send Sync Unpin !UnwindSafe RefUnwindSafe]; // Tokio: [!Send Sync Unpin !UnwindSafe !RefUnwindSafe]
    io::unix::AsyncFdRegisterError<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    io::unix::AsyncFdRegisterError<OnlySend>: [Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    io::unix::AsyncFdRegisterError<OnlySync>: [!Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    io::unix::AsyncFdRegisterError<Pinned>: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    io::unix::TryIoError: [Send Sync Unpin UnwindSafe RefUnwindSafe];
}

futures! {
    v::<&'static io::unix::AsyncFd<OwnedFd>>().async_io(v(), |_| ok()) => [Send Sync !Unpin];
    v::<&'static io::unix::AsyncFd<Fd<OnlySend>>>().async_io(v(), |_| ok()) => [!Send !Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<OwnedFd>>().async_io_mut(v(), |_| ok()) => [Send Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<Fd<OnlySend>>>().async_io_mut(v(), |_| ok()) => [Send !Sync !Unpin];
    v::<&'static io::unix::AsyncFd<OwnedFd>>().readable() => [Send Sync !Unpin];
    v::<&'static io::unix::AsyncFd<Fd<OnlySend>>>().readable() => [!Send !Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<OwnedFd>>().readable_mut() => [Send Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<Fd<OnlySend>>>().readable_mut() => [Send !Sync !Unpin];
    v::<&'static io::unix::AsyncFd<OwnedFd>>().ready(v()) => [Send Sync !Unpin];
    v::<&'static io::unix::AsyncFd<Fd<OnlySend>>>().ready(v()) => [!Send !Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<OwnedFd>>().ready_mut(v()) => [Send Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<Fd<OnlySend>>>().ready_mut(v()) => [Send !Sync !Unpin];
    v::<&'static io::unix::AsyncFd<OwnedFd>>().writable() => [Send Sync !Unpin];
    v::<&'static io::unix::AsyncFd<Fd<OnlySend>>>().writable() => [!Send !Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<OwnedFd>>().writable_mut() => [Send Sync !Unpin];
    v::<&'static mut io::unix::AsyncFd<Fd<OnlySend>>>().writable_mut() => [Send !Sync !Unpin];
}
