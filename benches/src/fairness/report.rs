//! The table: for each case and runtime the longest wait of each probe, median and worst over the rounds.

use std::collections::BTreeSet;

use super::Trial;
use super::case::{Case, STALL};
use super::reading::Reading;
use crate::adapters::PEERS;
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

/// Rows by number of workers, case and runtime.
pub(crate) fn render(trials: &[(Trial, Option<Reading>)]) -> String {
    let mut head = vec!["case".to_owned(), "workers".to_owned(), "runtime".to_owned()];
    head.extend(WAITS.map(|(name, _)| name.to_owned()));
    head.push("CPU".to_owned());
    let mut rows = Vec::new();
    for workers in trials.iter().map(|(trial, _)| trial.workers).collect::<BTreeSet<_>>() {
        for case in Case::ALL {
            rows.extend(PEERS.iter().filter_map(|peer| row(trials, case, workers, peer.name)));
        }
    }
    format!(
        "Longest wait of a round in milliseconds: median over the rounds (worst of all rounds). A stall lasts {} ms. \
         CPU: percent of one processor, median.\n\n{}",
        STALL.as_millis(),
        markdown::table(&head, &rows, 1)
    )
}

/// `None` if there are no such trials.
fn row(trials: &[(Trial, Option<Reading>)], case: Case, workers: usize, runtime: &str) -> Option<Vec<String>> {
    let ours =
        trials.iter().filter(|(trial, _)| (trial.case, trial.workers, trial.runtime) == (case, workers, runtime));
    let readings: Vec<Option<Reading>> = ours.map(|(_, reading)| *reading).collect();
    if readings.is_empty() {
        return None;
    }
    let readings: Vec<Reading> = readings.into_iter().flatten().collect();
    let mut cells = vec![case.name().to_owned(), workers.to_string(), runtime.to_owned()];
    cells.extend(WAITS.map(|(_, wait)| milliseconds(readings.iter().map(|reading| wait(reading) as f64).collect())));
    let cpu = Quartiles::of(readings.iter().map(Reading::cpu_percent).collect());
    cells.push(cpu.map_or_else(failed, |cpu| format!("{:.0} %", cpu.median)));
    Some(cells)
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
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_row_has_the_median_and_the_worst() {
        let trial = Trial { runtime: "heist", case: Case::Idle, workers: 2, measure: Duration::from_secs(1) };
        let reading = |tick_ms: u64| {
            let tick_ns = tick_ms * 1_000_000;
            Reading { tick_ns, echo_ns: 50_000, thread_wake_ns: 0, task_wake_ns: 0, cpu_ns: 1, wall_ns: 10 }
        };
        let mut trials: Vec<_> = [2, 100, 4].map(|tick_ms| (trial, Some(reading(tick_ms)))).into();
        trials.push((Trial { runtime: "tokio", ..trial }, None));
        let text = render(&trials);
        let rows: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("|:")).skip(1).collect();
        let [tokio, heist] = rows[..] else { panic!("{text}") };
        assert!(heist.contains(" 4.00 (100) ") && heist.contains(" 0.05 (0.05) ") && heist.contains(" 10 %"), "{text}");
        assert!(tokio.contains("failed"), "{text}");
    }
}
