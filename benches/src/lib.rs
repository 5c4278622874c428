//! Paired comparisons of heist with tokio, smol and others. See `README.md` for the workloads and how to read the figures.
//!
//! One program in several roles. The *parent* (`parent`, `runner`, `report`) starts one *child* per sample
//! (`job`, `adapters`, `groups`), so that a sample's CPU time is that of a process which did nothing else. The child of a
//! workload with sockets starts a *load* process in turn (`echo`, `os`). The fairness table has children of its own
//! (`fairness`).

mod adapters;
mod affinity;
mod busy;
mod comparison;
mod descriptors;
mod echo;
mod fairness;
mod figure;
mod groups;
mod job;
mod journal;
mod json;
mod machine;
mod markdown;
mod meter;
mod net;
mod options;
mod os;
mod output;
mod parent;
mod picture;
mod programs;
mod report;
mod resident;
mod results;
mod rt;
mod runner;
mod sample;
mod scratch;
mod stats;
mod switches;
mod sync;
mod table;
mod workloads;

use std::env;
use std::process::ExitCode;

use options::Request;

/// The whole program: reads the arguments of the process and plays the role they ask for.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        Some((role, rest)) if role == job::ROLE => job::main(rest),
        Some((role, rest)) if role == fairness::ROLE => fairness::main(rest),
        Some((role, rest)) if role == echo::load::ROLE => echo::load::main(rest),
        Some((role, rest)) if role == os::transfer::ROLE => os::transfer::main(rest),
        _ => parent_main(&arguments),
    }
}

/// The main function of the parent.
fn parent_main(arguments: &[String]) -> ExitCode {
    let result = match options::parse(arguments) {
        Ok(Request::Help) => {
            print!("{}", options::usage());
            return ExitCode::SUCCESS;
        }
        Ok(Request::Run(options)) => parent::measure(&options, arguments),
        Ok(Request::Render(sources)) => parent::render(&sources),
        Err(message) => {
            eprintln!("error: {message} (--help lists the options)");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
