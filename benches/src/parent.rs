//! The parent: measures what the options ask for, or reads what was measured before, and makes the report.

use std::env;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::journal::{self, Journal};
use crate::options::{Destination, Folder, Options, Sources};
use crate::output::{self, Output};
use crate::results::{Results, Run};
use crate::{fairness, machine, report, runner};

/// Measures, prints the report and writes its files. Whether all samples succeeded.
///
/// # Errors
///
/// If files cannot be written: before anything is measured, as far as that can be known.
pub(crate) fn measure(options: &Options, arguments: &[String]) -> Result<bool, String> {
    let run = Run { command: command(arguments), machine: machine::line(), date: machine::date(), seconds: None };
    let output = files(&options.destination, &run.date, output::ALL)?;
    let mut journal = journal(options, output.as_ref())?;
    if cfg!(debug_assertions) {
        eprintln!("this is not an optimized build: the figures mean nothing");
    }
    eprintln!("about {}", report::duration(estimate(options).as_secs()));

    let start = Instant::now();
    let mut results = Results { runs: vec![run], ..Results::default() };
    run_all(options, &mut results, &mut journal).map_err(|error| format!("the run ends here: {error}"))?;
    let seconds = start.elapsed().as_secs();
    eprintln!("took {}", report::duration(seconds));
    results.runs[0].seconds = Some(seconds);
    journal.end(seconds).map_err(|error| format!("cannot write the samples: {error}"))?;
    finish(&results, output.as_ref())
}

/// Makes the report of samples that were written before. Whether all of them succeeded.
///
/// # Errors
///
/// If files cannot be read or written.
pub(crate) fn render(sources: &Sources) -> Result<bool, String> {
    let mut results = Results::default();
    for file in &sources.files {
        results.join(journal::read(file)?);
    }
    let name = sources.files.first().and_then(|file| file.file_stem()).map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(machine::date);
    finish(&results, files(&sources.destination, &name, output::WITHOUT_SAMPLES)?.as_ref())
}

fn finish(results: &Results, output: Option<&Output>) -> Result<bool, String> {
    let picture = report::draw(results);
    let picture_name = output.filter(|_| picture.is_some()).map(Output::picture_name);
    let text = report::render(results, picture_name.as_deref());
    print!("{text}");
    if let Some(output) = output {
        output.markdown(&text)?;
        picture.map_or(Ok(()), |picture| output.picture(&picture))?;
    }
    Ok(results.is_complete())
}

fn run_all(options: &Options, results: &mut Results, journal: &mut Journal) -> io::Result<()> {
    journal.begin(&results.runs[0])?;
    if !options.workloads.is_empty() {
        runner::run(options, &mut |record| {
            journal.sample(&record)?;
            results.records.push(record);
            Ok(())
        })?;
    }
    if let Some(plan) = &options.fairness {
        fairness::run(options, plan, &mut |trial, reading| {
            journal.trial(&trial, reading.as_ref())?;
            results.trials.push((trial, reading));
            Ok(())
        })?;
    }
    Ok(())
}

fn estimate(options: &Options) -> Duration {
    let plan = options.fairness.as_ref();
    runner::estimate(options) + plan.map_or(Duration::ZERO, |plan| fairness::estimate(options, plan))
}

/// Where the report's files go, if it has any. `name` is for one who did not name them.
fn files(destination: &Destination, name: &str, files: &[&str]) -> Result<Option<Output>, String> {
    let folder = match &destination.folder {
        Folder::None => return Ok(None),
        Folder::Named(folder) => folder.clone(),
        Folder::OfReports => folder_of_reports()?,
    };
    Output::new(&folder, destination.name.as_deref(), name, files).map(Some)
}

/// `docs/benchmarks` of the repository from which this is run, or else in which it was compiled.
fn folder_of_reports() -> Result<PathBuf, String> {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let folder = Path::new(&package).with_file_name("docs").join("benchmarks");
    match folder.is_dir() {
        true => Ok(folder),
        false => Err(format!("there is no folder {}: name one with --out", folder.display())),
    }
}

/// The files that the samples are written to while they are measured.
fn journal(options: &Options, output: Option<&Output>) -> Result<Journal, String> {
    let mut journal = Journal::default();
    if let Some(path) = &options.json {
        let file = File::create(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        journal.add(file);
    }
    // Last, since it leaves a file in the folder of the reports.
    if let Some(output) = output {
        journal.add(output.samples()?);
    }
    Ok(journal)
}

/// What repeats a run with these arguments. `cargo bench` adds one of its own.
fn command(arguments: &[String]) -> String {
    let is_own = |argument: &&String| argument.as_str() != "--bench";
    let own: Vec<&str> = arguments.iter().filter(is_own).map(String::as_str).collect();
    let command = match own.len() == arguments.len() {
        true => "cargo run --release -p heist-benches",
        false => "cargo bench -p heist-benches",
    };
    match own.is_empty() {
        true => command.to_owned(),
        false => format!("{command} -- {}", own.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{self, Request};
    use crate::scratch::Scratch;
    use std::fs;

    #[test]
    fn the_command_repeats_the_run() {
        let of = |line: &str| command(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of(""), "cargo run --release -p heist-benches");
        assert_eq!(of("--rounds 3"), "cargo run --release -p heist-benches -- --rounds 3");
        assert_eq!(of("--pin --bench"), "cargo bench -p heist-benches -- --pin");
        assert_eq!(of("--bench"), "cargo bench -p heist-benches");
    }

    #[test]
    fn nothing_is_measured_if_nothing_can_be_written() {
        let scratch = Scratch::new().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        for option in ["--out", "--json"] {
            // All of it would take half an hour.
            let path = file.join("inside").display().to_string();
            let arguments = [option.to_owned(), path];
            let Ok(Request::Run(options)) = options::parse(&arguments) else { panic!("{option}") };
            let start = Instant::now();
            // Without --out the report's own folder comes first.
            let destination = Destination { folder: Folder::None, name: None };
            let options = if option == "--json" { Options { destination, ..options } } else { options };
            let error = measure(&options, &arguments).unwrap_err();
            assert!(error.starts_with("cannot ") && error.contains("/file/inside"), "{error}");
            assert!(start.elapsed() < Duration::from_secs(60));
        }
    }

    #[test]
    fn a_report_is_made_of_the_samples_of_several_runs() {
        let scratch = Scratch::new().unwrap();
        let run = "{\"machine\": \"m\", \"command\": \"c\", \"date\": \"2026-11-22\"}";
        let sample = |runtime: &str, ns: u64| {
            let figures = format!("\"ops\": 1, \"wall_ns\": {ns}, \"cpu_ns\": {ns}");
            format!(
                "{{\"round\": 0, \"workload\": \"yield_lone\", \"workers\": 1, \"runtime\": \"{runtime}\", {figures}}}"
            )
        };
        for (file, heist_ns) in [("first.jsonl", 20), ("second.jsonl", 40)] {
            let lines = [run.to_owned(), sample("tokio", 100), sample("control", 100), sample("heist", heist_ns)];
            fs::write(scratch.path().join(file), lines.join("\n")).unwrap();
        }
        let files = ["first.jsonl", "second.jsonl"].map(|file| scratch.path().join(file)).to_vec();
        let destination = Destination { folder: Folder::Named(scratch.path().join("out")), name: None };
        assert_eq!(render(&Sources { files, destination }), Ok(true));
        let text = fs::read_to_string(scratch.path().join("out/first.md")).unwrap();
        assert!(text.contains("0.30 (0.25–0.35)") && text.contains("](first.svg)"), "{text}");
        assert!(scratch.path().join("out/first.svg").exists());
    }
}
