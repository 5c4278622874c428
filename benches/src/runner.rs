//! Runs all samples, interleaved so that whatever the machine does meanwhile hits all runtimes alike.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::adapters::{BASE, PEERS, Peer};
use crate::affinity;
use crate::groups::Workload;
use crate::job::Job;
use crate::meter::Phases;
use crate::options::Options;
use crate::programs;
use crate::sample::Sample;
use crate::scratch::Scratch;

/// What starting a process, setting up and the end of a sample take: a guess for [`estimate`].
const AROUND_A_SAMPLE: Duration = Duration::from_millis(40);

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

    /// The contestant with that label.
    pub(crate) fn labelled(label: &str) -> Option<Self> {
        match label {
            BASE => Some(Self::Base),
            _ if label == Self::Control.label() => Some(Self::Control),
            _ => Peer::named(label).map(|peer| Self::Peer(peer.name)),
        }
    }

    /// All of them, in the order of tables.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let peers = PEERS.iter().map(|peer| peer.name).filter(|name| *name != BASE);
        [Self::Base, Self::Control].into_iter().chain(peers.map(Self::Peer))
    }

    fn runtime(self) -> &'static str {
        match self {
            Self::Base | Self::Control => BASE,
            Self::Peer(name) => name,
        }
    }
}

/// One sample and its place in the comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) round: usize,
    pub(crate) workload: Workload,
    pub(crate) workers: usize,
    pub(crate) contestant: Contestant,
    /// `None` if the child failed.
    pub(crate) sample: Option<Sample>,
}

/// Round by round, workload by workload, one contestant right after the other. Who goes first changes from round to
/// round, so that a place in the order favours nobody. Each sample is handed on as soon as it is there.
///
/// # Errors
///
/// If there is no place for scratch files, or what `done` says.
pub(crate) fn run(options: &Options, done: &mut dyn FnMut(Record) -> io::Result<()>) -> io::Result<()> {
    let scratch = Scratch::new()?;
    let left_out = left_out(options);
    for round in 0..options.rounds {
        eprintln!("round {} of {}", round + 1, options.rounds);
        for (workload, workers) in rows(options).filter(|(workload, _)| !left_out.contains(workload)) {
            let mut contestants = contestants(&options.peers, workload);
            let first = round % contestants.len();
            contestants.rotate_left(first);
            for contestant in contestants {
                let sample = measure(options, workload, workers, contestant, scratch.path());
                done(Record { round, workload, workers, contestant, sample })?;
            }
        }
    }
    Ok(())
}

/// About how long `run` takes.
pub(crate) fn estimate(options: &Options) -> Duration {
    let of_row = |(workload, _): (Workload, usize)| {
        let measure = workload.measured_for(options.measure);
        let sample = Phases::new(measure).length() + AROUND_A_SAMPLE;
        sample * contestants(&options.peers, workload).len() as u32
    };
    rows(options).map(of_row).sum::<Duration>() * options.rounds as u32
}

/// Workloads and numbers of workers.
fn rows(options: &Options) -> impl Iterator<Item = (Workload, usize)> {
    let with_workers = |&workload: &Workload| {
        let workers = options.workers_for(workload).iter();
        workers.map(move |&workers| (workload, workers))
    };
    options.workloads.iter().flat_map(with_workers)
}

/// The workloads that cannot be run here. Says why.
fn left_out(options: &Options) -> Vec<Workload> {
    let is_missing = |workload: &Workload| {
        let missing = workload.needs().filter(|program| !programs::is_installed(program));
        if let Some(program) = missing {
            eprintln!("{} is left out: it needs the program {program}, which is not installed", workload.name());
        }
        missing.is_some()
    };
    options.workloads.iter().copied().filter(is_missing).collect()
}

/// The base and its control, and those of the peers asked for that can run the workload.
fn contestants(peers: &[&'static str], workload: Workload) -> Vec<Contestant> {
    let peers = PEERS.iter().filter(|peer: &&Peer| peers.contains(&peer.name) && workload.runner(peer.name).is_some());
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
    let (runtime, measure, scratch) =
        (contestant.runtime(), workload.measured_for(options.measure), scratch.to_owned());
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
    fn every_label_leads_back() {
        for contestant in Contestant::all() {
            assert_eq!(Contestant::labelled(contestant.label()), Some(contestant));
        }
        assert_eq!(Contestant::labelled("tokyo"), None);
    }

    #[test]
    fn the_bare_server_takes_part_in_its_workload_only() {
        let epoll = Contestant::Peer("epoll");
        assert!(contestants(&["smol", "epoll"], Workload::named("tcp_echo").unwrap()).contains(&epoll));
        let others = contestants(&["smol", "epoll"], Workload::named("yield_lone").unwrap());
        assert_eq!(others, [Contestant::Base, Contestant::Control, Contestant::Peer("smol")]);
    }
}
