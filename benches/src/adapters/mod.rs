//! What is compared, by name.

mod heist;
mod smol;
mod tokio;

pub(crate) use self::heist::Heist;
pub(crate) use self::tokio::Tokio;

use crate::echo;
use crate::fairness::reading::Reading;
use crate::fairness::{self, Trial};
use crate::job::Job;
use crate::os;
use crate::rt::Rt;
use crate::sample::Sample;
use crate::sync;
use crate::table::{self, Table};
use crate::workloads::{self, Workload};

/// The runtime that all others are compared with.
pub(crate) const BASE: &str = "tokio";

/// A runtime, or something else that can run some of the workloads.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    runtime: Runs,
    sync: &'static Table,
    os: &'static Table,
    /// Runs a trial of the fairness table on it, in this process; `None` if it is no runtime.
    pub(crate) fairness: Option<fn(&Trial) -> Reading>,
}

/// What a peer runs of the group `runtime`, and how, in this process.
enum Runs {
    Nothing,
    Only(Workload, fn(&Job) -> Sample),
    All(fn(&Job) -> Sample),
}

/// Everything that can be compared, in the order of the table's columns.
pub(crate) const PEERS: &[Peer] = &[
    runtime::<Tokio>(BASE, &sync::TOKIO, &os::TOKIO),
    runtime::<Heist>("heist", &sync::HEIST, &os::HEIST),
    runtime::<smol::Smol>("smol", &table::NONE, &table::NONE),
    other("epoll", Runs::Only(Workload::TcpEcho, echo::epoll::run), &table::NONE),
    other("flume", Runs::Nothing, &sync::FLUME),
    other("async-channel", Runs::Nothing, &sync::ASYNC_CHANNEL),
];

/// A runtime, which can run the whole group `runtime`.
const fn runtime<R: Rt>(name: &'static str, sync: &'static Table, os: &'static Table) -> Peer {
    Peer { name, runtime: Runs::All(workloads::run::<R>), sync, os, fairness: Some(fairness::child::run::<R>) }
}

/// Something that is no runtime.
const fn other(name: &'static str, runtime: Runs, sync: &'static Table) -> Peer {
    Peer { name, runtime, sync, os: &table::NONE, fairness: None }
}

impl Peer {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PEERS.iter().find(|peer| peer.name == name)
    }

    pub(crate) fn can_run(&self, workload: Workload) -> bool {
        self.runner(workload).is_some()
    }

    /// What runs a job of that workload, in this process.
    pub(crate) fn runner(&self, workload: Workload) -> Option<fn(&Job) -> Sample> {
        match (workload, &self.runtime) {
            (Workload::Sync(name), _) => self.sync.entry(name).map(|entry| entry.run),
            (Workload::Os(name), _) => self.os.entry(name).map(|entry| entry.run),
            (_, Runs::All(run)) => Some(*run),
            (_, Runs::Only(only, run)) if *only == workload => Some(*run),
            _ => None,
        }
    }
}
