//! The fairness table: how long a timer, a socket and a woken task wait while other tasks behave badly.
//!
//! The parent (this file, [`report`]) runs each case on each runtime in a child of its own, interleaved, as `runner` does
//! for the workloads. The child ([`child`]) runs four probes ([`probe`]) beside the case's bad neighbours ([`case`]).

pub(crate) mod case;
pub(crate) mod child;
mod probe;
pub(crate) mod reading;
pub(crate) mod report;

use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, io};

use crate::adapters::{PEERS, Peer};
use crate::options::{Options, Plan};
use crate::{affinity, job};

use self::case::Case;
use self::reading::Reading;

/// The first argument of a child.
pub(crate) const ROLE: &str = "--fairness-child";

/// Beyond this and the measured time a child has hung.
const HANGS_AFTER: Duration = Duration::from_secs(8);

/// One case on one runtime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trial {
    pub(crate) runtime: &'static str,
    pub(crate) case: Case,
    pub(crate) workers: usize,
    pub(crate) measure: Duration,
}

/// Round by round and case by case, one runtime right after the other, as `runner::run` does it. Each trial is handed on
/// as soon as it is done, without a reading if the child failed.
///
/// # Errors
///
/// What `done` says.
pub(crate) fn run(options: &Options, plan: &Plan, done: Done<'_>) -> io::Result<()> {
    for round in 0..plan.rounds {
        eprintln!("fairness, round {} of {}", round + 1, plan.rounds);
        for &workers in &plan.workers {
            for case in Case::ALL {
                let mut runtimes = runtimes(&options.peers);
                let first = round % runtimes.len();
                runtimes.rotate_left(first);
                for runtime in runtimes {
                    let trial = Trial { runtime, case, workers, measure: plan.measure };
                    done(trial, measure(options, trial))?;
                }
            }
        }
    }
    Ok(())
}

/// What becomes of each trial.
pub(crate) type Done<'a> = &'a mut dyn FnMut(Trial, Option<Reading>) -> io::Result<()>;

/// About how long `run` takes.
pub(crate) fn estimate(options: &Options, plan: &Plan) -> Duration {
    let trials = plan.rounds * plan.workers.len() * Case::ALL.len() * runtimes(&options.peers).len();
    (child::WARM_UP + plan.measure) * trials as u32
}

/// The base and those of the peers asked for that are runtimes, in the order of the table.
fn runtimes(peers: &[&'static str]) -> Vec<&'static str> {
    let asked = |peer: &&Peer| peer.name == crate::adapters::BASE || peers.contains(&peer.name);
    PEERS.iter().filter(asked).filter(|peer| peer.fairness.is_some()).map(|peer| peer.name).collect()
}

fn measure(options: &Options, trial: Trial) -> Option<Reading> {
    let cpus = match options.pin {
        true => affinity::split(&affinity::allowed(), trial.workers).0,
        false => affinity::allowed(),
    };
    let result = trial.run_in_child(&cpus);
    if let Err(message) = &result {
        eprintln!("{} on {} failed: {message}", trial.case.name(), trial.runtime);
    }
    result.ok()
}

impl Trial {
    fn run_in_child(&self, cpus: &[usize]) -> Result<Reading, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let output = Command::new(program).args(self.to_arguments(cpus)).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
        }
        String::from_utf8_lossy(&output.stdout).parse()
    }

    fn to_arguments(self, cpus: &[usize]) -> [String; 6] {
        let measure_ms = self.measure.as_millis().to_string();
        let [role, runtime, case] = [ROLE, self.runtime, self.case.name()].map(str::to_owned);
        [role, runtime, case, self.workers.to_string(), measure_ms, affinity::to_list(cpus)]
    }

    /// Reads what `to_arguments` wrote, after the role.
    fn from_arguments(arguments: &[String]) -> Option<(Self, Vec<usize>)> {
        let [runtime, case, workers, measure_ms, cpus] = arguments else { return None };
        let trial = Self {
            runtime: Peer::named(runtime)?.name,
            case: Case::named(case)?,
            workers: workers.parse().ok().filter(|workers| *workers > 0)?,
            measure: Duration::from_millis(measure_ms.parse().ok()?),
        };
        Some((trial, affinity::from_list(cpus)?))
    }
}

/// The main function of a child: runs the trial in this process and prints the reading.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let Some((trial, cpus)) = Trial::from_arguments(arguments) else {
        eprintln!("error: {ROLE} takes RUNTIME CASE WORKERS MILLISECONDS CPUS");
        return ExitCode::from(2);
    };
    let Some(run) = Peer::named(trial.runtime).and_then(|peer| peer.fairness) else {
        eprintln!("error: {} is no runtime", trial.runtime);
        return ExitCode::from(2);
    };
    job::end_if_it_hangs(HANGS_AFTER + trial.measure);
    affinity::confine(&cpus);
    println!("{}", run(&trial));
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_survives_the_command_line() {
        let measure = Duration::from_millis(40);
        let trial = Trial { runtime: "tokio", case: Case::AllStall, workers: 2, measure };
        let arguments = trial.to_arguments(&[0, 3]);
        assert_eq!(Trial::from_arguments(&arguments[1..]), Some((trial, vec![0, 3])));
    }

    #[test]
    fn what_is_no_runtime_takes_no_part() {
        assert_eq!(runtimes(&["heist", "epoll"]), ["tokio", "heist"]);
    }
}
