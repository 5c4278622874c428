//! The tables: ratios to the base, round by round, and the figures of the TCP workload.

use crate::adapters::BASE;
use crate::markdown;
use crate::runner::{Contestant, Record};
use crate::sample::Sample;
use crate::stats::Quartiles;
use crate::workloads::Workload;

/// A workload with a number of workers: a row of the table.
type Row = (Workload, usize);

/// A figure of a sample; smaller is better.
type Figure = fn(&Sample) -> f64;

const WALL: Figure = Sample::wall_ns_per_op;
const CPU: Figure = Sample::cpu_ns_per_op;

/// Both tables, the second only if the TCP workload was run.
pub(crate) fn render(records: &[Record]) -> String {
    let mut text = format!("Nanoseconds of an operation on {BASE} (median); ratios to {BASE}: median (quartiles).\n\n");
    text += &ratios(records);
    if records.iter().any(|record| record.workload == Workload::TcpEcho) {
        text += "\ntcp_echo: CPU time is the server's alone; latency as the clients see it, medians.\n\n";
        text += &echo(records);
    }
    text
}

fn ratios(records: &[Record]) -> String {
    let contestants: Vec<Contestant> = in_order(records, |record| record.contestant)
        .into_iter()
        .filter(|contestant| *contestant != Contestant::Base)
        .collect();
    let mut head = vec!["workload".to_owned(), "workers".to_owned()];
    head.extend(["wall", "CPU"].map(|clock| format!("{BASE} {clock} ns")));
    for contestant in &contestants {
        head.extend(["wall", "CPU"].map(|clock| format!("{} {clock}", contestant.label())));
    }

    let mut rows = vec![noise(records, head.len())];
    for row in in_order(records, |record| (record.workload, record.workers)) {
        let mut cells = vec![row.0.name().to_owned(), row.1.to_string()];
        cells.extend([WALL, CPU].map(|figure| nanoseconds(median(records, row, Contestant::Base, figure))));
        for &contestant in &contestants {
            let takes_part = records.iter().any(|record| belongs(record, row, contestant));
            cells.extend([WALL, CPU].map(|figure| match takes_part {
                true => ratio(rounds(records, row, contestant, figure)),
                false => String::new(),
            }));
        }
        rows.push(cells);
    }
    markdown::table(&head, &rows, 1)
}

/// The row that shows what the machine alone does to a ratio: the control's ratios of all rows together.
fn noise(records: &[Record], columns: usize) -> Vec<String> {
    let rows = in_order(records, |record| (record.workload, record.workers));
    let all = |figure| rows.iter().flat_map(|row| rounds(records, *row, Contestant::Control, figure)).collect();
    let mut cells = vec![format!("*{BASE} against {BASE}, all rows*"), String::new(), String::new(), String::new()];
    cells.extend([WALL, CPU].map(|figure| ratio(all(figure))));
    cells.resize(columns, String::new());
    cells
}

fn echo(records: &[Record]) -> String {
    let head = ["server", "workers", "requests/s", "CPU ns/request", "CPU ratio", "p50 µs", "p99 µs"];
    let mut rows = Vec::new();
    let records: Vec<Record> = records.iter().filter(|record| record.workload == Workload::TcpEcho).cloned().collect();
    for workers in in_order(&records, |record| record.workers) {
        let row = (Workload::TcpEcho, workers);
        for contestant in in_order(&records, |record| record.contestant) {
            let figure = |figure| median(&records, row, contestant, figure);
            rows.push(vec![
                contestant.label().to_owned(),
                workers.to_string(),
                figure(WALL).map_or_else(failed, |wall_ns| format!("{:.0}", 1e9 / wall_ns)),
                nanoseconds(figure(CPU)),
                ratio(rounds(&records, row, contestant, CPU)),
                microseconds(figure(|sample| sample.latency.map_or(f64::NAN, |latency| latency.p50_ns as f64))),
                microseconds(figure(|sample| sample.latency.map_or(f64::NAN, |latency| latency.p99_ns as f64))),
            ]);
        }
    }
    markdown::table(&head.map(str::to_owned), &rows, 1)
}

/// The different values of a record, in a fixed order whatever order they were measured in: that of the first round.
fn in_order<T: PartialEq>(records: &[Record], value: fn(&Record) -> T) -> Vec<T> {
    let mut values = Vec::new();
    for record in records.iter().filter(|record| record.round == 0) {
        let value = value(record);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn belongs(record: &Record, row: Row, contestant: Contestant) -> bool {
    (record.workload, record.workers) == row && record.contestant == contestant
}

fn median(records: &[Record], row: Row, contestant: Contestant, figure: Figure) -> Option<f64> {
    let of_row = records.iter().filter(|record| belongs(record, row, contestant));
    let values = of_row.filter_map(|record| record.sample.as_ref().map(figure)).collect();
    Quartiles::of(values).map(|quartiles| quartiles.median)
}

/// The contestant's figure divided by the base's of the same round, for all rounds in which both succeeded.
fn rounds(records: &[Record], row: Row, contestant: Contestant, figure: Figure) -> Vec<f64> {
    let in_round = |round, contestant| {
        let mut of_row = records.iter().filter(|record| belongs(record, row, contestant));
        of_row.find(|record| record.round == round)?.sample.as_ref().map(figure)
    };
    let last = records.last().map_or(0, |record| record.round);
    (0..=last).filter_map(|round| Some(in_round(round, contestant)? / in_round(round, Contestant::Base)?)).collect()
}

fn ratio(ratios: Vec<f64>) -> String {
    let text = |Quartiles { low, median, high }| format!("{median:.2} ({low:.2}–{high:.2})");
    Quartiles::of(ratios).map_or_else(failed, text)
}

fn nanoseconds(value: Option<f64>) -> String {
    value.map_or_else(failed, |ns| if ns < 100.0 { format!("{ns:.1}") } else { format!("{ns:.0}") })
}

fn microseconds(ns: Option<f64>) -> String {
    ns.map_or_else(failed, |ns| format!("{:.1}", ns / 1000.0))
}

fn failed() -> String {
    "failed".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row, two rounds: the control takes 10 % more each time, the peer half and then fails.
    fn records() -> Vec<Record> {
        let record = |round, contestant, wall_ns| Record {
            round,
            workload: Workload::YieldLone,
            workers: 1,
            contestant,
            sample: (wall_ns > 0).then_some(Sample { ops: 10, wall_ns, cpu_ns: wall_ns, latency: None }),
        };
        let smol = Contestant::Peer("smol");
        vec![
            record(0, Contestant::Base, 1000),
            record(0, Contestant::Control, 1100),
            record(0, smol, 500),
            record(1, smol, 0),
            record(1, Contestant::Base, 3000),
            record(1, Contestant::Control, 3300),
        ]
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let row = (Workload::YieldLone, 1);
        let ratios = rounds(&records(), row, Contestant::Control, WALL);
        assert!(ratios.len() == 2 && ratios.iter().all(|ratio| (ratio - 1.1).abs() < 1e-9), "{ratios:?}");
        assert_eq!(rounds(&records(), row, Contestant::Peer("smol"), WALL), [0.5]);
    }

    #[test]
    fn the_first_row_is_the_control() {
        let text = ratios(&records());
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].contains("tokio against tokio") && lines[2].contains("1.10 (1.10–1.10)"), "{text}");
        assert!(lines[3].contains("| yield_lone") && lines[3].contains("0.50 (0.50–0.50)"), "{text}");
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn failures_are_shown() {
        let mut records = records();
        records.iter_mut().for_each(|record| record.sample = None);
        assert!(ratios(&records).contains("failed"));
    }
}
