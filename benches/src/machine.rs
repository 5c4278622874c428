//! Where and with what the figures were measured.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
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

/// Today, in UTC: `2026-11-22`.
pub(crate) fn date() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil(since.as_secs() / 86_400);
    format!("{year}-{month:02}-{day:02}")
}

/// Year, month and day of the Gregorian calendar, so many days after the first of January 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while left >= lengths[month] {
        left -= lengths[month];
        month += 1;
    }
    (year, month as u64 + 1, left + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        let days = [0, 58, 59, 11_016, 11_017, 11_322, 11_323, 20_779];
        let dates = [
            (1970, 1, 1),
            (1970, 2, 28),
            (1970, 3, 1),
            (2000, 2, 29),
            (2000, 3, 1),
            (2000, 12, 31),
            (2001, 1, 1),
            (2026, 11, 22),
        ];
        assert_eq!(days.map(civil), dates);
    }

    #[test]
    fn a_date_is_the_beginning_of_a_file_name() {
        let date = date();
        assert!(
            date.len() == 10 && date.chars().all(|character| character.is_ascii_digit() || character == '-'),
            "{date}"
        );
    }
}
