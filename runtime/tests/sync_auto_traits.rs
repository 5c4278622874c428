//! The auto traits of the primitives and of their futures are part of the API.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

use heist::sync::futures::{Notified, OwnedNotified};
use heist::sync::{
    AcquireError, Barrier, BarrierWaitResult, MappedMutexGuard, Mutex, MutexGuard, Notify, OnceCell,
    OwnedMappedMutexGuard, OwnedMutexGuard, OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard,
    OwnedSemaphorePermit, RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard, Semaphore,
    SemaphorePermit, SetError, SetOnce, SetOnceError, TryAcquireError, TryLockError, broadcast, mpsc, oneshot, watch,
};

/// `Send` but not `Sync`.
type OnlySend = Cell<u8>;
/// `Sync` but not `Send`: what a guard of std is.
type OnlySync = std::sync::MutexGuard<'static, u8>;
/// Neither.
type Neither = Rc<u8>;

/// Tells whether a type has an auto trait: the inherent constant exists only if it has and hides the trait's.
macro_rules! has {
    ($trait:ident, $type:ty) => {{
        // One of the two constants is unused for each type.
        #[allow(dead_code)]
        trait No {
            const HAS: bool = false;
        }
        impl<T: ?Sized> No for T {}
        struct Is<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Is<T> {
            const HAS: bool = true;
        }
        <Is<$type>>::HAS
    }};
}

/// Checks Send, Sync, Unpin, UnwindSafe and RefUnwindSafe, in this order.
macro_rules! check {
    ($($type:ty: $send:literal $sync:literal $unpin:literal $unwind:literal $ref_unwind:literal;)*) => {$(
        assert_eq!(
            [has!(Send, $type), has!(Sync, $type), has!(Unpin, $type), has!(UnwindSafe, $type),
                has!(RefUnwindSafe, $type)].map(u8::from),
            [$send, $sync, $unpin, $unwind, $ref_unwind],
            stringify!($type)
        );
    )*};
}

#[test]
fn types() {
    check! {
        Semaphore: 1 1 1 0 0;
        SemaphorePermit<'static>: 1 1 1 0 0;
        OwnedSemaphorePermit: 1 1 1 0 0;
        AcquireError: 1 1 1 1 1;
        TryAcquireError: 1 1 1 1 1;
        TryLockError: 1 1 1 1 1;
        Notify: 1 1 1 1 1;
        Notified<'static>: 1 1 0 0 0;
        OwnedNotified: 1 1 0 0 0;
        Barrier: 1 1 1 1 1;
        BarrierWaitResult: 1 1 1 1 1;
        OnceCell<u8>: 1 1 1 0 0;
        OnceCell<OnlySend>: 1 0 1 0 0;
        OnceCell<OnlySync>: 0 0 1 0 0;
        OnceCell<std::marker::PhantomPinned>: 1 1 0 0 0;
        SetError<OnlySend>: 1 0 1 1 0;
        SetOnce<u8>: 1 1 1 1 0;
        SetOnce<OnlySend>: 1 0 1 1 0;
        SetOnce<OnlySync>: 0 0 1 1 0;
        SetOnce<std::marker::PhantomPinned>: 1 1 0 1 0;
        SetOnceError<OnlySend>: 1 0 1 1 0;
        Mutex<OnlySend>: 1 1 1 0 0;
        Mutex<OnlySync>: 0 0 1 0 0;
        MutexGuard<'static, u8>: 1 1 1 0 0;
        MutexGuard<'static, OnlySend>: 1 0 1 0 0;
        MutexGuard<'static, OnlySync>: 0 0 1 0 0;
        MappedMutexGuard<'static, OnlySend>: 1 0 1 0 0;
        MappedMutexGuard<'static, OnlySync>: 0 1 1 0 0;
        OwnedMutexGuard<u8>: 1 1 1 0 0;
        OwnedMutexGuard<OnlySend>: 1 0 1 0 0;
        OwnedMutexGuard<OnlySync>: 0 0 1 0 0;
        OwnedMappedMutexGuard<u8, u8>: 1 1 1 0 0;
        OwnedMappedMutexGuard<u8, OnlySend>: 1 0 1 0 0;
        OwnedMappedMutexGuard<OnlySync, u8>: 0 0 1 0 0;
        OwnedMappedMutexGuard<std::marker::PhantomPinned, u8>: 1 1 1 0 0;
    }
}

#[test]
fn rwlock() {
    check! {
        RwLock<u8>: 1 1 1 0 0;
        RwLock<OnlySend>: 1 0 1 0 0;
        RwLock<OnlySync>: 0 0 1 0 0;
        RwLock<std::marker::PhantomPinned>: 1 1 0 0 0;
        RwLockReadGuard<'static, u8>: 1 1 1 0 0;
        RwLockReadGuard<'static, OnlySend>: 0 0 1 0 0;
        RwLockReadGuard<'static, OnlySync>: 1 0 1 0 0;
        RwLockWriteGuard<'static, u8>: 1 1 1 0 0;
        RwLockWriteGuard<'static, OnlySend>: 0 0 1 0 0;
        RwLockWriteGuard<'static, OnlySync>: 0 0 1 0 0;
        RwLockMappedWriteGuard<'static, u8>: 1 1 1 0 0;
        RwLockMappedWriteGuard<'static, OnlySend>: 0 0 1 0 0;
        RwLockMappedWriteGuard<'static, OnlySync>: 0 0 1 0 0;
        OwnedRwLockReadGuard<u8, u8>: 1 1 1 0 0;
        OwnedRwLockReadGuard<u8, OnlySend>: 0 0 1 0 0;
        OwnedRwLockReadGuard<u8, OnlySync>: 1 0 1 0 0;
        OwnedRwLockReadGuard<OnlySend, u8>: 0 0 1 0 0;
        OwnedRwLockReadGuard<OnlySync, u8>: 0 0 1 0 0;
        OwnedRwLockReadGuard<std::marker::PhantomPinned, u8>: 1 1 0 0 0;
        OwnedRwLockWriteGuard<u8>: 1 1 1 0 0;
        OwnedRwLockWriteGuard<OnlySend>: 0 0 1 0 0;
        OwnedRwLockWriteGuard<OnlySync>: 0 0 1 0 0;
        OwnedRwLockWriteGuard<std::marker::PhantomPinned>: 1 1 0 0 0;
        OwnedRwLockMappedWriteGuard<u8, u8>: 1 1 1 0 0;
        OwnedRwLockMappedWriteGuard<u8, OnlySend>: 0 0 1 0 0;
        OwnedRwLockMappedWriteGuard<OnlySync, u8>: 0 0 1 0 0;
        OwnedRwLockMappedWriteGuard<std::marker::PhantomPinned, u8>: 1 1 0 0 0;
    }
}

