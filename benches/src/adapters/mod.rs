//! What is compared, by name.

mod heist;
mod smol;
mod tokio;

pub(crate) use self::heist::Heist;
pub(crate) use self::smol::Smol;
pub(crate) use self::tokio::Tokio;

use crate::fairness::reading::Reading;
use crate::fairness::{self, Trial};
use crate::rt::Rt;

/// The runtime that all others are compared with.
pub(crate) const BASE: &str = "tokio";

/// The runtime that the comparison is about.
pub(crate) const SUBJECT: &str = "heist";

/// A runtime, or something else that can run some of the workloads; `groups` says which.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// Runs a trial of the fairness table on it, in this process; `None` if it is no runtime.
    pub(crate) fairness: Option<fn(&Trial) -> Reading>,
}

/// Everything that can be compared, in the order of the table's columns.
pub(crate) const PEERS: &[Peer] = &[
    runtime::<Tokio>(BASE),
    runtime::<Heist>(SUBJECT),
    runtime::<Smol>("smol"),
    Peer { name: "epoll", fairness: None },
    Peer { name: "flume", fairness: None },
    Peer { name: "async-channel", fairness: None },
    Peer { name: "event-listener", fairness: None },
];

const fn runtime<R: Rt>(name: &'static str) -> Peer {
    Peer { name, fairness: Some(fairness::child::run::<R>) }
}

impl Peer {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PEERS.iter().find(|peer| peer.name == name)
    }
}
