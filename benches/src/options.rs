//! The command line of the parent.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::adapters::{BASE, PEERS, Peer};
use crate::groups::{GROUPS, Group, Workload};

const ROUNDS: usize = 7;
const MEASURE: Duration = Duration::from_millis(250);

const FAIRNESS_ROUNDS: usize = 5;
const FAIRNESS_MEASURE: Duration = Duration::from_millis(2000);
const FAIRNESS_WORKERS: usize = 2;

const QUICK_ROUNDS: usize = 1;
const QUICK_MEASURE: Duration = Duration::from_millis(60);
/// Long enough for a stall.
const QUICK_FAIRNESS_MEASURE: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) enum Request {
    Run(Options),
    Render(Sources),
    Help,
}

/// What is to be measured, and where it goes.
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
    /// The fairness table, if it is wanted.
    pub(crate) fairness: Option<Plan>,
    /// A file that the samples are written to besides.
    pub(crate) json: Option<PathBuf>,
    pub(crate) destination: Destination,
}

/// How the fairness table is measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) workers: Vec<usize>,
    pub(crate) measure: Duration,
}

/// Where the report goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Destination {
    pub(crate) folder: Folder,
    /// Of its files, without an extension.
    pub(crate) name: Option<String>,
}

/// The folder of the report's files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Folder {
    /// The report is only printed.
    #[default]
    None,
    /// That of the repository, `docs/benchmarks`.
    OfReports,
    Named(PathBuf),
}

/// Files of samples, of which a report is made without measuring.
#[derive(Debug, PartialEq)]
pub(crate) struct Sources {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) destination: Destination,
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
    let workloads = GROUPS.iter().map(|group| {
        let names: Vec<_> = group.workloads().map(Workload::name).collect();
        format!("Workloads of the group {}: {}", group.name, names.join(" "))
    });
    let workloads = workloads.collect::<Vec<_>>().join("\n");
    let groups = GROUPS.iter().map(|group| group.name).collect::<Vec<_>>().join(", ");
    let peers = peers().collect::<Vec<_>>().join(" ");
    format!(
        "\
Usage: heist-benches [OPTIONS]

Compares runtimes with {BASE}, each sample in a fresh process, and prints tables in Markdown. A run of everything, with
none of --only, --group, --fairness and --quick, also writes them to docs/benchmarks, with a picture.

Options:
  --rounds N        samples of each kind [default: {ROUNDS}, of the fairness table {FAIRNESS_ROUNDS}]
  --workers LIST    numbers of worker threads [default: 1,2, of the fairness table {FAIRNESS_WORKERS}]
  --only LIST       workloads to run [default: all]
  --group LIST      groups whose workloads to run: {groups}
  --fairness        the fairness table: how long timers, sockets and wakes wait while other tasks misbehave; alone, or
                    besides what --only and --group name
  --peers LIST      what to compare with {BASE} [default: all]
  --pin             confine each runtime to as many CPUs as it has workers
  --quick           {QUICK_ROUNDS} round of {QUICK_MEASURE:?} samples, not {ROUNDS} of {MEASURE:?}: checks that all runs
  --out FOLDER      write the report there: NAME.md, NAME.svg and, while they are measured, the samples to NAME.jsonl
  --name NAME       of these files [default: the date]
  --json FILE       write the samples to FILE, while they are measured
  --from FILE       measure nothing: make the report of samples that were written before; several are joined
  --help            print this text

A LIST has its entries separated by commas.
{workloads}
Peers: {peers}
"
    )
}

/// What the arguments say, before defaults.
#[derive(Debug, Default)]
struct Given {
    rounds: Option<usize>,
    workers: Option<Vec<usize>>,
    workloads: Option<Vec<Workload>>,
    peers: Option<Vec<&'static str>>,
    pin: bool,
    quick: bool,
    fairness: bool,
    out: Option<PathBuf>,
    name: Option<String>,
    json: Option<PathBuf>,
    from: Vec<PathBuf>,
}

