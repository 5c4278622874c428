//! The file of samples: written line by line while they are measured, so that a run that is interrupted leaves what it
//! has, and read again for a report.
//!
//! A line is a JSON object. One with a `machine` begins a run, one with `seconds` ends it; one with a `workload` is a
//! sample, one with a `case` a trial of the fairness table. A failure is one without figures.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::adapters::Peer;
use crate::fairness::Trial;
use crate::fairness::case::Case;
use crate::fairness::reading::Reading;
use crate::groups::Workload;
use crate::json::Object;
use crate::results::{Results, Run};
use crate::runner::{Contestant, Record};
use crate::sample::Sample;

/// Where the lines go: to as many files as the options ask for.
#[derive(Debug, Default)]
pub(crate) struct Journal(Vec<File>);

impl Journal {
    /// Lines go to this file too from now on.
    pub(crate) fn add(&mut self, file: File) {
        self.0.push(file);
    }

    pub(crate) fn begin(&mut self, run: &Run) -> io::Result<()> {
        let object = Object::default().with_text("machine", &run.machine).with_text("command", &run.command);
        self.write(&object.with_text("date", &run.date))
    }

    pub(crate) fn end(&mut self, seconds: u64) -> io::Result<()> {
        self.write(&Object::default().with_number("seconds", seconds))
    }

    pub(crate) fn sample(&mut self, record: &Record) -> io::Result<()> {
        let object = Object::default()
            .with_number("round", record.round as u64)
            .with_text("workload", record.workload.name())
            .with_number("workers", record.workers as u64)
            .with_text("runtime", record.contestant.label());
        let fields = record.sample.iter().flat_map(Sample::fields);
        self.write(&fields.fold(object, |object, (name, value)| object.with_number(name, value)))
    }

    pub(crate) fn trial(&mut self, trial: &Trial, reading: Option<&Reading>) -> io::Result<()> {
        let object = Object::default()
            .with_text("case", trial.case.name())
            .with_number("workers", trial.workers as u64)
            .with_text("runtime", trial.runtime)
            .with_number("measure_ms", trial.measure.as_millis() as u64);
        let fields = reading.into_iter().flat_map(Reading::fields);
        self.write(&fields.fold(object, |object, (name, value)| object.with_number(name, value)))
    }

    /// One call of the system for each line, so that a line is there or not.
    fn write(&mut self, object: &Object) -> io::Result<()> {
        let line = format!("{object}\n");
        self.0.iter_mut().try_for_each(|file| file.write_all(line.as_bytes()))
    }
}

/// Reads a file of samples.
///
/// # Errors
///
/// Names the file and the line.
pub(crate) fn read(path: &Path) -> Result<Results, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn parse(text: &str) -> Result<Results, String> {
    let mut results = Results::default();
    for (index, line) in text.lines().enumerate() {
        line.parse()
            .and_then(|object| take(&object, &mut results))
            .map_err(|error| format!("line {}: {error}", index + 1))?;
    }
    match results.runs.is_empty() {
        true => Err("there is no sample in it".to_owned()),
        false => Ok(results),
    }
}

/// Adds a line to the results.
fn take(object: &Object, results: &mut Results) -> Result<(), String> {
    if let Some(machine) = object.text("machine") {
        let text = |name| object.text(name).unwrap_or_default().to_owned();
        let (command, date) = (text("command"), text("date"));
        results.runs.push(Run { command, machine: machine.to_owned(), date, seconds: None });
        return Ok(());
    }
    let run = results.runs.last_mut().ok_or("the first line does not say where the samples come from")?;
    if let Some(seconds) = object.number("seconds") {
        run.seconds = Some(seconds);
    } else if let Some(workload) = object.text("workload") {
        results.records.push(record(object, workload)?);
    } else if let Some(case) = object.text("case") {
        results.trials.push(trial(object, case)?);
    } else {
        return Err("neither a sample nor a trial".to_owned());
    }
    Ok(())
}

fn record(object: &Object, workload: &str) -> Result<Record, String> {
    let label = object.text("runtime").ok_or("there is no runtime")?;
    Ok(Record {
        round: number(object, "round")?,
        workload: Workload::named(workload).ok_or_else(|| format!("there is no workload {workload:?}"))?,
        workers: number(object, "workers")?,
        contestant: Contestant::labelled(label).ok_or_else(|| format!("there is no runtime {label:?}"))?,
        sample: figures(object, || Sample::from_fields(|name| object.number(name)))?,
    })
}

