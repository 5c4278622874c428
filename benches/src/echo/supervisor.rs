//! Starts the load against a server in this process and reads this process's clocks around its measured phase.
//!
//! The talk between the two, a line each: the load writes `ready` after its warm-up, when no request is in flight;
//! the supervisor reads the clocks and writes `go`; the load writes its result as soon as the phase is over.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::load;
use super::shape::Shape;
use super::target::Target;
use crate::affinity;
use crate::job::Job;
use crate::meter::Clocks;
use crate::sample::Sample;

/// The sample of a server that listens on `target`: requests and latency as the load saw them, CPU time and context
/// switches of the server alone.
pub(crate) fn measure(target: &Target, shape: Shape, job: &Job) -> Sample {
    let mut load = Load::start(target, shape, job);
    let window = Clocks::now();
    load.go();
    let result = load.read_line();
    let server = window.sample(0);

    let seen_by_load: Sample = result.parse().expect("the load process failed");
    load.wait();
    Sample { cpu_ns: server.cpu_ns, switches: server.switches, ..seen_by_load }
}

/// A load process that is connected and past its warm-up.
pub(crate) struct Load {
    process: Child,
    to_load: ChildStdin,
    from_load: BufReader<ChildStdout>,
}

impl Load {
    /// Returns when all clients are connected and the warm-up is over.
    pub(crate) fn start(target: &Target, shape: Shape, job: &Job) -> Self {
        let mut process = spawn(target, shape, job);
        let to_load = process.stdin.take().expect("it is a pipe");
        let from_load = BufReader::new(process.stdout.take().expect("it is a pipe"));
        let mut load = Self { process, to_load, from_load };
        let greeting = load.read_line();
        assert_eq!(greeting.trim(), load::READY, "the load process failed");
        load
    }

    /// Lets clients that say nothing close their connections, and waits until they have.
    pub(crate) fn dismiss(mut self) {
        self.go();
        self.wait();
    }

    fn go(&mut self) {
        self.to_load.write_all(b"go\n").expect("the load waits");
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.from_load.read_line(&mut line).expect("cannot read what the load says");
        line
    }

    fn wait(mut self) {
        self.process.wait().expect("the load can be waited for");
    }
}

fn spawn(target: &Target, shape: Shape, job: &Job) -> Child {
    let phases = job.phases();
    Command::new(env::current_exe().expect("this program has a path"))
        .args([load::ROLE, &target.to_argument(), &shape.to_argument(), &affinity::to_list(&job.load_cpus)])
        .args([phases.warm_up, phases.measure].map(|phase| phase.as_millis().to_string()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cannot start the load process")
}
