//! Builds the scenarios and runs them under valgrind.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use super::profile::{Part, Profile};

/// Where the profiles are written; each run replaces those before.
const SCRATCH: &str = "target/instructions";

/// A scenario that has not ended by then hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Whose scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Heist,
    Tokio,
}

impl Peer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Heist => "heist",
            Self::Tokio => "tokio",
        }
    }
}

/// The scenarios on one runtime.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) peer: Peer,
    path: PathBuf,
    scratch: PathBuf,
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// How often the second phase does it more than the first.
    pub(crate) operations: u64,
}

/// Whether there is a valgrind to run.
pub(crate) fn valgrind_is_there() -> bool {
    let status = Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

impl Program {
    /// Compiles it, as a release build.
    pub(crate) fn build(root: &Path, peer: Peer) -> Result<Self, String> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let name = format!("instructions-{}", peer.name());
        let mut command = Command::new(cargo);
        command.args(["build", "--release", "--package", "heist-instructions", "--bin", &name]);
        command.args(["--message-format", "json-render-diagnostics"]);
        if peer == Peer::Tokio {
            command.args(["--features", "tokio"]);
        }
        let output = command.current_dir(root).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("cannot run cargo: {error}"))?;
        let path = executable(&String::from_utf8_lossy(&output.stdout));
        match path.filter(|_| output.status.success()) {
            Some(path) => Ok(Self { peer, path, scratch: root.join(SCRATCH) }),
            None => Err(format!("cannot build {name}")),
        }
    }

    /// All scenarios, or the one of that name.
    pub(crate) fn scenarios(&self, only: Option<&str>) -> Result<Vec<Scenario>, String> {
        let output =
            Command::new(&self.path).output().map_err(|error| format!("cannot run {:?}: {error}", self.path))?;
        let mut scenarios = parse_list(&String::from_utf8_lossy(&output.stdout));
        if let Some(only) = only {
            scenarios.retain(|scenario| scenario.name == only);
        }
        match (scenarios.is_empty(), only) {
            (false, _) => Ok(scenarios),
            (true, Some(only)) => Err(format!("there is no scenario `{only}`")),
            (true, None) => Err("the program lists no scenarios".to_owned()),
        }
    }

    /// The instructions of an operation.
    pub(crate) fn count(&self, scenario: &Scenario) -> Result<f64, String> {
        let profiles = self.profiles(scenario, false)?;
        let instructions: u64 = profiles.iter().map(Profile::difference).sum();
        Ok(instructions as f64 / scenario.operations as f64)
    }

    /// Runs the scenario. The profiles name each instruction if asked to.
    pub(crate) fn profiles(&self, scenario: &Scenario, each_instruction: bool) -> Result<Vec<Profile>, String> {
        let failed = |error: std::io::Error| format!("cannot write to {}: {error}", self.scratch.display());
        let folder = self.scratch.join(format!("{}-{}", self.peer.name(), scenario.name));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(failed)?;
        }
        fs::create_dir_all(&folder).map_err(failed)?;
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--separate-threads=yes", "--dump-before=*phase_ends*"]);
        if each_instruction {
            valgrind.args(["--dump-instr=yes", "--compress-strings=no", "--compress-pos=no"]);
        }
        valgrind.arg(format!("--callgrind-out-file={}", folder.join("profile").display()));
        let messages = fs::File::create(folder.join("messages")).map_err(failed)?;
        valgrind.arg(&self.path).arg(&scenario.name).stdout(Stdio::null()).stderr(messages);
        let mut child = valgrind.spawn().map_err(|error| format!("cannot run valgrind: {error}"))?;
        if !ends_well(&mut child) {
            let messages = fs::read_to_string(folder.join("messages")).map_err(failed)?;
            return Err(format!("{} fails, or takes too long:\n{messages}", scenario.name));
        }
        let mut parts = Vec::new();
        for file in fs::read_dir(&folder).map_err(failed)? {
            let text = fs::read_to_string(file.map_err(failed)?.path()).map_err(failed)?;
            parts.extend(Part::parse(text));
        }
        let profiles = Profile::of_threads(parts);
        if profiles.is_empty() {
            return Err(format!("valgrind has not seen the phases of {}", scenario.name));
        }
        Ok(profiles)
    }
}

/// Waits for the end of a scenario, which takes less than a second.
fn ends_well(child: &mut Child) -> bool {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) if start.elapsed() < LIMIT => thread::sleep(Duration::from_millis(5)),
            Ok(Some(status)) => return status.success(),
            Ok(None) | Err(_) => {
                // It may have ended just now.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// The path of the program in cargo's messages.
fn executable(messages: &str) -> Option<PathBuf> {
    const KEY: &str = "\"executable\":\"";
    let path = messages.lines().rev().find_map(|line| line.split_once(KEY)?.1.split('"').next());
    path.map(PathBuf::from)
}

/// Lines with a name and a number each.
fn parse_list(text: &str) -> Vec<Scenario> {
    let parse = |line: &str| {
        let (name, operations) = line.split_once(' ')?;
        Some(Scenario { name: name.to_owned(), operations: operations.parse().ok()? })
    };
    text.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_the_last_thing_that_cargo_builds() {
        let messages = "{\"executable\":null}\n{\"executable\":\"/a/b\",\"fresh\":true}\n{\"reason\":\"done\"}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/a/b")));
        assert_eq!(executable("{\"executable\":null}\n"), None);
    }

    #[test]
    fn lists_are_read() {
        let wake = Scenario { name: "wake".to_owned(), operations: 1000 };
        assert_eq!(parse_list("wake 1000\n\nerror\n"), [wake]);
    }
}
