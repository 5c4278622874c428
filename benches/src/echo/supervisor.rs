//! Starts the load against a server in this process and reads this process's clocks around its measured phase.
//!
//! The talk between the two, a line each: the load writes `ready` after its warm-up, when no request is in flight;
//! the supervisor reads the clocks and writes `go`; the load writes its result as soon as the phase is over.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::load;
use super::target::Target;
use crate::affinity;
use crate::job::Job;
use crate::meter::Clocks;
use crate::sample::Sample;

/// The sample of a server that listens on `target`: requests and latency as the load saw them, CPU time of the server
/// alone.
pub(crate) fn measure(target: &Target, job: &Job) -> Sample {
    let mut load = start(target, job);
    let mut to_load = load.stdin.take().expect("it is a pipe");
    let mut from_load = BufReader::new(load.stdout.take().expect("it is a pipe"));
    let mut read_line = || {
        let mut line = String::new();
        from_load.read_line(&mut line).expect("cannot read what the load says");
        line
    };

    let greeting = read_line();
    assert_eq!(greeting.trim(), load::READY, "the load process failed");
    let window = Clocks::now();
    to_load.write_all(b"go\n").expect("the load waits");
    let result = read_line();
    let server = window.sample(0);

    let seen_by_load: Sample = result.parse().expect("the load process failed");
    load.wait().expect("the load can be waited for");
    Sample { cpu_ns: server.cpu_ns, ..seen_by_load }
}

fn start(target: &Target, job: &Job) -> Child {
    let phases = job.phases();
    Command::new(env::current_exe().expect("this program has a path"))
        .args([load::ROLE, &target.to_argument(), &affinity::to_list(&job.load_cpus)])
        .args([phases.warm_up, phases.measure].map(|phase| phase.as_millis().to_string()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cannot start the load process")
}
