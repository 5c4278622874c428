//! The command line of the parent.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::adapters::{BASE, PEERS, Peer};
use crate::workloads::{GROUPS, Workload};

const ROUNDS: usize = 10;
const MEASURE: Duration = Duration::from_millis(250);

const FAIRNESS_ROUNDS: usize = 5;
const FAIRNESS_MEASURE: Duration = Duration::from_millis(2000);
const FAIRNESS_WORKERS: usize = 2;

const QUICK_ROUNDS: usize = 3;
const QUICK_MEASURE: Duration = Duration::from_millis(60);
/// Long enough for a stall.
const QUICK_FAIRNESS_MEASURE: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) enum Request {
    Run(Options),
    Help,
}

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) workers: Vec<usize>,
    pub(crate) workloads: Vec<Workload>,
    /// What is compared with the base.
    pub(crate) peers: Vec<&'static str>,
    /// Length of the measured part of a sample.
    pub(crate) measure: Duration,
    pub(crate) pin: bool,
    /// The fairness table in place of the workloads.
    pub(crate) fairness: bool,
    pub(crate) json: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rounds: ROUNDS,
            workers: vec![1, 2],
            workloads: Workload::all().collect(),
            peers: peers().collect(),
            measure: MEASURE,
            pin: false,
            fairness: false,
            json: None,
        }
    }
}

impl Options {
    /// The numbers of workers to run a workload with: only 1 for a workload that has no use for more.
    pub(crate) fn workers_for(&self, workload: Workload) -> &[usize] {
        if workload.is_contended() { &self.workers } else { &[1] }
    }
}

fn peers() -> impl Iterator<Item = &'static str> {
    PEERS.iter().map(|peer| peer.name).filter(|name| *name != BASE)
}

/// The text of `--help`.
pub(crate) fn usage() -> String {
    let workloads = GROUPS.map(|group| {
        let names: Vec<_> = of_group(group).into_iter().map(Workload::name).collect();
        format!("Workloads of the group {group}: {}", names.join(" "))
    });
    let workloads = workloads.join("\n");
    let groups = GROUPS.join(", ");
    let peers = peers().collect::<Vec<_>>().join(" ");
    format!(
        "\
Usage: heist-benches [OPTIONS]

Compares runtimes with {BASE}, each sample in a fresh process, and prints Markdown tables.

Options:
  --rounds N        samples of each kind [default: {ROUNDS}]
  --workers LIST    numbers of worker threads [default: 1,2]
  --only LIST       workloads to run [default: all]
  --group NAME      the workloads of a group to run: {groups}
  --peers LIST      what to compare with {BASE} [default: all]
  --pin             confine each runtime to as many CPUs as it has workers
  --quick           {QUICK_ROUNDS} rounds of {QUICK_MEASURE:?} samples, not {ROUNDS} of {MEASURE:?}: checks that all runs
  --fairness        how long timers, sockets and wakes wait while other tasks misbehave, with {FAIRNESS_WORKERS} workers,
                    {FAIRNESS_ROUNDS} rounds of {FAIRNESS_MEASURE:?} samples; a table of its own, without --only, --group, --json
  --json FILE       write all samples to FILE as well
  --help            print this text

A LIST has its entries separated by commas.
{workloads}
Peers: {peers}
"
    )
}

/// Reads the arguments after the program's name. The error is a message for the user.
pub(crate) fn parse(arguments: &[String]) -> Result<Request, String> {
    let mut options = Options::default();
    let (mut rounds, mut workers, mut quick) = (None, None, false);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => return Ok(Request::Help),
            "--rounds" => rounds = Some(positive(value()?)?),
            "--workers" => workers = Some(list(value()?, positive)?),
            "--only" => options.workloads = list(value()?, workload)?,
            "--group" => options.workloads = group(value()?)?,
            "--peers" => options.peers = list(value()?, peer)?,
            "--pin" => options.pin = true,
            "--quick" => quick = true,
            "--fairness" => options.fairness = true,
            "--json" => options.json = Some(value()?.into()),
            // What `cargo bench` adds.
            "--bench" => {}
            _ => return Err(format!("unknown argument {argument:?}")),
        }
    }
    (options.rounds, options.measure) = match (options.fairness, quick) {
        (false, false) => (ROUNDS, MEASURE),
        (false, true) => (QUICK_ROUNDS, QUICK_MEASURE),
        (true, false) => (FAIRNESS_ROUNDS, FAIRNESS_MEASURE),
        (true, true) => (QUICK_ROUNDS, QUICK_FAIRNESS_MEASURE),
    };
    if options.fairness {
        options.workers = vec![FAIRNESS_WORKERS];
        if options.json.is_some() || !options.workloads.iter().copied().eq(Workload::all()) {
            return Err("--fairness goes with none of --json, --only and --group".to_owned());
        }
    }
    options.rounds = rounds.unwrap_or(options.rounds);
    options.workers = workers.unwrap_or(options.workers);
    Ok(Request::Run(options))
}

