//! The allocation of a task: a header that everybody knows, then the future or its output.
//!
//! This file alone knows the future's type, behind the [`Vtable`], and it alone allocates and frees. Who may call what
//! is decided by the state word; the functions here state it as their safety contract.

#![allow(unsafe_code)]

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::mem::{self, MaybeUninit};
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;
use std::ptr::{self, NonNull};
use std::task::{Context, Poll, Waker};

use heist_primitives::alloc;
use heist_primitives::cell::UnsafeCell;
use heist_primitives::panic::{discard, quietly};

use super::place::NOBODY;
use super::state::State;
use super::{Join, Returned, Runnable, Schedule};
use crate::task::error::JoinError;
use crate::task::id::{self, Id};
use crate::task::join::JoinHandle;

/// Larger futures get an allocation of their own, so that a queue of small tasks stays dense and a big one is moved
/// only once.
const MAX_INLINE: usize = 1024;

/// What a panic leaves.
type Payload = Box<dyn Any + Send>;

/// The part of a cell that does not depend on the future's type.
///
/// Fields without a cell around them never change.
#[repr(C)]
pub(crate) struct Header {
    state: State,
    vtable: &'static Vtable,
    /// The next task of whatever queue this one is in (rule T3).
    link: UnsafeCell<Option<Task>>,
    /// Neighbours in the owner's list (rule T6).
    prev: UnsafeCell<Option<Task>>,
    next: UnsafeCell<Option<Task>>,
    scheduler: NonNull<()>,
    id: Id,
    /// Number of the place in whose list it is (rule T2).
    owner: UnsafeCell<u32>,
    spawned_at: &'static Location<'static>,
    /// Filled while the word says so (rule T5).
    join_waker: UnsafeCell<MaybeUninit<Waker>>,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// The allocation. The header comes first, so that a pointer to it is a pointer to the cell (rule T8).
#[repr(C)]
struct Cell<F: Future> {
    header: Header,
    stage: UnsafeCell<Stage<F>>,
}

/// What the task is made of at the moment.
enum Stage<F: Future> {
    Running(F),
    Finished(Result<F::Output, JoinError>),
    Consumed,
}

/// The functions that know the type of the future or of the scheduler.
struct Vtable {
    poll: unsafe fn(Task, &mut Context<'_>) -> Poll<()>,
    cancel: unsafe fn(Task),
    empty: unsafe fn(Task),
    take: unsafe fn(Task, *mut ()),
    free: unsafe fn(Task),
    schedule: unsafe fn(NonNull<()>, Runnable),
    reschedule: unsafe fn(NonNull<()>, Runnable),
    hand_back: unsafe fn(NonNull<()>, u32, Returned),
    aborted: unsafe fn(NonNull<()>, Id),
    panicked: unsafe fn(NonNull<()>),
}

/// Makes a task: its first runnable, which the caller schedules or cancels, and the handle to its output.
///
/// # Safety
///
/// * Until the task is complete, `scheduler` points to a valid `S` whenever a runnable of it exists (rule T9), and its
///   runnables run only on places of that scheduler, whose numbers differ from each other.
/// * Unless `F` is `Send`, they run on the current thread only (rule T10).
pub(crate) unsafe fn new_task<F, S>(
    future: F,
    scheduler: NonNull<S>,
    id: Id,
    spawned_at: &'static Location<'static>,
) -> (Runnable, JoinHandle<F::Output>)
where
    F: Future + 'static,
    F::Output: 'static,
    S: Schedule,
{
    let task = if size_of::<F>() > MAX_INLINE {
        allocate(Box::pin(future), scheduler, id, spawned_at)
    } else {
        allocate(future, scheduler, id, spawned_at)
    };
    // SAFETY: rule T1: the word was initialised with the reference that the handle takes over. Both cases above have
    // the same output type.
    let join = unsafe { Join::new(task) };
    (Runnable::from_task(task), JoinHandle::new(join))
}

fn allocate<F, S>(future: F, scheduler: NonNull<S>, id: Id, spawned_at: &'static Location<'static>) -> Task
where
    F: Future + 'static,
    S: Schedule,
{
    let header = Header {
        state: State::spawned(),
        vtable: &Functions::<F, S>::VTABLE,
        link: UnsafeCell::new(None),
        prev: UnsafeCell::new(None),
        next: UnsafeCell::new(None),
        scheduler: scheduler.cast(),
        id,
        owner: UnsafeCell::new(NOBODY),
        spawned_at,
        join_waker: UnsafeCell::new(MaybeUninit::uninit()),
    };
    let cell = Box::new(Cell { header, stage: UnsafeCell::new(Stage::Running(future)) });
    // SAFETY: the caller of `new_task` promised a valid scheduler.
    unsafe { S::cell_made(scheduler) };
    Task(NonNull::from(Box::leak(cell)).cast())
}

/// A pointer to a task. Copying it gives no right to use it: rule T1 says who may.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Task(NonNull<Header>);

impl Task {
    pub(super) fn from_raw(raw: NonNull<Header>) -> Self {
        Self(raw)
    }

