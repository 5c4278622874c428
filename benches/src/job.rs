//! One sample: what is asked of a child process, and the child's main function.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, io, process, thread};

use crate::adapters::Peer;
use crate::affinity;
use crate::groups::Workload;
use crate::meter::Phases;
use crate::sample::Sample;

/// The first argument of a child.
pub(crate) const ROLE: &str = "--child";

/// Beyond this a process that helps a child has hung: longer than any child may take.
pub(crate) const HELPER_HANGS_AFTER: Duration = Duration::from_secs(120);

/// One workload on one runtime.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    pub(crate) runtime: &'static str,
    pub(crate) workload: Workload,
    pub(crate) workers: usize,
    pub(crate) measure: Duration,
    /// The CPUs that the child may use.
    pub(crate) cpus: Vec<usize>,
    /// The CPUs that a load process may use.
    pub(crate) load_cpus: Vec<usize>,
    /// A folder for files. All samples of a run share it.
    pub(crate) scratch: PathBuf,
}

impl Job {
    pub(crate) fn phases(&self) -> Phases {
        Phases::new(self.measure)
    }

    /// Runs the job in a child process. The child's messages go to standard error.
    pub(crate) fn run_in_child(&self) -> Result<Sample, String> {
        let output = self.command().and_then(|mut command| command.output()).map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
        }
        String::from_utf8_lossy(&output.stdout).parse()
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.args([ROLE, self.runtime, self.workload.name(), &self.workers.to_string()]);
        command.arg(self.measure.as_millis().to_string());
        command.args([&self.cpus, &self.load_cpus].map(|cpus| affinity::to_list(cpus))).arg(&self.scratch);
        Ok(command)
    }

    /// Reads what `command` wrote.
    fn from_arguments(arguments: &[String]) -> Option<Self> {
        let [runtime, workload, workers, measure_ms, cpus, load_cpus, scratch] = arguments else { return None };
        Some(Self {
            runtime: Peer::named(runtime)?.name,
            workload: Workload::named(workload)?,
            workers: workers.parse().ok().filter(|workers| *workers > 0)?,
            measure: Duration::from_millis(measure_ms.parse().ok()?),
            cpus: affinity::from_list(cpus)?,
            load_cpus: affinity::from_list(load_cpus)?,
            scratch: scratch.into(),
        })
    }
}

/// The main function of a child: runs the job in this process and prints the sample.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let Some(job) = Job::from_arguments(arguments) else {
        eprintln!("error: {ROLE} takes RUNTIME WORKLOAD WORKERS MILLISECONDS CPUS LOAD-CPUS SCRATCH-FOLDER");
        return ExitCode::from(2);
    };
    let Some(run) = job.workload.runner(job.runtime) else {
        eprintln!("error: {} cannot run {}", job.runtime, job.workload.name());
        return ExitCode::from(2);
    };
    end_if_it_hangs(job.workload.hangs_after());
    affinity::confine(&job.cpus);
    println!("{}", run(&job));
    ExitCode::SUCCESS
}

/// Ends this process with an error if it lives for longer than that.
pub(crate) fn end_if_it_hangs(limit: Duration) {
    thread::spawn(move || {
        thread::sleep(limit);
        eprintln!("hangs: no result after {limit:?}");
        process::exit(1);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_survives_the_command_line() {
        let job = Job {
            runtime: "tokio",
            workload: Workload::named("yield_many").unwrap(),
            workers: 2,
            measure: Duration::from_millis(40),
            cpus: vec![0, 1],
            load_cpus: vec![2],
            scratch: "/tmp/some folder".into(),
        };
        let command = job.command().unwrap();
        let arguments: Vec<String> = command.get_args().skip(1).map(|word| word.to_string_lossy().into()).collect();
        assert_eq!(Job::from_arguments(&arguments), Some(job));
    }

    #[test]
    fn a_job_without_workers_or_cpus_is_refused() {
        for line in ["tokio yield_many 0 40 0 0 /", "tokio yield_many 1 40  0 /", "tokio yield_many 1 40 0 0"] {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(Job::from_arguments(&arguments), None, "{line}");
        }
    }
}
