//! Where and with what the figures were measured.

use std::process::Command;
use std::{fs, thread};

/// One line: processor, cores, kernel, compiler, versions of the runtimes.
pub(crate) fn line() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{}, {cores} cores; {} {kernel}; {}; tokio {}, heist {}{}, smol {}, flume {}, async-channel {}",
        processor(),
        std::env::consts::OS,
        env!("BENCH_RUSTC"),
        env!("BENCH_TOKIO"),
        env!("BENCH_HEIST"),
        revision().map(|revision| format!(" at {revision}")).unwrap_or_default(),
        env!("BENCH_SMOL"),
        env!("BENCH_FLUME"),
        env!("BENCH_ASYNC_CHANNEL"),
    )
}

fn processor() -> String {
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or(std::env::consts::ARCH, |(_, name)| name).to_owned()
}

/// The commit of the working tree, if it is one.
fn revision() -> Option<String> {
    let git = Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty", "--exclude=*"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&git.stdout).trim().to_owned())
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}