    pub(super) fn into_raw(self) -> NonNull<Header> {
        self.0
    }

    /// The word. The reference points to nothing else, so it may dangle for the rest of an operation that gave the
    /// caller's right up.
    #[inline]
    pub(super) fn state(&self) -> &State {
        // SAFETY: rule T1.
        unsafe { &(*self.0.as_ptr()).state }
    }

    #[inline]
    fn vtable(self) -> &'static Vtable {
        // SAFETY: rule T1; the field never changes.
        unsafe { (*self.0.as_ptr()).vtable }
    }

    #[inline]
    fn scheduler(self) -> NonNull<()> {
        // SAFETY: rule T1; the field never changes.
        unsafe { (*self.0.as_ptr()).scheduler }
    }

    #[inline]
    pub(super) fn id(self) -> Id {
        // SAFETY: rule T1; the field never changes.
        unsafe { (*self.0.as_ptr()).id }
    }

    #[inline]
    pub(super) fn spawned_at(self) -> &'static Location<'static> {
        // SAFETY: rule T1; the field never changes.
        unsafe { (*self.0.as_ptr()).spawned_at }
    }

    #[inline]
    fn link_cell(&self) -> &UnsafeCell<Option<Task>> {
        // SAFETY: rule T1; the content is guarded by the cell.
        unsafe { &(*self.0.as_ptr()).link }
    }

    #[inline]
    fn prev_cell(&self) -> &UnsafeCell<Option<Task>> {
        // SAFETY: rule T1; the content is guarded by the cell.
        unsafe { &(*self.0.as_ptr()).prev }
    }

    #[inline]
    fn next_cell(&self) -> &UnsafeCell<Option<Task>> {
        // SAFETY: rule T1; the content is guarded by the cell.
        unsafe { &(*self.0.as_ptr()).next }
    }

    #[inline]
    fn owner_cell(&self) -> &UnsafeCell<u32> {
        // SAFETY: rule T1; the content is guarded by the cell.
        unsafe { &(*self.0.as_ptr()).owner }
    }

    #[inline]
    fn join_waker_cell(&self) -> &UnsafeCell<MaybeUninit<Waker>> {
        // SAFETY: rule T1; the content is guarded by the cell.
        unsafe { &(*self.0.as_ptr()).join_waker }
    }

    /// # Safety
    ///
    /// Rule T3: the caller holds the runnable, or the lock or list that owns the link.
    #[inline]
    pub(super) unsafe fn link(self) -> Option<Task> {
        // SAFETY: rule T3, by the caller.
        self.link_cell().with(|link| unsafe { *link })
    }

    /// # Safety
    ///
    /// As [`link`](Self::link).
    #[inline]
    pub(super) unsafe fn set_link(self, to: Option<Task>) {
        // SAFETY: rule T3, by the caller.
        self.link_cell().with_mut(|link| unsafe { *link = to });
    }