/// Reads the arguments after the program's name. The error is a message for the user.
pub(crate) fn parse(arguments: &[String]) -> Result<Request, String> {
    let mut given = Given::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => return Ok(Request::Help),
            "--rounds" => given.rounds = Some(positive(value()?)?),
            "--workers" => given.workers = Some(list(value()?, positive)?),
            "--only" => given.add(list(value()?, workload)?),
            "--group" => given.add(groups(value()?)?),
            "--peers" => given.peers = Some(list(value()?, peer)?),
            "--pin" => given.pin = true,
            "--quick" => given.quick = true,
            "--fairness" => given.fairness = true,
            "--out" => given.out = Some(value()?.into()),
            "--name" => given.name = Some(file_name(value()?)?),
            "--json" => given.json = Some(value()?.into()),
            "--from" => given.from.push(value()?.into()),
            // What `cargo bench` adds.
            "--bench" => {}
            _ => return Err(format!("unknown argument {argument:?}")),
        }
    }
    match given.from.is_empty() {
        true => given.into_run().map(Request::Run),
        false => given.into_sources().map(Request::Render),
    }
}

impl Given {
    /// Adds workloads to those named so far.
    fn add(&mut self, workloads: impl IntoIterator<Item = Workload>) {
        let known = self.workloads.get_or_insert_default();
        for workload in workloads {
            if !known.contains(&workload) {
                known.push(workload);
            }
        }
    }

    fn into_run(self) -> Result<Options, String> {
        let is_part = self.workloads.is_some() || self.fairness;
        let folder = match self.out {
            Some(folder) => Folder::Named(folder),
            None if is_part || self.quick => Folder::None,
            None => Folder::OfReports,
        };
        if self.name.is_some() && folder == Folder::None {
            return Err("--name goes with --out".to_owned());
        }
        let (rounds, measure) = if self.quick { (QUICK_ROUNDS, QUICK_MEASURE) } else { (ROUNDS, MEASURE) };
        let plan =
            if self.quick { (QUICK_ROUNDS, QUICK_FAIRNESS_MEASURE) } else { (FAIRNESS_ROUNDS, FAIRNESS_MEASURE) };
        let plan = Plan {
            rounds: self.rounds.unwrap_or(plan.0),
            workers: self.workers.clone().unwrap_or_else(|| vec![FAIRNESS_WORKERS]),
            measure: plan.1,
        };
        Ok(Options {
            rounds: self.rounds.unwrap_or(rounds),
            workers: self.workers.unwrap_or_else(|| vec![1, 2]),
            workloads: match self.workloads {
                Some(workloads) => workloads,
                None if self.fairness => Vec::new(),
                None => Workload::all().collect(),
            },
            peers: self.peers.unwrap_or_else(|| peers().collect()),
            measure,
            pin: self.pin,
            fairness: (self.fairness || !is_part).then_some(plan),
            json: self.json,
            destination: Destination { folder, name: self.name },
        })
    }

