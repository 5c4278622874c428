//! Paired comparisons of heist with tokio, smol and others. See `README.md` for the workloads and how to read the figures.
//!
//! One program in several roles. The *parent* (`options`, `runner`, `report`) starts one *child* per sample
//! (`job`, `adapters`, `workloads`, `sync`, `os`), so that a sample's CPU time is that of a process which did nothing else.
//! The child of a workload with sockets starts a *load* process in turn (`echo`, `os`). The fairness table has a parent and children of
//! its own (`fairness`).

mod adapters;
mod affinity;
mod echo;
mod fairness;
mod job;
mod json;
mod machine;
mod markdown;
mod meter;
mod options;
mod os;
mod report;
mod rt;
mod runner;
mod sample;
mod scratch;
mod stats;
mod sync;
mod table;
mod workloads;

use std::env;
use std::process::ExitCode;

use options::{Options, Request};

/// The whole program: reads the arguments of the process and plays the role they ask for.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((role, rest)) if role == job::ROLE => job::main(rest),
        Some((role, rest)) if role == fairness::ROLE => fairness::main(rest),
        Some((role, rest)) if role == echo::load::ROLE => echo::load::main(rest),
        Some((role, rest)) if role == os::transfer::ROLE => os::transfer::main(rest),
        _ => match options::parse(&arguments) {
            Ok(Request::Help) => {
                print!("{}", options::usage());
                ExitCode::SUCCESS
            }
            Ok(Request::Run(options)) if options.fairness => compare_fairness(&options),
            Ok(Request::Run(options)) => compare(&options),
            Err(message) => {
                eprintln!("error: {message}\n\n{}", options::usage());
                ExitCode::from(2)
            }
        },
    }
}

/// Measures, prints the tables and writes the JSON file. Fails if a sample failed or the file cannot be written.
fn compare(options: &Options) -> ExitCode {
    let machine = machine::line();
    println!("{machine}\n");
    let records = match runner::run(options) {
        Ok(records) => records,
        Err(error) => {
            eprintln!("error: cannot make a folder for scratch files: {error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", report::render(&records));
    if let Some(path) = &options.json {
        if let Err(error) = json::write(path, &machine, &records) {
            eprintln!("error: cannot write {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    let complete = records.iter().all(|record| record.sample.is_some());
    if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures and prints the fairness table. Fails if a trial failed.
fn compare_fairness(options: &Options) -> ExitCode {
    println!("{}\n", machine::line());
    let (table, complete) = fairness::compare(options);
    print!("{table}");
    if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
