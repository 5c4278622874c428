//! The report: what was measured where, a summary, and the tables of each group.

mod details;
mod goals;
mod ratios;
mod summary;

use crate::adapters::BASE;
use crate::comparison::{self, Row};
use crate::fairness;
use crate::picture;
use crate::results::{Results, Run};

/// The report in Markdown. `picture` is the name of the file that [`draw`]'s picture is in.
pub(crate) fn render(results: &Results, picture: Option<&str>) -> String {
    let mut sections = vec![origin(&results.runs)];
    let rows = comparison::rows(&results.records);
    if !rows.is_empty() {
        sections.extend(picture.map(|file| {
            format!("![Bars: processor time of each workload in relation to {BASE}, a line at 1]({file})\n")
        }));
        sections.push(format!("## Summary\n\n{}", summary::render(&rows)));
        sections.extend(by_group(&rows).map(group));
    }
    if !results.trials.is_empty() {
        sections.push(format!("## Fairness\n\n{}", fairness::report::render(&results.trials)));
    }
    sections.join("\n")
}

/// The picture; `None` if there is nothing to draw.
pub(crate) fn draw(results: &Results) -> Option<String> {
    let rows = comparison::rows(&results.records);
    let notes: Vec<String> = results.runs.iter().map(|run| format!("{}: {}", run.date, run.machine)).collect();
    (!rows.is_empty()).then(|| picture::render(&rows, &notes))
}

/// Date, command and machine of each run.
fn origin(runs: &[Run]) -> String {
    let mut dates: Vec<&str> = runs.iter().map(|run| run.date.as_str()).collect();
    dates.dedup();
    let mut text = format!("# {}: comparison with {BASE}\n\n", dates.join(", "));
    for run in runs {
        let took = run.seconds.map_or_else(|| "interrupted".to_owned(), duration);
        text += &format!("`{}` ({took})\n\n{}\n\n", run.command, run.machine);
    }
    text += "How it is measured and how to read it: `benches/README.md`. Only the ratios mean anything on another machine, and\n\
             those only beside the control's.\n";
    text
}

fn by_group(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    rows.chunk_by(|one, next| one.workload.group().name == next.workload.group().name)
}

fn group(rows: &[Row]) -> String {
    let name = rows.first().map_or("", |row| row.workload.group().name);
    let mut text = format!("## The group {name}\n\n{}", ratios::render(rows));
    if let Some(details) = details::render(rows) {
        text += &format!("\n{details}");
    }
    text
}

/// A length of time as people say it.
pub(crate) fn duration(seconds: u64) -> String {
    match seconds {
        ..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 30) / 60),
    }
}

fn failed() -> String {
    "failed".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::examples::round;

    fn run(seconds: Option<u64>) -> Run {
        let [command, machine, date] = ["cargo xtask bench", "some machine", "2026-11-22"].map(str::to_owned);
        Run { command, machine, date, seconds }
    }

    #[test]
    fn a_report_has_all_sections() {
        let records = [round(0, "yield_lone", 1, [100, 100, 50]), round(0, "mutex_alone", 1, [100, 100, 200])].concat();
        let results = Results { runs: vec![run(Some(2400))], records, trials: Vec::new() };
        let text = render(&results, Some("a.svg"));
        let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
        let expected =
            ["# 2026-11-22: comparison with tokio", "## Summary", "## The group runtime", "## The group sync"];
        assert_eq!(headings, expected, "{text}");
        assert!(text.contains("](a.svg)") && text.contains("`cargo xtask bench` (40 minutes)"), "{text}");
        assert!(!render(&results, None).contains("!["));
        assert!(draw(&results).is_some_and(|picture| picture.contains("2026-11-22: some machine")));
    }

    #[test]
    fn joined_runs_are_all_named() {
        let runs = vec![run(Some(70)), Run { command: "other".to_owned(), ..run(None) }];
        let text = origin(&runs);
        assert!(text.starts_with("# 2026-11-22: "), "{text}");
        assert!(text.contains("`cargo xtask bench` (70 seconds)") && text.contains("`other` (interrupted)"), "{text}");
    }

    #[test]
    fn nothing_measured_is_nothing_drawn() {
        let results = Results { runs: vec![run(None)], ..Results::default() };
        assert_eq!(draw(&results), None);
        assert!(!render(&results, Some("a.svg")).contains("!["));
    }
}
