//! The workloads of the groups `runtime`, `time`, `blocking` and `memory`, each of which is written once, for any `Rt`.
//! The other groups are in folders of their own, and `groups` knows them all.

mod blocking;
mod join;
mod join_set;
mod memory;
mod sleeps;
mod spawn;
mod timeouts;
mod wake;
mod yields;

use std::marker::PhantomData;
use std::time::Duration;

use crate::figure::Figure;
use crate::job::Job;
use crate::rt::{Rt, TokioRt};
use crate::sample::Sample;
use crate::table::{Entry, Table, alone, contended, measure, on_worker};

/// What is judged where tasks wake each other or sleep: a wake may cost a context switch.
const WAKES: &[Figure] = &[Figure::Wall, Figure::Cpu, Figure::Switches];
/// What is judged where the time that an operation takes is set, but for its lateness.
const LATENESS: &[Figure] = &[Figure::Cpu, Figure::P50, Figure::P99, Figure::Switches];
const MEMORY: &[Figure] = &[Figure::Bytes];

/// The children of these make a million of something.
const MEMORY_HANGS_AFTER: Duration = Duration::from_secs(60);

/// The workloads on one runtime: a table for each group.
pub(crate) struct On<R>(PhantomData<R>);

impl<R: Rt> On<R> {
    pub(crate) const RUNTIME: Table = Table(&[Self::SPAWN, Self::TASKS]);
    pub(crate) const TIME: Table = Table(&[Self::TIMEOUTS, Self::SLEEPS]);
    pub(crate) const BLOCKING: Table = Table(&[Self::CLOSURES]);
    pub(crate) const MEMORY: Table = Table(&[Self::PENDING]);

    const SPAWN: &[Entry] = &[
        contended("spawn_local", |job| measure::<R, _>(job, spawn::batches::<R>)),
        contended("spawn_local_busy", |job| on_worker(&spawn::start_busy::<R>(job), spawn::batches::<R>(job.phases()))),
        contended("spawn_block_on", |job| R::start(job.workers).block_on(spawn::batches::<R>(job.phases()))),
        contended("spawn_block_on_busy", |job| spawn::start_busy::<R>(job).block_on(spawn::batches::<R>(job.phases()))),
        contended("spawn_remote_1", |job| spawn::from_threads(&R::start(job.workers), job.phases(), 1)),
        contended("spawn_remote_1_busy", |job| spawn::from_threads(&spawn::start_busy::<R>(job), job.phases(), 1)),
        contended("spawn_remote", |job| spawn::from_threads(&R::start(job.workers), job.phases(), 4)),
        contended("spawn_remote_busy", |job| spawn::from_threads(&spawn::start_busy::<R>(job), job.phases(), 4)),
        contended("spawn_detached", |job| measure::<R, _>(job, spawn::detached::<R>)),
    ];

    const TASKS: &[Entry] = &[
        contended("chained_spawn", |job| measure::<R, _>(job, join::chain::<R>)),
        contended("fork_join", |job| measure::<R, _>(job, join::tree::<R>)),
        contended("yield_many", |job| measure::<R, _>(job, yields::many::<R>)),
        contended("yield_lone", |job| measure::<R, _>(job, yields::lone::<R>)),
        contended("ping_pong", |job| measure::<R, _>(job, wake::ping_pong::<R>)).judged_by(WAKES),
    ];

    const TIMEOUTS: &[Entry] = &[
        contended("timeout_pending", |job| measure::<R, _>(job, |phases| timeouts::pending::<R>(phases, job.workers))),
        contended("timeout_ready", |job| measure::<R, _>(job, |phases| timeouts::ready::<R>(phases, job.workers))),
    ];

    const SLEEPS: &[Entry] = &[
        contended("sleeps_100000", |job| measure::<R, _>(job, sleeps::many::<R>)).judged_by(LATENESS),
        contended("sleep_100us", |job| measure::<R, _>(job, sleeps::short::<R>)).judged_by(LATENESS),
        contended("interval_1ms", |job| measure::<R, _>(job, sleeps::interval::<R>)).judged_by(LATENESS),
    ];

    const CLOSURES: &[Entry] = &[
        contended("blocking_short", |job| closures::<R>(job, 1, 64, blocking::short)),
        contended("blocking_long", |job| closures::<R>(job, 1, 64, blocking::long)),
        contended("blocking_batch", |job| closures::<R>(job, 1, 1000, blocking::short)),
        contended("blocking_batch_16_tasks", |job| closures::<R>(job, 16, 1000, blocking::short)),
        contended("blocking_burst", |job| closures::<R>(job, 1, 1000, blocking::long)),
    ];

    const PENDING: &[Entry] = &[
        alone("memory_task", |job| measure::<R, _>(job, |_| memory::tasks::<R>()))
            .judged_by(MEMORY)
            .hangs_after(MEMORY_HANGS_AFTER),
        alone("memory_sleep", |job| measure::<R, _>(job, |_| memory::sleeps::<R>()))
            .judged_by(MEMORY)
            .hangs_after(MEMORY_HANGS_AFTER),
    ];
}

/// With what only tokio and heist have.
impl<R: TokioRt> On<R> {
    pub(crate) const TOKIO_RUNTIME: Table = Table(&[Self::SPAWN, Self::TASKS, Self::JOIN_SET]);
    pub(crate) const TOKIO_BLOCKING: Table = Table(&[Self::CLOSURES, Self::IN_PLACE]);

    const JOIN_SET: &[Entry] = &[contended("join_set_10000", |job| measure::<R, _>(job, join_set::large::<R>))];

    const IN_PLACE: &[Entry] = &[contended("block_in_place", |job| measure::<R, _>(job, blocking::in_place::<R>))];
}

fn closures<R: Rt>(job: &Job, tasks: usize, of_each: usize, closure: fn()) -> Sample {
    measure::<R, _>(job, |phases| blocking::closures::<R>(phases, tasks, of_each, closure))
}