    /// # Safety
    ///
    /// Rule T6: the caller is the place that has the task in its list.
    #[inline]
    pub(super) unsafe fn prev(self) -> Option<Task> {
        // SAFETY: rule T6, by the caller.
        self.prev_cell().with(|prev| unsafe { *prev })
    }

    /// # Safety
    ///
    /// As [`prev`](Self::prev).
    #[inline]
    pub(super) unsafe fn set_prev(self, to: Option<Task>) {
        // SAFETY: rule T6, by the caller.
        self.prev_cell().with_mut(|prev| unsafe { *prev = to });
    }

    /// # Safety
    ///
    /// As [`prev`](Self::prev).
    #[inline]
    pub(super) unsafe fn next(self) -> Option<Task> {
        // SAFETY: rule T6, by the caller.
        self.next_cell().with(|next| unsafe { *next })
    }

    /// # Safety
    ///
    /// As [`prev`](Self::prev).
    #[inline]
    pub(super) unsafe fn set_next(self, to: Option<Task>) {
        // SAFETY: rule T6, by the caller.
        self.next_cell().with_mut(|next| unsafe { *next = to });
    }

    /// # Safety
    ///
    /// Rule T2: the caller holds the runnable.
    #[inline]
    pub(super) unsafe fn owner(self) -> u32 {
        // SAFETY: rule T2, by the caller.
        self.owner_cell().with(|owner| unsafe { *owner })
    }

    /// # Safety
    ///
    /// As [`owner`](Self::owner).
    #[inline]
    pub(super) unsafe fn set_owner(self, to: u32) {
        // SAFETY: rule T2, by the caller.
        self.owner_cell().with_mut(|owner| unsafe { *owner = to });
    }

    /// # Safety
    ///
    /// Rule T5: the slot belongs to the caller and is empty.
    pub(super) unsafe fn write_join_waker(self, waker: Waker) {
        self.join_waker_cell().with_mut(|slot| {
            // SAFETY: rule T5, by the caller.
            let slot = unsafe { &mut *slot };
            slot.write(waker);
        });
    }

    /// Moves the waker out by reading: somebody may be looking at the slot.
    ///
    /// # Safety
    ///
    /// Rule T5: the slot's content belongs to the caller, who does not read it again.
    pub(super) unsafe fn read_join_waker(self) -> Waker {
        if heist_primitives::mutation::on("take_join_waker_mut") {
            self.join_waker_cell().with_mut(|_| ());
        }
        self.join_waker_cell().with(|slot| {
            // SAFETY: rule T5, by the caller; `MaybeUninit<Waker>` has the layout of `Waker`.
            unsafe { slot.cast::<Waker>().read() }
        })
    }

    /// # Safety
    ///
    /// Rule T5: the slot is filled, and frozen or the caller's.
    pub(super) unsafe fn join_waker_is(self, waker: &Waker) -> bool {
        self.join_waker_cell().with(|slot| {
            // SAFETY: rule T5, by the caller. The waker may have been moved out by the runner: its bits stay, and
            // `will_wake` looks at nothing else.
            let stored = unsafe { &*slot.cast::<Waker>() };
            stored.will_wake(waker)
        })
    }

    /// Polls the future. When it is ready, or panics, the future is dropped and the result stored.
    ///
    /// # Safety
    ///
    /// Rule T2: the caller holds the runnable.
    #[inline]
    pub(super) unsafe fn poll(self, cx: &mut Context<'_>) -> Poll<()> {
        let _id = id::enter(self.id());
        // SAFETY: rule T2, by the caller.
        unsafe { (self.vtable().poll)(self, cx) }
    }

    /// Drops the future and stores that the task was cancelled.
    ///
    /// # Safety
    ///
    /// As [`poll`](Self::poll).
    pub(super) unsafe fn cancel(self) {
        let _id = id::enter(self.id());
        // SAFETY: rule T2, by the caller.
        unsafe { (self.vtable().cancel)(self) }
    }

