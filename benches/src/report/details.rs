//! The table of what else a group measures: latency, memory, context switches.

use super::failed;
use crate::comparison::Row;
use crate::figure::Figure;
use crate::markdown;
use crate::runner::Contestant;

/// The table with a line above, for the rows that measure more than the clocks; `None` if there are none.
pub(super) fn render(rows: &[Row]) -> Option<String> {
    let rows: Vec<&Row> = rows.iter().filter(|row| measures_more(row)).collect();
    let is_known = |figure: &Figure| rows.iter().any(|row| shows(row, *figure));
    let figures: Vec<Figure> =
        Figure::ALL.into_iter().filter(|figure| *figure != Figure::Wall).filter(is_known).collect();
    if rows.is_empty() {
        return None;
    }
    let mut head = ["workload", "workers", "runtime", "operations/s"].map(str::to_owned).to_vec();
    head.extend(figures.iter().map(|figure| figure.label_with_unit().to_owned()));
    let lines = rows.iter().flat_map(|row| row.contestants().map(|contestant| line(row, contestant, &figures)));
    let table = markdown::table(&head, &lines.collect::<Vec<_>>(), 1);
    Some(format!(
        "Of an operation: median (median of the ratios). Processor time and context switches are those of the runtime's process.\n\n{table}"
    ))
}

fn measures_more(row: &Row) -> bool {
    let is_clock = |figure: &Figure| matches!(figure, Figure::Wall | Figure::Cpu);
    let is_measured = |figure| row.median(Contestant::Base, figure).is_some();
    row.workload.judged_by().iter().any(|figure| !is_clock(figure))
        || [Figure::P50, Figure::Bytes].into_iter().any(is_measured)
}

/// Whether the row has something to say in that column.
fn shows(row: &Row, figure: Figure) -> bool {
    let is_clock = matches!(figure, Figure::Wall | Figure::Cpu);
    (!is_clock || row.is_judged_by(figure))
        && row.contestants().any(|contestant| row.median(contestant, figure).is_some())
}

fn line(row: &Row, contestant: Contestant, figures: &[Figure]) -> Vec<String> {
    let (workload, workers) = (row.workload.name().to_owned(), row.workers.to_string());
    let mut cells = vec![workload, workers, contestant.label().to_owned(), rate(row, contestant)];
    cells.extend(figures.iter().map(|figure| match shows(row, *figure) {
        true => row.median(contestant, *figure).map_or_else(failed, |median| cell(row, contestant, *figure, median)),
        false => String::new(),
    }));
    cells
}

fn rate(row: &Row, contestant: Contestant) -> String {
    match row.is_judged_by(Figure::Wall) {
        true => row.median(contestant, Figure::Wall).map_or_else(failed, |wall_ns| format!("{:.0}", 1e9 / wall_ns)),
        false => String::new(),
    }
}

fn cell(row: &Row, contestant: Contestant, figure: Figure, median: f64) -> String {
    let text = figure.text(median);
    match row.ratio(contestant, figure).filter(|_| contestant != Contestant::Base) {
        Some(ratio) => format!("{text} ({:.2})", ratio.median),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::examples::round;
    use crate::comparison::rows;
    use crate::sample::Latency;

    #[test]
    fn what_has_no_latency_has_no_details() {
        assert_eq!(render(&rows(&round(0, "yield_lone", 1, [100, 100, 50]))), None);
    }

    #[test]
    fn latency_and_memory_come_with_their_ratios() {
        let mut records = round(0, "tcp_echo", 2, [100, 0, 50]);
        for (index, record) in records.iter_mut().enumerate() {
            let factor = index as u64 + 1;
            if let Some(sample) = &mut record.sample {
                sample.latency = Some(Latency { p50_ns: 1000 * factor, p99_ns: 20_000_000 * factor, p999_ns: None });
                sample.bytes = Some(5120 * factor);
            }
        }
        let text = render(&rows(&records)).unwrap();
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let words = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(words(lines[0])[4..9], ["operations/s", "CPU ns", "p50 µs", "p99 µs", "bytes"], "{text}");
        assert_eq!(words(lines[2])[3..9], ["tokio", "10000000", "100", "1.0", "20000", "512"], "{text}");
        assert!(lines[3].contains("failed"), "{text}");
        let heist = ["heist", "20000000", "50.0 (0.50)", "3.0 (3.00)", "60000 (3.00)", "1536 (3.00)"];
        assert_eq!(words(lines[4])[3..9], heist, "{text}");
        assert_eq!(lines.len(), 5, "{text}");
    }
}
