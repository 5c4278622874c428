//! Paired comparisons of heist with tokio and smol. See `README.md` for the workloads and how to read the figures.
//!
//! One program in three roles. The *parent* (`options`, `runner`, `report`) starts one *child* per sample
//! (`job`, `adapters`, `workloads`), so that a sample's CPU time is that of a process which did nothing else.
//! The TCP workload's child starts a *load* process in turn (`echo`).

mod adapters;
mod affinity;
mod echo;
mod job;
mod json;
mod machine;
mod markdown;
mod meter;
mod options;
mod report;
mod rt;
mod runner;
mod sample;
mod stats;
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
        Some((role, rest)) if role == echo::load::ROLE => echo::load::main(rest),
        _ => match options::parse(&arguments) {
            Ok(Request::Help) => {
                print!("{}", options::usage());
                ExitCode::SUCCESS
            }
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
    let records = runner::run(options);
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
