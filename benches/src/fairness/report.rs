//! The table: for each case and runtime the longest wait of each probe, median and worst over the rounds.

use super::Record;
use super::case::{Case, STALL};
use super::reading::Reading;
use crate::markdown;
use crate::stats::Quartiles;

/// A column of waits, in nanoseconds.
type Wait = fn(&Reading) -> u64;

const WAITS: [(&str, Wait); 4] = [
    ("1 ms ticker", |reading| reading.tick_ns),
    ("TCP echo", |reading| reading.echo_ns),
    ("woken by a thread", |reading| reading.thread_wake_ns),
    ("woken by a task", |reading| reading.task_wake_ns),
];

/// Rows in the order of the cases and of `runtimes`.
pub(super) fn render(records: &[Record], runtimes: &[&'static str]) -> String {
    let mut head = vec!["case".to_owned(), "workers".to_owned(), "runtime".to_owned()];
    head.extend(WAITS.map(|(name, _)| name.to_owned()));
    head.push("CPU".to_owned());
    let mut workers: Vec<usize> = Vec::new();
    for record in records {
        if !workers.contains(&record.trial.workers) {
            workers.push(record.trial.workers);
        }
    }
    let mut rows = Vec::new();
    for workers in workers {
        for case in Case::ALL {
            rows.extend(runtimes.iter().map(|runtime| row(records, case, workers, runtime)));
        }
    }
    format!(
        "Longest wait of a round in milliseconds: median over the rounds (worst of all rounds). A stall lasts {} ms. \
         CPU: percent of one processor, median.\n\n{}",
        STALL.as_millis(),
        markdown::table(&head, &rows, 1)
    )
}

fn row(records: &[Record], case: Case, workers: usize, runtime: &str) -> Vec<String> {
    let ours = records.iter().filter(|record| {
        let trial = record.trial;
        (trial.case, trial.workers, trial.runtime) == (case, workers, runtime)
    });
    let readings: Vec<Reading> = ours.filter_map(|record| record.reading).collect();
    let mut cells = vec![case.name().to_owned(), workers.to_string(), runtime.to_owned()];
    cells.extend(WAITS.map(|(_, wait)| milliseconds(readings.iter().map(|reading| wait(reading) as f64).collect())));
    let cpu = Quartiles::of(readings.iter().map(Reading::cpu_percent).collect());
    cells.push(cpu.map_or_else(failed, |cpu| format!("{:.0} %", cpu.median)));
    cells
}

fn milliseconds(waits_ns: Vec<f64>) -> String {
    let worst = waits_ns.iter().copied().fold(0.0, f64::max);
    let text = |ns: f64| {
        let ms = ns / 1e6;
        if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
    };
    Quartiles::of(waits_ns).map_or_else(failed, |waits| format!("{} ({})", text(waits.median), text(worst)))
}

fn failed() -> String {
    "failed".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::Trial;
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_row_has_the_median_and_the_worst() {
        let record = |tick_ms: u64| {
            let trial = Trial { runtime: "heist", case: Case::Idle, workers: 2, measure: Duration::from_secs(1) };
            let tick_ns = tick_ms * 1_000_000;
            let reading =
                Reading { tick_ns, echo_ns: 50_000, thread_wake_ns: 0, task_wake_ns: 0, cpu_ns: 1, wall_ns: 10 };
            Record { trial, reading: Some(reading) }
        };
        let text = render(&[record(2), record(100), record(4)], &["heist"]);
        let row = text.lines().find(|line| line.starts_with("| idle")).unwrap();
        assert!(row.contains(" 4.00 (100) ") && row.contains(" 0.05 (0.05) ") && row.contains(" 10 %"), "{text}");
        assert!(text.contains("failed"), "the other cases were not measured: {text}");
    }
}