    /// Drops the output, if it is still there. Does not panic.
    ///
    /// # Safety
    ///
    /// Rule T2 or T4: the caller holds the runnable, or is the `JoinHandle` of a complete task.
    pub(super) unsafe fn drop_output(self) {
        let _id = id::enter(self.id());
        // SAFETY: rule T2 or T4, by the caller.
        unsafe { (self.vtable().empty)(self) }
    }

    /// Moves the output out.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    ///
    /// # Safety
    ///
    /// Rule T4: the caller is the `JoinHandle` of a complete task whose future's output is `T`.
    pub(super) unsafe fn take_output<T>(self) -> Result<T, JoinError> {
        let mut output: Option<Result<T, JoinError>> = None;
        // SAFETY: rule T4, by the caller; the pointer has the type that the function expects.
        unsafe { (self.vtable().take)(self, (&raw mut output).cast()) };
        output.expect("JoinHandle polled after completion")
    }

    /// # Safety
    ///
    /// Rule T7: the caller's operation on the word left nobody with a right to the cell.
    pub(super) unsafe fn free(self) {
        self.state().ended();
        // SAFETY: rule T7, by the caller.
        unsafe { (self.vtable().free)(self) }
    }

    /// # Safety
    ///
    /// Rule T2: the caller has just come to hold the runnable by a wake or an abort.
    pub(super) unsafe fn schedule(self) {
        // SAFETY: rules T8 and T9; the runnable is handed over.
        unsafe { (self.vtable().schedule)(self.scheduler(), Runnable::from_task(self)) }
    }

    /// # Safety
    ///
    /// Rule T2: the caller holds the runnable after a poll that was pending.
    pub(super) unsafe fn reschedule(self) {
        // SAFETY: rules T8 and T9; the runnable is handed over.
        unsafe { (self.vtable().reschedule)(self.scheduler(), Runnable::from_task(self)) }
    }

    /// # Safety
    ///
    /// Rule T6: the caller has completed the task, has its claim, and `owner` has it in its list.
    pub(super) unsafe fn hand_back(self, owner: u32) {
        // SAFETY: rules T8 and T9; the claim is handed over.
        unsafe { (self.vtable().hand_back)(self.scheduler(), owner, Returned::from_task(self)) }
    }

    /// Tells the scheduler that the task was aborted while its runnable was elsewhere.
    pub(super) fn tell_aborted(self) {
        // SAFETY: rule T8. The cell is not freed: the caller has a right to it (rule T1).
        unsafe { (self.vtable().aborted)(self.scheduler(), self.id()) }
    }
}

impl Task {
    /// Tells the scheduler that a poll has panicked.
    ///
    /// # Safety
    ///
    /// Rule T2: the caller holds the runnable.
    #[cold]
    unsafe fn tell_panicked(self) {
        // SAFETY: rules T8 and T9.
        unsafe { (self.vtable().panicked)(self.scheduler()) }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The functions of one pair of types.
struct Functions<F, S>(F, S);

impl<F: Future + 'static, S: Schedule> Functions<F, S> {
    const VTABLE: Vtable = Vtable {
        poll: poll::<F>,
        cancel: cancel::<F>,
        empty: |task| {
            // SAFETY: as this function's contract in `Task::drop_output`.
            if let Err(payload) = unsafe { empty::<F>(task) } {
                discard(payload);
            }
        },
        take: take::<F>,
        free: free::<F, S>,
        // SAFETY: as this function's contract in `Task::schedule`.
        schedule: |this, task| unsafe { S::schedule(this.cast(), task) },
        // SAFETY: as this function's contract in `Task::reschedule`.
        reschedule: |this, task| unsafe { S::reschedule(this.cast(), task) },
        // SAFETY: as this function's contract in `Task::hand_back`.
        hand_back: |this, owner, task| unsafe { S::hand_back(this.cast(), owner, task) },
        // SAFETY: as this function's contract in `Task::tell_aborted`.
        aborted: |this, id| unsafe { S::aborted(this.cast(), id) },
        // SAFETY: as this function's contract in `Task::tell_panicked`.
        panicked: |this| unsafe { S::panicked(this.cast()) },
    };
}

/// # Safety
///
/// The cell's future is an `F` (rule T8), and rule T1.
#[inline]
unsafe fn stage<'a, F: Future>(task: Task) -> &'a UnsafeCell<Stage<F>> {
    // SAFETY: by the caller.
    unsafe { &(*task.0.as_ptr().cast::<Cell<F>>()).stage }
}

unsafe fn poll<F: Future>(task: Task, cx: &mut Context<'_>) -> Poll<()> {
    // SAFETY: the vtable has the cell's types.
    let cell = unsafe { stage::<F>(task) };
    let polled = cell.with_mut(|stage| {
        panic::catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: rule T2, by the caller.
            let Stage::Running(future) = (unsafe { &mut *stage }) else { unreachable!("polled after completion") };
            // SAFETY: the cell does not move, and the future is dropped where it is.
            unsafe { Pin::new_unchecked(future) }.poll(cx)
        }))
    });
    let output = match polled {
        Ok(Poll::Pending) => return Poll::Pending,
        Ok(Poll::Ready(output)) => Ok(output),
        Err(payload) => {
            // SAFETY: rule T2, by the caller.
            unsafe { task.tell_panicked() };
            Err(payload)
        }
    };
    // SAFETY: rule T2, by the caller.
    let dropped = unsafe { empty::<F>(task) };
    let result = match (output, dropped) {
        (Ok(output), Ok(())) => Ok(output),
        (Ok(output), Err(payload)) => {
            quietly(|| drop(output));
            Err(JoinError::panicked(task.id(), payload))
        }
        (Err(payload), dropped) => {
            if let Err(second) = dropped {
                discard(second);
            }
            Err(JoinError::panicked(task.id(), payload))
        }
    };
    // SAFETY: rule T2, by the caller; the stage was emptied.
    cell.with_mut(|stage| unsafe { stage.write(Stage::Finished(result)) });
    Poll::Ready(())
}