    fn into_sources(self) -> Result<Sources, String> {
        let measures =
            self.rounds.is_some() || self.workers.is_some() || self.workloads.is_some() || self.peers.is_some();
        if measures || self.pin || self.quick || self.fairness || self.json.is_some() {
            return Err("--from goes with --out and --name only".to_owned());
        }
        if self.name.is_some() && self.out.is_none() {
            return Err("--name goes with --out".to_owned());
        }
        let folder = self.out.map_or(Folder::None, Folder::Named);
        Ok(Sources { files: self.from, destination: Destination { folder, name: self.name } })
    }
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

/// The workloads of all groups of the list.
fn groups(names: &str) -> Result<Vec<Workload>, String> {
    let mut workloads = Vec::new();
    for name in names.split(',') {
        workloads.extend(Group::named(name).ok_or_else(|| format!("there is no group {name:?}"))?.workloads());
    }
    Ok(workloads)
}

fn file_name(name: &str) -> Result<String, String> {
    match name.is_empty() || name.contains('/') {
        true => Err(format!("{name:?} is not the name of a file: the folder is that of --out")),
        false => Ok(name.to_owned()),
    }
}

fn peer(name: &str) -> Result<&'static str, String> {
    let peer = Peer::named(name).filter(|peer| peer.name != BASE);
    peer.map(|peer| peer.name).ok_or_else(|| format!("there is no peer {name:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fairness, runner};

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
        assert_eq!(options.fairness.map(|plan| plan.rounds), Some(FAIRNESS_ROUNDS));
        assert!(!options.peers.contains(&BASE));
        assert_eq!(options.destination, Destination { folder: Folder::OfReports, name: None });
    }

    #[test]
    fn the_whole_takes_less_than_forty_minutes() {
        let options = options("");
        let plan = options.fairness.as_ref().unwrap();
        let whole = runner::estimate(&options) + fairness::estimate(&options, plan);
        assert!(whole < Duration::from_secs(40 * 60), "{whole:?}: lower ROUNDS");
    }

    #[test]
    fn all_options_are_read() {
        let options =
            options("--only fork_join,tcp_echo --workers 2,1,2 --peers smol --pin --json a.json --out b --name c");
        let names: Vec<_> = options.workloads.iter().map(|workload| workload.name()).collect();
        assert_eq!(names, ["fork_join", "tcp_echo"]);
        assert_eq!((options.workers, options.fairness), (vec![2, 1], None));
        assert_eq!(options.peers, ["smol"]);
        assert!(options.pin);
        assert_eq!(options.json, Some("a.json".into()));
        let destination = Destination { folder: Folder::Named("b".into()), name: Some("c".to_owned()) };
        assert_eq!(options.destination, destination);
    }

    #[test]
    fn parts_are_printed_unless_they_have_a_folder() {
        for line in ["--quick", "--group sync", "--only tcp_echo", "--fairness"] {
            assert_eq!(options(line).destination.folder, Folder::None, "{line}");
            let line = format!("{line} --out a");
            assert_eq!(options(&line).destination.folder, Folder::Named("a".into()), "{line}");
        }
    }

    #[test]
    fn groups_are_chosen_by_their_names() {
        let options = options("--group sync,os --only yield_lone --workers 2");
        let groups: Vec<&str> = options.workloads.iter().map(|workload| workload.group().name).collect();
        for group in ["sync", "os", "runtime"] {
            assert!(groups.contains(&group), "{groups:?}");
        }
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
        let plan = |line| options(line).fairness;
        let usual = Plan { rounds: FAIRNESS_ROUNDS, workers: vec![2], measure: FAIRNESS_MEASURE };
        assert_eq!(plan("--fairness --peers heist"), Some(usual));
        let asked = Plan { rounds: 1, workers: vec![4], measure: QUICK_FAIRNESS_MEASURE };
        assert_eq!(plan("--fairness --quick --rounds 1 --workers 4"), Some(asked));
        assert_eq!(plan("--group sync"), None);
        assert!(options("--fairness").workloads.is_empty());
        let both = options("--fairness --only tcp_echo");
        assert!(both.fairness.is_some() && both.workloads.len() == 1);
    }

    #[test]
    fn samples_of_before_need_no_options() {
        let sources = |line| match parse_line(line) {
            Ok(Request::Render(sources)) => sources,
            other => panic!("{line}: {other:?}"),
        };
        let files = vec!["a".into(), "b".into()];
        let destination = Destination { folder: Folder::Named("c".into()), name: Some("d".to_owned()) };
        assert_eq!(sources("--from a --out c --from b --name d"), Sources { files, destination });
        assert_eq!(sources("--from a").destination, Destination::default());
    }

    #[test]
    fn help_wins() {
        assert!(matches!(parse_line("--pin --help"), Ok(Request::Help)));
        assert!(usage().contains("tcp_echo"));
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let lines = "--rounds|--rounds 0|--rounds x|--workers 1,|--only spawn|--group spawn|--group sync,|--peers tokio|\
            --fast|tcp_echo|--json|--out|--quick --name a|--out a --name b/c|--from|--from a --rounds 2|--from a --name b";
        for line in lines.split('|') {
            assert!(parse_line(line).is_err(), "{line}");
        }
    }
}
