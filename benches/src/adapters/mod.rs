//! The runtimes compared, by name.

mod heist;
mod smol;
mod tokio;

use crate::echo;
use crate::job::Job;
use crate::sample::Sample;
use crate::workloads::{self, Workload};

/// The runtime that all others are compared with.
pub(crate) const BASE: &str = "tokio";

/// A runtime, or something else that can run some of the workloads.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// The only workload it can run; all of them if `None`.
    pub(crate) only: Option<Workload>,
    /// Runs the job on it, in this process.
    pub(crate) run: fn(&Job) -> Sample,
}

/// Everything that can be compared, in the order of the table's columns.
pub(crate) const PEERS: &[Peer] = &[
    Peer { name: BASE, only: None, run: workloads::run::<tokio::Tokio> },
    Peer { name: "heist", only: None, run: workloads::run::<heist::Heist> },
    Peer { name: "smol", only: None, run: workloads::run::<smol::Smol> },
    Peer { name: "epoll", only: Some(Workload::TcpEcho), run: echo::epoll::run },
];

impl Peer {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PEERS.iter().find(|peer| peer.name == name)
    }

    pub(crate) fn can_run(&self, workload: Workload) -> bool {
        self.only.is_none_or(|only| only == workload)
    }
}
