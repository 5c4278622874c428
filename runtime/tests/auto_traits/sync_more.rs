//! The table for `broadcast`, `Barrier`, `OnceCell`, `SetOnce` and `RwLock`.

use std::future::Ready;

use heist::sync;

use super::{OnlySend, OnlySync, Pinned, v};

types! {
    sync::broadcast::error::RecvError: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::broadcast::error::TryRecvError: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::broadcast::error::SendError<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::broadcast::error::SendError<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    sync::broadcast::error::SendError<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::broadcast::error::SendError<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    sync::broadcast::error::SendError<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    sync::broadcast::Receiver<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::broadcast::Receiver<OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::broadcast::Sender<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::broadcast::Sender<OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::broadcast::WeakSender<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::broadcast::WeakSender<OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::SetError<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::SetError<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    sync::SetError<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::SetError<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    sync::SetError<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    sync::Barrier: [Send Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [Send Sync Unpin !UnwindSafe !RefUnwindSafe]
    sync::BarrierWaitResult: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::OnceCell<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OnceCell<OnlySend>: [Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OnceCell<OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OnceCell<Pinned>: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockMappedWriteGuard<u8, u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockMappedWriteGuard<OnlySend, u8>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockMappedWriteGuard<OnlySync, u8>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockMappedWriteGuard<Pinned, u8>: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockMappedWriteGuard<u8, OnlySend>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockMappedWriteGuard<u8, OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockReadGuard<u8, u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockReadGuard<OnlySend, u8>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockReadGuard<OnlySync, u8>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockReadGuard<Pinned, u8>: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockReadGuard<u8, OnlySend>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockReadGuard<u8, OnlySync>: [Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockWriteGuard<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockWriteGuard<OnlySend>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockWriteGuard<OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::OwnedRwLockWriteGuard<Pinned>: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLock<u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLock<OnlySend>: [Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLock<OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLock<Pinned>: [Send Sync !Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockMappedWriteGuard<'static, u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockMappedWriteGuard<'static, OnlySend>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockMappedWriteGuard<'static, OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockReadGuard<'static, u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockReadGuard<'static, OnlySend>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockReadGuard<'static, OnlySync>: [Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockWriteGuard<'static, u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockWriteGuard<'static, OnlySend>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::RwLockWriteGuard<'static, OnlySync>: [!Send !Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::SetOnce<u8>: [Send Sync Unpin UnwindSafe !RefUnwindSafe];
    sync::SetOnce<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    sync::SetOnce<OnlySync>: [!Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    sync::SetOnce<Pinned>: [Send Sync !Unpin UnwindSafe !RefUnwindSafe];
    sync::SetOnce<&'static mut u8>: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    sync::SetOnceError<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::SetOnceError<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    sync::SetOnceError<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    sync::SetOnceError<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    sync::SetOnceError<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
}

futures! {
    v::<&'static mut sync::broadcast::Receiver<u8>>().recv() => [Send Sync !Unpin];
    v::<&'static mut sync::broadcast::Receiver<OnlySend>>().recv() => [Send Sync !Unpin];
    v::<&'static sync::broadcast::Sender<u8>>().closed() => [Send Sync !Unpin];
    v::<&'static sync::broadcast::Sender<OnlySend>>().closed() => [Send Sync !Unpin];
    v::<&'static sync::Barrier>().wait() => [Send Sync !Unpin];
    v::<&'static sync::OnceCell<u8>>().get_or_init(v::<Ready<u8>>) => [Send Sync !Unpin];
    v::<&'static sync::OnceCell<OnlySend>>().get_or_init(v::<Ready<OnlySend>>) => [!Send !Sync !Unpin];
    v::<&'static sync::OnceCell<u8>>().get_or_try_init(v::<Ready<Result<u8, u8>>>) => [Send Sync !Unpin];
    v::<&'static sync::OnceCell<OnlySend>>().get_or_try_init(v::<Ready<Result<OnlySend, u8>>>) => [!Send !Sync !Unpin];
    v::<&'static sync::RwLock<u8>>().read() => [Send Sync !Unpin];
    v::<&'static sync::RwLock<OnlySend>>().read() => [!Send !Sync !Unpin];
    sync::RwLock::<u8>::read_owned(v()) => [Send Sync !Unpin];
    v::<&'static sync::RwLock<u8>>().write() => [Send Sync !Unpin];
    v::<&'static sync::RwLock<OnlySend>>().write() => [!Send !Sync !Unpin];
    sync::RwLock::<u8>::write_owned(v()) => [Send Sync !Unpin];
    v::<&'static sync::SetOnce<u8>>().wait() => [Send Sync !Unpin];
    v::<&'static sync::SetOnce<OnlySend>>().wait() => [!Send !Sync !Unpin];
}