/// The entries of a list, each once, in the order given.
fn list<T: PartialEq>(text: &str, entry: fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let mut entries = Vec::new();
    for text in text.split(',') {
        let entry = entry(text)?;
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn positive(text: &str) -> Result<usize, String> {
    let number = usize::from_str(text).ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("{text:?} is not a positive number"))
}

fn workload(name: &str) -> Result<Workload, String> {
    Workload::named(name).ok_or_else(|| format!("there is no workload {name:?}"))
}

fn group(name: &str) -> Result<Vec<Workload>, String> {
    let group = Some(of_group(name)).filter(|workloads| !workloads.is_empty());
    group.ok_or_else(|| format!("there is no group {name:?}"))
}

fn of_group(name: &str) -> Vec<Workload> {
    Workload::all().filter(|workload| workload.group() == name).collect()
}

fn peer(name: &str) -> Result<&'static str, String> {
    let peer = Peer::named(name).filter(|peer| peer.name != BASE);
    peer.map(|peer| peer.name).ok_or_else(|| format!("there is no peer {name:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Request, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn options(line: &str) -> Options {
        match parse_line(line) {
            Ok(Request::Run(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn nothing_asks_for_everything() {
        let options = options("");
        assert!(options.workloads.iter().copied().eq(Workload::all()));
        assert_eq!((options.rounds, options.measure), (ROUNDS, MEASURE));
        assert!(!options.peers.contains(&BASE));
    }

    #[test]
    fn all_options_are_read() {
        let options = options("--only fork_join,tcp_echo --workers 2,1,2 --peers smol --pin --json a.json");
        assert_eq!(options.workloads, [Workload::ForkJoin, Workload::TcpEcho]);
        assert_eq!(options.workers, [2, 1]);
        assert_eq!(options.peers, ["smol"]);
        assert!(options.pin);
        assert_eq!(options.json, Some("a.json".into()));
    }

    #[test]
    fn a_group_is_chosen_by_its_name() {
        let options = options("--group sync --workers 2");
        assert!(!options.workloads.is_empty());
        assert!(options.workloads.iter().all(|workload| matches!(workload, Workload::Sync(_))));
        assert_eq!(options.workers_for(Workload::named("mpsc_1").unwrap()), [2]);
        assert_eq!(options.workers_for(Workload::named("oneshot_create").unwrap()), [1]);
    }

    #[test]
    fn rounds_hold_on_either_side_of_quick() {
        for line in ["--rounds 5 --quick", "--quick --rounds 5"] {
            let options = options(line);
            assert_eq!((options.rounds, options.measure), (5, QUICK_MEASURE));
        }
    }

    #[test]
    fn the_fairness_table_has_its_own_defaults() {
        let options = options("--fairness --peers heist");
        assert_eq!((options.rounds, options.measure), (FAIRNESS_ROUNDS, FAIRNESS_MEASURE));
        assert_eq!((options.workers, options.peers), (vec![2], vec!["heist"]));
        let options = self::options("--fairness --quick --rounds 1 --workers 4");
        assert_eq!((options.rounds, options.measure), (1, QUICK_FAIRNESS_MEASURE));
        assert_eq!(options.workers, [4]);
    }

    #[test]
    fn help_wins() {
        assert!(matches!(parse_line("--pin --help"), Ok(Request::Help)));
        assert!(usage().contains("tcp_echo"));
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let lines = "--rounds|--rounds 0|--rounds x|--workers 1,|--only spawn|--group spawn|--peers tokio|--fast|tcp_echo|--json|--fairness --json a";
        for line in lines.split('|') {
            assert!(parse_line(line).is_err(), "{line}");
        }
    }
}
