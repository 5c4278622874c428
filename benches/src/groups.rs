//! The groups of workloads: which there are, and who takes part in each.
//!
//! A new group is a line in [`GROUPS`] and a table for each peer; the first table is the base's.

use std::fmt;
use std::time::Duration;

use crate::adapters::{BASE, Heist, Smol, Tokio};
use crate::echo::datagrams;
use crate::echo::epoll::Epoll;
use crate::figure::Figure;
use crate::job::Job;
use crate::sample::Sample;
use crate::table::{Entry, Table};
use crate::workloads::On;
use crate::{net, os, sync};

/// Workloads that belong together, measured with the same peers.
pub(crate) struct Group {
    /// For `--group`.
    pub(crate) name: &'static str,
    /// Peers by name and what each can run. Every workload is in the table of [`BASE`].
    tables: &'static [(&'static str, &'static Table)],
}

/// All groups, in the order of the report.
pub(crate) static GROUPS: &[Group] = &[
    Group {
        name: "runtime",
        tables: &[
            (BASE, &On::<Tokio>::TOKIO_RUNTIME),
            ("heist", &On::<Heist>::TOKIO_RUNTIME),
            ("smol", &On::<Smol>::RUNTIME),
        ],
    },
    Group {
        name: "net",
        tables: &[
            (BASE, &net::On::<Tokio>::ALL),
            ("heist", &net::On::<Heist>::ALL),
            ("smol", &net::On::<Smol>::SOCKETS),
            ("epoll", &net::On::<Epoll>::BARE),
        ],
    },
    Group {
        name: "time",
        tables: &[(BASE, &On::<Tokio>::TIME), ("heist", &On::<Heist>::TIME), ("smol", &On::<Smol>::TIME)],
    },
    Group {
        name: "blocking",
        tables: &[
            (BASE, &On::<Tokio>::TOKIO_BLOCKING),
            ("heist", &On::<Heist>::TOKIO_BLOCKING),
            ("smol", &On::<Smol>::BLOCKING),
        ],
    },
    Group {
        name: "memory",
        tables: &[(BASE, &On::<Tokio>::MEMORY), ("heist", &On::<Heist>::MEMORY), ("smol", &On::<Smol>::MEMORY)],
    },
    Group {
        name: "sync",
        tables: &[
            (BASE, &sync::TOKIO),
            ("heist", &sync::HEIST),
            ("flume", &sync::FLUME),
            ("event-listener", &sync::EVENT_LISTENER),
            ("async-channel", &sync::ASYNC_CHANNEL),
        ],
    },
    Group { name: "os", tables: &[(BASE, &os::TOKIO), ("heist", &os::HEIST), ("epoll", &datagrams::TABLE)] },
];

impl Group {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        GROUPS.iter().find(|group| group.name == name)
    }

    /// Its workloads, in the order of the report.
    pub(crate) fn workloads(&'static self) -> impl Iterator<Item = Workload> {
        self.table(BASE).into_iter().flat_map(Table::entries).map(move |entry| Workload { group: self, entry })
    }

    fn table(&self, peer: &str) -> Option<&'static Table> {
        self.tables.iter().find(|(name, _)| *name == peer).map(|(_, table)| *table)
    }
}

/// A workload; what each does is told in `README.md` and where it is written.
#[derive(Clone, Copy)]
pub(crate) struct Workload {
    group: &'static Group,
    /// The base's.
    entry: &'static Entry,
}

impl Workload {
    /// All of them, in the order of the report.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        GROUPS.iter().flat_map(Group::workloads)
    }

    /// Names are unique across the groups.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|workload| workload.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry.name
    }

    pub(crate) fn group(self) -> &'static Group {
        self.group
    }

    /// Whether it is run with several numbers of workers.
    pub(crate) fn is_contended(self) -> bool {
        self.entry.contended
    }

    /// What its samples are compared by.
    pub(crate) fn judged_by(self) -> &'static [Figure] {
        self.entry.judged_by
    }

    /// The length of its measured part where the options ask for `usual`.
    pub(crate) fn measured_for(self, usual: Duration) -> Duration {
        self.entry.lasts.unwrap_or(usual)
    }

    /// A child that has no result by then ends with an error.
    pub(crate) fn hangs_after(self) -> Duration {
        self.entry.hangs_after
    }

    /// A program of the system without which it cannot be run.
    pub(crate) fn needs(self) -> Option<&'static str> {
        self.entry.needs
    }

    /// What runs a job of it on that peer, in this process; `None` if the peer takes no part.
    pub(crate) fn runner(self, peer: &str) -> Option<fn(&Job) -> Sample> {
        Some(self.group.table(peer)?.entry(self.name())?.run)
    }
}

impl PartialEq for Workload {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for Workload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::Peer;

    #[test]
    fn every_name_leads_back() {
        for workload in Workload::all() {
            let found = Workload::named(workload.name()).unwrap();
            assert_eq!(found.group().name, workload.group().name, "{workload:?} is in two groups");
        }
        assert_eq!(Workload::named("spawn"), None);
    }

    #[test]
    fn no_name_is_taken_twice() {
        let mut names: Vec<_> = Workload::all().map(Workload::name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn peers_are_known_and_run_nothing_that_the_base_does_not() {
        for group in GROUPS {
            for (peer, table) in group.tables {
                assert!(Peer::named(peer).is_some(), "{peer}");
                let base = group.table(BASE).expect("the base takes part everywhere");
                assert!(table.entries().all(|entry| base.entry(entry.name).is_some()), "{} of {peer}", group.name);
            }
        }
    }

    #[test]
    fn heist_runs_everything() {
        for workload in Workload::all() {
            assert!(workload.runner("heist").is_some(), "{workload:?}");
            assert!(!workload.judged_by().is_empty(), "{workload:?}");
        }
    }
}
