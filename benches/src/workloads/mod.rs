//! The workloads, by name. Each is written once, for any `Rt`.

mod join;
mod spawn;
mod timeouts;
mod wake;
mod yields;

use std::future::Future;

use crate::echo;
use crate::job::Job;
use crate::rt::Rt;
use crate::sample::Sample;

/// A workload; what each does is told in `README.md` and where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    SpawnLocal,
    SpawnRemote,
    SpawnBlockOn,
    ChainedSpawn,
    ForkJoin,
    YieldMany,
    YieldLone,
    PingPong,
    TimeoutPending,
    TimeoutReady,
    TcpEcho,
}

impl Workload {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 11] = [
        Self::SpawnLocal,
        Self::SpawnRemote,
        Self::SpawnBlockOn,
        Self::ChainedSpawn,
        Self::ForkJoin,
        Self::YieldMany,
        Self::YieldLone,
        Self::PingPong,
        Self::TimeoutPending,
        Self::TimeoutReady,
        Self::TcpEcho,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SpawnLocal => "spawn_local",
            Self::SpawnRemote => "spawn_remote",
            Self::SpawnBlockOn => "spawn_block_on",
            Self::ChainedSpawn => "chained_spawn",
            Self::ForkJoin => "fork_join",
            Self::YieldMany => "yield_many",
            Self::YieldLone => "yield_lone",
            Self::PingPong => "ping_pong",
            Self::TimeoutPending => "timeout_pending",
            Self::TimeoutReady => "timeout_ready",
            Self::TcpEcho => "tcp_echo",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.name() == name)
    }
}

/// Starts the runtime and runs the job's workload on it.
pub(crate) fn run<R: Rt>(job: &Job) -> Sample {
    let rt = R::start(job.workers);
    let phases = job.phases();
    match job.workload {
        Workload::SpawnLocal => on_worker(&rt, spawn::batches::<R>(phases)),
        Workload::SpawnRemote => spawn::from_threads(&rt, phases),
        Workload::SpawnBlockOn => rt.block_on(spawn::batches::<R>(phases)),
        Workload::ChainedSpawn => on_worker(&rt, join::chain::<R>(phases)),
        Workload::ForkJoin => on_worker(&rt, join::tree::<R>(phases)),
        Workload::YieldMany => on_worker(&rt, yields::many::<R>(phases)),
        Workload::YieldLone => on_worker(&rt, yields::lone::<R>(phases)),
        Workload::PingPong => on_worker(&rt, wake::ping_pong::<R>(phases)),
        Workload::TimeoutPending => on_worker(&rt, timeouts::pending::<R>(phases, job.workers)),
        Workload::TimeoutReady => on_worker(&rt, timeouts::ready::<R>(phases, job.workers)),
        Workload::TcpEcho => echo::server::run(&rt, job),
    }
}

/// Runs the future as a task, so that what it spawns comes from a worker.
fn on_worker<R: Rt>(rt: &R, future: impl Future<Output = Sample> + Send + 'static) -> Sample {
    rt.block_on(async { R::spawn(future).await })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for workload in Workload::ALL {
            assert_eq!(Workload::named(workload.name()), Some(workload));
        }
        assert_eq!(Workload::named("spawn"), None);
    }
}