#[test]
fn channels() {
    check! {
        mpsc::Sender<OnlySend>: 1 1 1 1 1;
        mpsc::Sender<Neither>: 0 0 1 1 1;
        mpsc::WeakSender<OnlySend>: 1 1 1 1 1;
        mpsc::Receiver<OnlySend>: 1 1 1 1 1;
        mpsc::Receiver<Neither>: 0 0 1 1 1;
        mpsc::UnboundedSender<OnlySend>: 1 1 1 1 1;
        mpsc::UnboundedSender<Neither>: 0 0 1 1 1;
        mpsc::WeakUnboundedSender<OnlySend>: 1 1 1 1 1;
        mpsc::UnboundedReceiver<OnlySend>: 1 1 1 1 1;
        mpsc::UnboundedReceiver<Neither>: 0 0 1 1 1;
        mpsc::Permit<'static, OnlySend>: 1 1 1 1 1;
        mpsc::PermitIterator<'static, OnlySend>: 1 1 1 1 1;
        mpsc::OwnedPermit<OnlySend>: 1 1 1 1 1;
        mpsc::Permit<'static, Neither>: 0 0 1 1 1;
        mpsc::OwnedPermit<Neither>: 0 0 1 1 1;
        oneshot::Sender<OnlySend>: 1 1 1 0 0;
        oneshot::Sender<Neither>: 0 0 1 0 0;
        oneshot::Receiver<OnlySend>: 1 1 1 0 0;
        oneshot::Receiver<Neither>: 0 0 1 0 0;
        oneshot::error::RecvError: 1 1 1 1 1;
        mpsc::error::SendError<Neither>: 0 0 1 1 1;
        broadcast::Sender<OnlySend>: 1 1 1 0 0;
        broadcast::Sender<Neither>: 0 0 1 0 0;
        broadcast::WeakSender<OnlySend>: 1 1 1 0 0;
        broadcast::WeakSender<Neither>: 0 0 1 0 0;
        broadcast::Receiver<OnlySend>: 1 1 1 0 0;
        broadcast::Receiver<Neither>: 0 0 1 0 0;
        broadcast::Receiver<std::marker::PhantomPinned>: 1 1 1 0 0;
        broadcast::error::SendError<OnlySend>: 1 0 1 1 0;
        broadcast::error::RecvError: 1 1 1 1 1;
        broadcast::error::TryRecvError: 1 1 1 1 1;
        watch::Sender<u8>: 1 1 1 0 0;
        watch::Sender<OnlySend>: 0 0 1 0 0;
        watch::Sender<OnlySync>: 0 0 1 0 0;
        watch::Receiver<u8>: 1 1 1 0 0;
        watch::Receiver<OnlySend>: 0 0 1 0 0;
        watch::Receiver<std::marker::PhantomPinned>: 1 1 1 0 0;
        watch::Ref<'static, u8>: 0 1 1 0 0;
        watch::Ref<'static, OnlySync>: 0 1 1 0 0;
        watch::Ref<'static, OnlySend>: 0 0 1 0 0;
        watch::error::RecvError: 1 1 1 1 1;
        watch::error::SendError<OnlySend>: 1 0 1 1 0;
    }
}

#[test]
fn futures_of_async_functions() {
    fn send<T: Send>(_: &T) {}
    fn send_and_sync<T: Send + Sync>(_: &T) {}
    let semaphore = Arc::new(Semaphore::new(1));
    send_and_sync(&semaphore.acquire());
    send_and_sync(&semaphore.clone().acquire_many_owned(1));
    let mutex = Arc::new(Mutex::new(Cell::new(0)));
    send_and_sync(&mutex.lock());
    send_and_sync(&mutex.clone().lock_owned());
    let lock = Arc::new(RwLock::new(0));
    send_and_sync(&lock.read());
    send_and_sync(&lock.write());
    send_and_sync(&lock.clone().read_owned());
    send_and_sync(&lock.clone().write_owned());
    let (tx, mut rx) = mpsc::channel::<Cell<u8>>(1);
    send(&tx.send(Cell::new(0)));
    send_and_sync(&tx.reserve());
    send_and_sync(&tx.closed());
    send_and_sync(&rx.recv());
    let (tx, mut rx) = broadcast::channel::<Cell<u8>>(1);
    send_and_sync(&tx.closed());
    send_and_sync(&rx.recv());
    send_and_sync(&Barrier::new(1).wait());
    let cell = OnceCell::new();
    send(&cell.get_or_init(|| async { 1 }));
    let once = SetOnce::<u8>::new();
    send_and_sync(&once.wait());
    let (tx, mut rx) = watch::channel(0);
    send_and_sync(&tx.closed());
    send_and_sync(&rx.changed());
    send(&rx.wait_for(|_| true));
}