unsafe fn cancel<F: Future>(task: Task) {
    // SAFETY: rule T2, by the caller.
    let error = match unsafe { empty::<F>(task) } {
        Ok(()) => JoinError::cancelled(task.id()),
        Err(payload) => JoinError::panicked(task.id(), payload),
    };
    // SAFETY: the vtable has the cell's types.
    let cell = unsafe { stage::<F>(task) };
    // SAFETY: rule T2, by the caller; the stage was emptied.
    cell.with_mut(|stage| unsafe { stage.write(Stage::Finished(Err(error))) });
}

/// Drops what the stage has, in place. The stage is empty afterwards even if that panicked.
unsafe fn empty<F: Future>(task: Task) -> Result<(), Payload> {
    // SAFETY: the vtable has the cell's types.
    let cell = unsafe { stage::<F>(task) };
    cell.with_mut(|stage| {
        // SAFETY: rule T2 or T4, by the caller.
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| unsafe { ptr::drop_in_place(stage) }));
        // SAFETY: as above; what was there is dropped.
        unsafe { stage.write(Stage::Consumed) };
        dropped
    })
}

unsafe fn take<F: Future>(task: Task, to: *mut ()) {
    // SAFETY: the vtable has the cell's types.
    let cell = unsafe { stage::<F>(task) };
    cell.with_mut(|stage| {
        // SAFETY: rule T4, by the caller. The task is complete, so no pinned future is moved.
        let taken = unsafe { mem::replace(&mut *stage, Stage::Consumed) };
        if let Stage::Finished(result) = taken {
            // SAFETY: the caller passed a pointer of this type.
            unsafe { to.cast::<Option<Result<F::Output, JoinError>>>().write(Some(result)) };
        }
    });
}

unsafe fn free<F: Future + 'static, S: Schedule>(task: Task) {
    let scheduler = task.scheduler().cast::<S>();
    // SAFETY: rule T7, by the caller; rule T8.
    let cell = unsafe { Box::from_raw(task.0.as_ptr().cast::<Cell<F>>()) };
    alloc::free(cell);
    // SAFETY: the counterpart of the call in `allocate`.
    unsafe { S::cell_freed(scheduler) };
}
