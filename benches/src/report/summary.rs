//! What to look at first: means of the groups, goals, what is worse than the base, and what does not scale.

use super::{by_group, goals};
use crate::adapters::{BASE, SUBJECT};
use crate::comparison::{Row, WORTH_A_LOOK};
use crate::figure::Figure;
use crate::markdown;
use crate::runner::Contestant;

/// Processor time of an operation that grows by more than this with the number of workers is worth a look.
const GROWTH: f64 = 1.5;

pub(super) fn render(rows: &[Row]) -> String {
    let mut sections = vec![means(rows), goals::render(rows), worse(rows), growth(rows)];
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

/// Geometric means of the medians, for each figure by which rows of a group are judged.
fn means(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for rows in by_group(rows) {
        for figure in Figure::ALL {
            let judged: Vec<&Row> = rows.iter().filter(|row| row.is_judged_by(figure)).collect();
            if !judged.is_empty() {
                lines.push(vec![
                    rows[0].workload.group().name.to_owned(),
                    figure.label().to_owned(),
                    judged.len().to_string(),
                    mean(&judged, Contestant::Peer(SUBJECT), figure),
                    mean(&judged, Contestant::Control, figure),
                ]);
            }
        }
    }
    let head = ["group", "figure", "rows", SUBJECT, "control"].map(str::to_owned);
    format!("Geometric mean of the ratios to {BASE}.\n\n{}", markdown::table(&head, &lines, 2))
}

/// Empty if there is no ratio.
fn mean(rows: &[&Row], contestant: Contestant, figure: Figure) -> String {
    let ratios = rows.iter().filter_map(|row| Some(row.ratio(contestant, figure)?.median)).filter(|ratio| *ratio > 0.0);
    let logarithms: Vec<f64> = ratios.map(f64::ln).collect();
    match logarithms.len() {
        0 => String::new(),
        count => format!("{:.2}", (logarithms.iter().sum::<f64>() / count as f64).exp()),
    }
}

/// The rows in which [`SUBJECT`] is above the base, and not for the noise.
fn worse(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for row in rows {
        for &figure in row.workload.judged_by().iter().filter(|figure| row.is_worse(**figure)) {
            lines.push(vec![
                row.workload.name().to_owned(),
                row.workers.to_string(),
                figure.label().to_owned(),
                row.ratio_text(Contestant::Peer(SUBJECT), figure),
                row.ratio_text(Contestant::Control, figure),
            ]);
        }
    }
    let what = format!("{SUBJECT} is above {BASE} by more than the noise");
    if lines.is_empty() {
        return format!("There is no row in which {what}.\n");
    }
    let unknown = match rows.iter().map(Row::rounds).max() {
        Some(0..3) => " With fewer than three rounds there are no quartiles to speak of.",
        _ => "",
    };
    let head = ["workload", "workers", "figure", SUBJECT, "control"].map(str::to_owned);
    format!(
        "Rows in which {what}: its lower quartile is above {WORTH_A_LOOK} and above the control's upper \
         quartile.{unknown}\n\n{}",
        markdown::table(&head, &lines, 1)
    )
}

/// The rows in which an operation takes [`SUBJECT`] much more processor time than it does with the fewest workers.
fn growth(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for of_workload in rows.chunk_by(|one, next| one.workload == next.workload) {
        let (few, more) = of_workload.split_first().expect("a chunk is not empty");
        for many in more.iter().filter(|many| many.is_judged_by(Figure::Cpu)) {
            let grows = |contestant| Some(many.median(contestant, Figure::Cpu)? / few.median(contestant, Figure::Cpu)?);
            let Some(ours) = grows(Contestant::Peer(SUBJECT)).filter(|growth| *growth > GROWTH) else { continue };
            lines.push(vec![
                many.workload.name().to_owned(),
                format!("{} → {}", few.workers, many.workers),
                format!("{ours:.2}"),
                grows(Contestant::Base).map_or_else(String::new, |growth| format!("{growth:.2}")),
            ]);
        }
    }
    let what = format!("takes {SUBJECT} more than {GROWTH} times the processor time with more workers");
    if lines.is_empty() {
        return format!("No operation {what}.\n");
    }
    let head = ["workload", "workers", SUBJECT, BASE].map(str::to_owned);
    format!("An operation {what}:\n\n{}", markdown::table(&head, &lines, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::examples::round;
    use crate::comparison::rows;

    #[test]
    fn means_are_geometric_and_by_group() {
        let records = [
            round(0, "yield_lone", 1, [100, 100, 50]),
            round(0, "yield_many", 1, [100, 100, 200]),
            round(0, "mutex_alone", 1, [100, 110, 30]),
        ];
        let text = means(&rows(&records.concat()));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let words = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(words(lines[0])[1..6], ["group", "figure", "rows", "heist", "control"]);
        assert_eq!(words(lines[2])[1..6], ["runtime", "wall", "2", "1.00", "1.00"], "{text}");
        assert_eq!(words(lines[3])[1..6], ["runtime", "CPU", "2", "1.00", "1.00"], "{text}");
        assert_eq!(words(lines[5])[1..6], ["sync", "CPU", "1", "0.30", "1.10"], "{text}");
        assert_eq!(lines.len(), 6, "{text}");
    }

    #[test]
    fn only_what_is_worse_is_listed() {
        let records = [round(0, "yield_lone", 1, [100, 105, 104]), round(0, "yield_lone", 2, [100, 105, 120])];
        let text = worse(&rows(&records.concat()));
        assert!(text.contains("fewer than three rounds"), "{text}");
        let lines: Vec<&str> = text.lines().skip(4).collect();
        assert!(lines.len() == 2 && lines.iter().all(|line| line.contains("| yield_lone |       2 |")), "{text}");
        assert!(lines[0].contains("1.20 (1.20–1.20)") && lines[0].contains("1.05 (1.05–1.05)"), "{text}");
        assert!(worse(&rows(&records[0])).starts_with("There is no row"));
    }

    #[test]
    fn growth_is_taken_from_the_fewest_workers() {
        let records = [
            round(0, "yield_lone", 1, [100, 100, 50]),
            round(0, "yield_lone", 2, [110, 100, 74]),
            round(0, "yield_lone", 4, [120, 100, 100]),
        ];
        let text = growth(&rows(&records.concat()));
        let lines: Vec<&str> = text.lines().skip(4).collect();
        assert!(
            lines.len() == 1 && lines[0].contains("1 → 4") && lines[0].contains("2.00") && lines[0].contains("1.20"),
            "{text}"
        );
        assert!(growth(&rows(&records[..2].concat())).starts_with("No operation"));
    }
}
