//! The workloads, by name, and those of the group `runtime`, each of which is written once, for any `Rt`. The groups
//! `sync` and `os` are in `sync/` and `os/`.

mod join;
mod spawn;
mod timeouts;
mod wake;
mod yields;

use std::future::Future;

use crate::echo;
use crate::job::Job;
use crate::os;
use crate::rt::Rt;
use crate::sample::Sample;
use crate::sync;

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
    /// One of the group `sync`, by its name.
    Sync(&'static str),
    /// One of the group `os`, by its name.
    Os(&'static str),
}

/// The names of the groups, for `--group`.
pub(crate) const GROUPS: [&str; 3] = ["runtime", "sync", "os"];

impl Workload {
    /// The group `runtime`, in the order of the table.
    const RUNTIME: [Self; 11] = [
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
            Self::Sync(name) | Self::Os(name) => name,
        }
    }

    /// All of them, in the order of the table.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let sync = sync::TOKIO.names().map(Self::Sync);
        let os = os::TOKIO.names().map(Self::Os);
        Self::RUNTIME.into_iter().chain(sync).chain(os)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|workload| workload.name() == name)
    }

    /// One of [`GROUPS`].
    pub(crate) fn group(self) -> &'static str {
        let index = match self {
            Self::Sync(_) => 1,
            Self::Os(_) => 2,
            _ => 0,
        };
        GROUPS[index]
    }

    /// False if one worker shows all there is to see.
    pub(crate) fn is_contended(self) -> bool {
        match self {
            Self::Sync(name) => sync::TOKIO.entry(name).is_some_and(|entry| entry.contended),
            Self::Os(name) => os::TOKIO.entry(name).is_some_and(|entry| entry.contended),
            _ => true,
        }
    }
}

/// Starts the runtime and runs the job's workload, of the group `runtime`, on it.
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
        Workload::Sync(name) | Workload::Os(name) => panic!("{name} is run by its table"),
    }
}

/// Runs the future as a task, so that what it spawns comes from a worker.
pub(crate) fn on_worker<R: Rt>(rt: &R, future: impl Future<Output = Sample> + Send + 'static) -> Sample {
    rt.block_on(async { R::spawn(future).await })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for workload in Workload::all() {
            assert_eq!(Workload::named(workload.name()), Some(workload));
        }
        assert_eq!(Workload::named("spawn"), None);
    }

    #[test]
    fn every_workload_is_of_one_group() {
        let of = |group| Workload::all().filter(|workload| workload.group() == group).count();
        assert_eq!(GROUPS.map(of).iter().sum::<usize>(), Workload::all().count());
        assert_eq!(of("runtime"), Workload::RUNTIME.len());
    }
}
