//! All samples as a JSON file, for whoever wants other statistics than the table's.

use std::path::Path;
use std::{fs, io};

use crate::runner::Record;

/// Writes `{"machine": …, "samples": [{…}, …]}`. A failed sample has `null` in place of its figures.
pub(crate) fn write(path: &Path, machine: &str, records: &[Record]) -> io::Result<()> {
    fs::write(path, render(machine, records))
}

fn render(machine: &str, records: &[Record]) -> String {
    let samples: Vec<String> = records.iter().map(sample).collect();
    format!("{{\n\"machine\": {},\n\"samples\": [\n{}\n]\n}}\n", string(machine), samples.join(",\n"))
}

fn sample(record: &Record) -> String {
    let sample = record.sample;
    let number = |value: Option<u64>| value.map_or("null".to_owned(), |value| value.to_string());
    let latency = sample.and_then(|sample| sample.latency);
    let fields = [
        ("round", record.round.to_string()),
        ("workload", string(record.workload.name())),
        ("workers", record.workers.to_string()),
        ("runtime", string(record.contestant.label())),
        ("ops", number(sample.map(|sample| sample.ops))),
        ("wall_ns", number(sample.map(|sample| sample.wall_ns))),
        ("cpu_ns", number(sample.map(|sample| sample.cpu_ns))),
        ("p50_ns", number(latency.map(|latency| latency.p50_ns))),
        ("p99_ns", number(latency.map(|latency| latency.p99_ns))),
    ];
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!("  {{{}}}", fields.join(", "))
}

/// A JSON string; control characters are left out.
fn string(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_control()).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        assert_eq!(string("a \"b\" \\ \n"), r#""a \"b\" \\ ""#);
    }
}
