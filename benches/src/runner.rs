//! Runs all samples, interleaved so that whatever the machine does meanwhile hits all runtimes alike.

use std::io;
use std::path::Path;

use crate::adapters::{BASE, PEERS, Peer};
use crate::affinity;
use crate::job::Job;
use crate::options::Options;
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::workloads::Workload;

/// What a sample stands for in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// The runtime that the others are compared with.
    Base,
    /// The same runtime once more: what the comparison shows where there is no difference.
    Control,
    Peer(&'static str),
}

impl Contestant {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Base => BASE,
            Self::Control => "control",
            Self::Peer(name) => name,
        }
    }

    fn runtime(self) -> &'static str {
        match self {
            Self::Base | Self::Control => BASE,
            Self::Peer(name) => name,
        }
    }
}

/// One sample and its place in the comparison.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) round: usize,
    pub(crate) workload: Workload,
    pub(crate) workers: usize,
    pub(crate) contestant: Contestant,
    /// `None` if the child failed.
    pub(crate) sample: Option<Sample>,
}

/// Round by round, workload by workload, one contestant right after the other. Who goes first changes from round to
/// round, so that a place in the order favours nobody.
///
/// # Errors
///
/// If there is no place for scratch files.
pub(crate) fn run(options: &Options) -> io::Result<Vec<Record>> {
    let scratch = Scratch::new()?;
    let mut records = Vec::new();
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        for &workload in &options.workloads {
            for &workers in options.workers_for(workload) {
                let mut contestants = contestants(&options.peers, workload);
                let first = round % contestants.len();
                contestants.rotate_left(first);
                for contestant in contestants {
                    let sample = measure(options, workload, workers, contestant, scratch.path());
                    records.push(Record { round, workload, workers, contestant, sample });
                }
            }
        }
    }
    Ok(records)
}

/// The base and its control, and those of the peers asked for that can run the workload.
fn contestants(peers: &[&'static str], workload: Workload) -> Vec<Contestant> {
    let peers = PEERS.iter().filter(|peer: &&Peer| peers.contains(&peer.name) && peer.can_run(workload));
    let peers = peers.map(|peer| Contestant::Peer(peer.name));
    [Contestant::Base, Contestant::Control].into_iter().chain(peers).collect()
}

fn measure(
    options: &Options,
    workload: Workload,
    workers: usize,
    contestant: Contestant,
    scratch: &Path,
) -> Option<Sample> {
    let allowed = affinity::allowed();
    let (cpus, load_cpus) = match options.pin {
        true => affinity::split(&allowed, workers),
        false => (allowed.clone(), allowed),
    };
    let (runtime, measure, scratch) = (contestant.runtime(), options.measure, scratch.to_owned());
    let job = Job { runtime, workload, workers, measure, cpus, load_cpus, scratch };
    let result = job.run_in_child();
    if let Err(message) = &result {
        eprintln!("{} on {} with {workers} workers failed: {message}", workload.name(), job.runtime);
    }
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bare_server_takes_part_in_its_workload_only() {
        let epoll = Contestant::Peer("epoll");
        assert!(contestants(&["smol", "epoll"], Workload::TcpEcho).contains(&epoll));
        let others = contestants(&["smol", "epoll"], Workload::YieldLone);
        assert_eq!(others, [Contestant::Base, Contestant::Control, Contestant::Peer("smol")]);
    }
}