fn trial(object: &Object, case: &str) -> Result<(Trial, Option<Reading>), String> {
    let runtime = object.text("runtime").ok_or("there is no runtime")?;
    let trial = Trial {
        runtime: Peer::named(runtime).ok_or_else(|| format!("there is no runtime {runtime:?}"))?.name,
        case: Case::named(case).ok_or_else(|| format!("there is no case {case:?}"))?,
        workers: number(object, "workers")?,
        measure: Duration::from_millis(number(object, "measure_ms")? as u64),
    };
    Ok((trial, figures(object, || Reading::from_fields(|name| object.number(name)))?))
}

/// What `read` makes of the line; `None` if it has no figures because the child failed.
fn figures<T>(object: &Object, read: impl FnOnce() -> Result<T, String>) -> Result<Option<T>, String> {
    object.number("wall_ns").map(|_| read()).transpose()
}

fn number(object: &Object, name: &str) -> Result<usize, String> {
    let number = object.number(name).and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| format!("there is no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Latency;
    use crate::scratch::Scratch;

    fn run() -> Run {
        Run {
            command: "cargo \"x\"".to_owned(),
            machine: "µ, 2 cores".to_owned(),
            date: "2026-11-22".to_owned(),
            seconds: None,
        }
    }

    fn results() -> Results {
        let latency = Some(Latency { p50_ns: 4, p99_ns: 5, p999_ns: Some(6) });
        let sample = Sample { ops: 1, wall_ns: 2, cpu_ns: 3, latency, bytes: Some(7), switches: None };
        let workload = Workload::named("tcp_echo").unwrap();
        let record = |contestant, sample| Record { round: 3, workload, workers: 2, contestant, sample };
        let trial = Trial { runtime: "smol", case: Case::Yield, workers: 2, measure: Duration::from_secs(2) };
        let reading = Reading { tick_ns: 1, echo_ns: 2, thread_wake_ns: 3, task_wake_ns: 4, cpu_ns: 5, wall_ns: 6 };
        Results {
            runs: vec![Run { seconds: Some(9), ..run() }],
            records: vec![record(Contestant::Control, Some(sample)), record(Contestant::Peer("epoll"), None)],
            trials: vec![(trial, Some(reading)), (Trial { runtime: "tokio", ..trial }, None)],
        }
    }

    fn written(path: &Path, results: &Results) {
        let mut journal = Journal::default();
        journal.add(File::create(path).unwrap());
        journal.begin(&results.runs[0]).unwrap();
        results.records.iter().for_each(|record| journal.sample(record).unwrap());
        results.trials.iter().for_each(|(trial, reading)| journal.trial(trial, reading.as_ref()).unwrap());
        journal.end(9).unwrap();
    }

    #[test]
    fn results_survive_the_file() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join("samples");
        written(&path, &results());
        assert_eq!(read(&path), Ok(results()));
    }

    #[test]
    fn an_interrupted_run_can_be_read() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().join("samples");
        written(&path, &results());
        let whole = fs::read_to_string(&path).unwrap();
        let beginning: Vec<&str> = whole.lines().take(2).collect();
        let read = parse(&beginning.join("\n")).unwrap();
        assert_eq!(read.runs, [run()]);
        assert_eq!(read.records, results().records[..1]);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let line = |rest: &str| format!("{{\"machine\": \"m\"}}\n{{{rest}}}");
        let cases = [
            ("".to_owned(), "there is no sample in it"),
            ("{\"seconds\": 1}".to_owned(), "line 1: the first line does not say where the samples come from"),
            (line("\"a\": 1"), "line 2: neither a sample nor a trial"),
            (line("\"a\""), "line 2: '}' in place of ':'"),
            (line("\"workload\": \"tcp_echo\""), "line 2: there is no runtime"),
            (
                line("\"workload\": \"none\", \"runtime\": \"tokio\", \"round\": 0"),
                "line 2: there is no workload \"none\"",
            ),
            (
                line("\"workload\": \"tcp_echo\", \"runtime\": \"tokyo\", \"round\": 0, \"workers\": 1"),
                "line 2: there is no runtime \"tokyo\"",
            ),
            (
                line(
                    "\"workload\": \"tcp_echo\", \"runtime\": \"tokio\", \"round\": 0, \"workers\": 1, \"wall_ns\": 1",
                ),
                "line 2: there is no ops",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(&text), Err(message.to_owned()), "{text}");
        }
        let error = read(Path::new("/nowhere/samples")).unwrap_err();
        assert!(error.starts_with("cannot read /nowhere/samples: "), "{error}");
    }
}
