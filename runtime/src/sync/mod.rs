//! Synchronisation between tasks.

mod barrier;
pub mod broadcast;
mod const_new;
pub mod futures;
pub mod mpsc;
mod mutex;
mod notify;
mod once_cell;
mod once_value;
pub mod oneshot;
mod out_of_line;
mod rwlock;
mod semaphore;
mod send_timeout;
mod set_once;
mod unwind;
mod wait_list;
mod waker_cell;
pub mod watch;

pub use barrier::{Barrier, BarrierWaitResult};
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, TryLockError};
pub use notify::Notify;
pub use once_cell::{OnceCell, SetError};
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockMappedWriteGuard,
    RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError};
pub use set_once::{SetOnce, SetOnceError};
