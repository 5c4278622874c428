//! The table of a group: both clocks of each row, in relation to the base.

use super::failed;
use crate::adapters::BASE;
use crate::comparison::Row;
use crate::figure::Figure;
use crate::markdown;
use crate::runner::Contestant;
use crate::stats::Quartiles;

const CLOCKS: [Figure; 2] = [Figure::Wall, Figure::Cpu];

/// The table with a line above that says what is in it. A clock that says nothing of a workload leaves its cell empty.
pub(super) fn render(rows: &[Row]) -> String {
    let takes_part =
        |contestant: &Contestant| rows.iter().any(|row| row.contestants().any(|other| other == *contestant));
    let others = Contestant::all().filter(|contestant| *contestant != Contestant::Base).filter(takes_part);
    let others: Vec<Contestant> = others.collect();

    let mut head = vec!["workload".to_owned(), "workers".to_owned()];
    head.extend(CLOCKS.map(|clock| format!("{BASE} {}", clock.label_with_unit())));
    for contestant in &others {
        head.extend(CLOCKS.map(|clock| format!("{} {}", contestant.label(), clock.label())));
    }
    let mut lines = vec![noise(rows, head.len())];
    lines.extend(rows.iter().map(|row| line(row, &others)));
    format!(
        "Nanoseconds of an operation on {BASE} (median); ratios to {BASE}: median (quartiles).\n\n{}",
        markdown::table(&head, &lines, 1)
    )
}

fn line(row: &Row, others: &[Contestant]) -> Vec<String> {
    let mut cells = vec![row.workload.name().to_owned(), row.workers.to_string()];
    cells.extend(CLOCKS.map(|clock| match row.is_judged_by(clock) {
        true => row.median(Contestant::Base, clock).map_or_else(failed, |median| clock.text(median)),
        false => String::new(),
    }));
    for &contestant in others {
        let takes_part = row.contestants().any(|other| other == contestant);
        cells.extend(CLOCKS.map(|clock| match takes_part && row.is_judged_by(clock) {
            true => row.ratio_text(contestant, clock),
            false => String::new(),
        }));
    }
    cells
}

/// The line that shows what the machine alone does to a ratio: the control's ratios of all rows together.
fn noise(rows: &[Row], columns: usize) -> Vec<String> {
    let mut cells = vec![format!("*{BASE} against {BASE}, all rows*"), String::new(), String::new(), String::new()];
    cells.extend(CLOCKS.map(|clock| {
        let judged = rows.iter().filter(|row| row.is_judged_by(clock));
        let ratios = judged.flat_map(|row| row.ratios(Contestant::Control, clock)).collect();
        Quartiles::of(ratios).map_or_else(String::new, |ratio| ratio.to_string())
    }));
    cells.resize(columns, String::new());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::examples::round;
    use crate::comparison::rows;

    #[test]
    fn the_first_row_is_the_control() {
        let text = render(&rows(&round(0, "yield_lone", 1, [100, 110, 50])));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert!(!lines[0].contains("smol"), "it takes no part: {text}");
        assert!(lines[2].contains("tokio against tokio") && lines[2].contains("1.10 (1.10–1.10)"), "{text}");
        assert!(lines[3].contains("| yield_lone") && lines[3].contains("0.50 (0.50–0.50)"), "{text}");
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn failures_are_shown() {
        let text = render(&rows(&round(0, "yield_lone", 1, [0, 0, 0])));
        assert_eq!(text.matches("failed").count(), 6, "{text}");
    }
}
