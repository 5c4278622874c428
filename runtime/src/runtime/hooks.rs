//! The user's callbacks around tasks, and the clock of the poll-time histogram: what a runtime does for each task only if
//! somebody asked.
//!
//! Without any of it a poll pays one branch on a pointer. Schedulers run and cancel tasks through [`Hooks`].

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::{Arc, OnceLock};

use heist_primitives::panic::quietly;

use super::metrics::counts::WorkCounts;
use super::metrics::histogram::Histogram;
use crate::driver::clock;
use crate::task::raw::{Place, Runnable};
use crate::task::{Id, names};

/// What a callback of [`Builder::on_task_spawn`](super::Builder::on_task_spawn) and its like gets to know about a task.
///
/// # Examples
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let runtime = heist::runtime::Builder::new_current_thread()
///     .on_task_spawn(|meta| println!("task {} was spawned at {}", meta.id(), meta.spawned_at()))
///     .build()?;
/// runtime.block_on(async { heist::spawn(async {}).await.unwrap() });
/// # Ok(())
/// # }
/// ```
pub struct TaskMeta<'a> {
    id: Id,
    spawned_at: &'static Location<'static>,
    name: OnceLock<Option<Arc<str>>>,
    /// What comes to be known about tasks later may be borrowed from them.
    task: PhantomData<&'a ()>,
}

impl TaskMeta<'_> {
    fn new(task: &Runnable) -> Self {
        Self { id: task.id(), spawned_at: task.spawned_at(), name: OnceLock::new(), task: PhantomData }
    }

    /// The task's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Where in the program the task was spawned.
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }

    /// The name that [`task::Builder::name`](crate::task::Builder::name) gave to the task.
    pub fn name(&self) -> Option<&str> {
        self.name.get_or_init(|| names::of(self.id)).as_deref()
    }
}

impl fmt::Debug for TaskMeta<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spawned_at = format_args!("{}", self.spawned_at);
        f.debug_struct("TaskMeta")
            .field("id", &self.id)
            .field("spawned_at", &spawned_at)
            .field("name", &self.name())
            .finish()
    }
}

/// A user's callback about a task.
pub(crate) type TaskCallback = Arc<dyn Fn(&TaskMeta<'_>) + Send + Sync>;

/// See the [module](self).
#[derive(Clone, Default)]
pub(crate) struct Hooks(Option<Arc<Asked>>);

/// What was asked for.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    pub(crate) on_task_spawn: Option<TaskCallback>,
    pub(crate) on_before_task_poll: Option<TaskCallback>,
    pub(crate) on_after_task_poll: Option<TaskCallback>,
    pub(crate) on_task_terminate: Option<TaskCallback>,
    pub(crate) poll_times: Option<Histogram>,
}

impl Hooks {
    /// To change what is asked for.
    pub(crate) fn ask(&mut self) -> &mut Asked {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// The histogram of poll times, if there is one.
    pub(crate) fn poll_times(&self) -> Option<&Histogram> {
        self.0.as_ref()?.poll_times.as_ref()
    }

    /// The task was made and is not in a queue yet.
    #[inline]
    pub(crate) fn spawned(&self, task: &Runnable) {
        if let Some(asked) = &self.0 {
            call(asked.on_task_spawn.as_ref(), &TaskMeta::new(task));
        }
    }

    /// [`Runnable::run`], with what was asked for around it. True if the task is complete now.
    #[inline]
    pub(crate) fn run(&self, task: Runnable, place: &Place, counts: &WorkCounts) -> bool {
        counts.polls.add(1);
        match &self.0 {
            None => task.run(place),
            Some(asked) => asked.run(task, place, counts),
        }
    }

    /// [`Runnable::cancel`], with what was asked for behind it.
    pub(crate) fn cancel(&self, task: Runnable, place: &Place) {
        match &self.0 {
            None => task.cancel(place),
            Some(asked) => {
                let meta = asked.meta(&task);
                task.cancel(place);
                call(asked.on_task_terminate.as_ref(), &meta);
            }
        }
    }
}

impl Asked {
    fn run(&self, task: Runnable, place: &Place, counts: &WorkCounts) -> bool {
        let meta = self.meta(&task);
        call(self.on_before_task_poll.as_ref(), &meta);
        let start = self.poll_times.as_ref().map(|histogram| (histogram, clock::real_time()));
        let finished = task.run(place);
        if let Some((histogram, start)) = start {
            counts.polled(histogram, start.elapsed());
        }
        call(self.on_after_task_poll.as_ref(), &meta);
        if finished {
            call(self.on_task_terminate.as_ref(), &meta);
        }
        finished
    }

    /// Facts about the task that outlast it.
    fn meta(&self, task: &Runnable) -> TaskMeta<'static> {
        let meta = TaskMeta::new(task);
        if self.on_task_terminate.is_some() || self.on_after_task_poll.is_some() {
            // The name goes with the future.
            let _ = meta.name();
        }
        meta
    }
}

/// A callback that panics stops nobody: the panic hook has printed the message.
fn call(callback: Option<&TaskCallback>, meta: &TaskMeta<'_>) {
    if let Some(callback) = callback {
        quietly(|| callback(meta));
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.0.as_deref();
        let has = |callback: fn(&Asked) -> &Option<TaskCallback>| asked.is_some_and(|asked| callback(asked).is_some());
        f.debug_struct("Hooks")
            .field("on_task_spawn", &has(|asked| &asked.on_task_spawn))
            .field("on_before_task_poll", &has(|asked| &asked.on_before_task_poll))
            .field("on_after_task_poll", &has(|asked| &asked.on_after_task_poll))
            .field("on_task_terminate", &has(|asked| &asked.on_task_terminate))
            .field("poll_times", &self.poll_times())
            .finish()
    }
}
