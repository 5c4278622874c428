//! The picture of a report: a bar for each workload and number of workers, in relation to the base.
//!
//! The scale is logarithmic, since a ratio has no natural zero: half and twice are equally far from 1, and a linear scale
//! would give all that is better one unit and what is worse no bound. What lies beyond its ends is cut off and marked.

mod scale;
mod svg;

use std::fmt::Write;

use crate::adapters::{BASE, SUBJECT};
use crate::comparison::Row;
use crate::figure::Figure;
use crate::runner::Contestant;

use self::scale::Scale;
use self::svg::{Rect, Svg};

const WIDTH: f64 = 900.0;
const MARGIN: f64 = 16.0;
/// Of a letter of a label, about.
const LETTER: f64 = 6.8;
/// Of the column with the number of workers, and of that with the ratios.
const WORKERS: f64 = 68.0;
const VALUES: f64 = 48.0;
/// Between the numbers of workers and the scale.
const WORKERS_END: f64 = 22.0;

/// Heights: of a line of text, of the bar of [`SUBJECT`], of another's, and between two rows.
const LINE: f64 = 16.0;
const BAR: f64 = 10.0;
const THIN_BAR: f64 = 4.0;
const GAP: f64 = 5.0;

const STYLE: &str = include_str!("style.css");

/// Draws the rows. `notes` are lines for its foot.
pub(crate) fn render(rows: &[Row], notes: &[String]) -> String {
    let longest = rows.iter().map(|row| label(row).chars().count()).max().unwrap_or(0);
    let labels = longest as f64 * LETTER;
    let left = MARGIN + labels + WORKERS;
    let scale = Scale::new(left, WIDTH - MARGIN - VALUES);
    let legend = legend(rows);
    let notes = wrapped(notes, 130);
    let groups: Vec<&[Row]> = rows.chunk_by(|a, b| a.workload.group().name == b.workload.group().name).collect();

    let head = 80.0 + LINE * legend.len() as f64;
    let height = head + groups.iter().map(|rows| group_height(rows)).sum::<f64>() + LINE * notes.len() as f64 + MARGIN;
    let mut svg = Svg::new(WIDTH, height);
    svg.rect("paper", Rect { x: 0.0, y: 0.0, width: WIDTH, height });
    let title = format!("Processor time of an operation on {SUBJECT} in relation to {BASE}");
    svg.text("title", (MARGIN, 28.0), &title);
    for (index, line) in explanation().iter().enumerate() {
        svg.text("note", (MARGIN, 46.0 + LINE * index as f64), line);
    }
    for (index, line) in legend.iter().enumerate() {
        draw_legend(&mut svg, line, 84.0 + LINE * index as f64);
    }
    let mut top = head;
    for rows in groups {
        draw_group(&mut svg, rows, &scale, top);
        top += group_height(rows);
    }
    for (index, note) in notes.iter().enumerate() {
        svg.text("note", (MARGIN, top + LINE * (index + 1) as f64 - 4.0), note);
    }
    svg.finish(&title, STYLE)
}

/// What to know before looking.
fn explanation() -> [String; 2] {
    [
        format!(
            "Left of the line at 1: less than {BASE}. Medians over the rounds. A step of the scale is a factor of two."
        ),
        "A word in parentheses after a name: the bar shows this, not processor time.".to_owned(),
    ]
}

/// What the bar of a row shows: processor time, or the most important figure where that says nothing.
fn main_figure(row: &Row) -> Figure {
    if row.is_judged_by(Figure::Cpu) { Figure::Cpu } else { row.workload.judged_by()[0] }
}

/// The workload's name, and what the bar shows if that is not processor time.
fn label(row: &Row) -> String {
    match main_figure(row) {
        Figure::Cpu => row.workload.name().to_owned(),
        figure => format!("{} ({})", row.workload.name(), figure.label()),
    }
}

/// Whoever gets a thin bar.
fn others(row: &Row) -> impl Iterator<Item = Contestant> {
    let is_other = |contestant: &Contestant| matches!(contestant, Contestant::Peer(name) if *name != SUBJECT);
    row.contestants().filter(is_other)
}

fn row_height(row: &Row) -> f64 {
    BAR + THIN_BAR * others(row).count() as f64 + GAP
}

fn group_height(rows: &[Row]) -> f64 {
    2.0 * LINE + rows.iter().map(row_height).sum::<f64>() + GAP
}

fn draw_group(svg: &mut Svg, rows: &[Row], scale: &Scale, top: f64) {
    let first_row = top + 2.0 * LINE;
    let bottom = top + group_height(rows) - GAP;
    let name = rows.first().map_or("", |row| row.workload.group().name);
    svg.text("group", (MARGIN, first_row - 8.0), name);
    svg.text("workers head", (scale.left() - WORKERS_END, first_row - 8.0), "workers");
    for (x, text, is_one) in scale.ticks() {
        svg.text("tick", (x, first_row - 8.0), &text);
        svg.line(if is_one { "one" } else { "grid" }, (x, first_row - 3.0), (x, bottom));
    }
    let mut y = first_row;
    let mut before = "";
    for row in rows {
        let name = row.workload.name();
        svg.group(&description(row), |svg| {
            if name != before {
                svg.text("label", (MARGIN, y + BAR - 1.0), &label(row));
            }
            draw_row(svg, row, scale, y);
        });
        before = name;
        y += row_height(row);
    }
}

fn draw_row(svg: &mut Svg, row: &Row, scale: &Scale, y: f64) {
    let figure = main_figure(row);
    svg.text("workers", (scale.left() - WORKERS_END, y + BAR - 1.0), &row.workers.to_string());
    if let Some(noise) = row.ratio(Contestant::Control, figure) {
        let (x, width) = scale.span(noise.low, noise.high);
        // As high as the row, so that it can be seen above and below the bars.
        svg.rect("noise", Rect { x, y: y - GAP / 2.0, width, height: row_height(row) });
    }
    let value = (scale.right() + 10.0, y + BAR - 1.0);
    let Some(ratio) = row.of_subject(figure) else {
        svg.text("value", value, &row.ratio_text(Contestant::Peer(SUBJECT), figure));
        return;
    };
    let worse = if row.is_worse(figure) { " worse" } else { "" };
    draw_bar(svg, scale, &format!("bar subject{worse}"), ratio.median, (y, BAR));
    let (x, width) = scale.span(ratio.low, ratio.high);
    let middle = y + BAR / 2.0;
    svg.line("whisker", (x, middle), (x + width, middle));
    for x in [x, x + width] {
        svg.line("whisker", (x, middle - 2.0), (x, middle + 2.0));
    }
    svg.text(&format!("value{worse}"), value, &format!("{:.2}", ratio.median));
    if let Some(wall) = row.of_subject(Figure::Wall).filter(|_| figure == Figure::Cpu && row.is_judged_by(Figure::Wall))
    {
        draw_diamond(svg, (scale.x(wall.median), middle));
    }
    for (index, other) in others(row).enumerate() {
        if let Some(ratio) = row.ratio(other, figure) {
            let y = y + BAR + THIN_BAR * index as f64;
            draw_bar(svg, scale, &format!("bar {}", other.label()), ratio.median, (y, THIN_BAR));
        }
    }
}

/// From 1 to the ratio, with an arrow where the scale ends before.
fn draw_bar(svg: &mut Svg, scale: &Scale, class: &str, ratio: f64, (y, height): (f64, f64)) {
    let (x, width) = scale.span(ratio.min(1.0), ratio.max(1.0));
    svg.rect(class, Rect { x, y: y + 0.5, width, height: height - 1.0 });
    if scale.cuts(ratio) {
        let (end, out) = if ratio > 1.0 { (scale.right(), 6.0) } else { (scale.left(), -6.0) };
        svg.polygon(class, &[(end, y), (end + out, y + height / 2.0), (end, y + height)]);
    }
}

fn draw_diamond(svg: &mut Svg, (x, y): (f64, f64)) {
    let reach = 3.5;
    svg.polygon("wall", &[(x - reach, y), (x, y - reach), (x + reach, y), (x, y + reach)]);
}

/// All figures of a row in words.
fn description(row: &Row) -> String {
    let mut text = format!("{}, {} workers", row.workload.name(), row.workers);
    for &figure in row.workload.judged_by() {
        for contestant in row.contestants().filter(|contestant| *contestant != Contestant::Base) {
            let ratio = row.ratio_text(contestant, figure);
            write!(text, "\n{} of {}: {ratio}", figure.label(), contestant.label()).expect("a string takes it");
        }
    }
    text
}

/// A sign and what it means, and where it stands in its line.
struct Entry {
    class: String,
    x: f64,
    text: String,
}

/// The legend, in as many lines as it needs.
fn legend(rows: &[Row]) -> Vec<Vec<Entry>> {
    let entry = |class: &str, text: String| Entry { class: class.to_owned(), x: 0.0, text };
    let mut entries = vec![
        entry("bar subject", SUBJECT.to_owned()),
        entry("bar subject worse", format!("{SUBJECT}, above {BASE} by more than the noise")),
        entry("whisker", "its quartiles".to_owned()),
        entry("wall", "its wall time".to_owned()),
        entry("noise", format!("{BASE} against itself, quartiles")),
    ];
    let takes_part = |contestant: &Contestant| rows.iter().any(|row| others(row).any(|other| other == *contestant));
    let peers = Contestant::all().filter(takes_part);
    entries.extend(peers.map(|peer| entry(&format!("bar {}", peer.label()), peer.label().to_owned())));

    let mut lines = vec![Vec::new()];
    let mut x = MARGIN;
    for entry in entries {
        let width = 28.0 + entry.text.chars().count() as f64 * 6.2;
        if x + width > WIDTH - MARGIN {
            lines.push(Vec::new());
            x = MARGIN;
        }
        lines.last_mut().expect("there is a line").push(Entry { x, ..entry });
        x += width;
    }
    lines
}

fn draw_legend(svg: &mut Svg, entries: &[Entry], base: f64) {
    for Entry { class, x, text } in entries {
        let middle = base - 4.0;
        match class.as_str() {
            "whisker" => svg.line(class, (*x, middle), (x + 16.0, middle)),
            "wall" => draw_diamond(svg, (x + 8.0, middle)),
            _ => svg.rect(class, Rect { x: *x, y: middle - 4.0, width: 16.0, height: 8.0 }),
        }
        svg.text("note", (x + 21.0, base), text);
    }
}

/// The lines, broken between words so that none is longer than that.
fn wrapped(lines: &[String], longest: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for line in lines {
        wrapped.push(String::new());
        for word in line.split(' ') {
            let last = wrapped.last_mut().expect("it was just pushed");
            if last.is_empty() {
                last.push_str(word);
            } else if last.chars().count() + 1 + word.chars().count() <= longest {
                last.push(' ');
                last.push_str(word);
            } else {
                wrapped.push(word.to_owned());
            }
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::svg::check::{assert_well_formed, values};
    use super::*;
    use crate::comparison::examples::{round, sample};
    use crate::comparison::rows;
    use crate::groups::Workload;
    use crate::runner::Record;

    fn picture(records: &[Vec<Record>]) -> String {
        let picture = render(&rows(&records.concat()), &["a < b & \"c\"".to_owned()]);
        assert_well_formed(&picture);
        picture
    }

    #[test]
    fn a_bar_is_as_long_as_its_ratio_says() {
        let better = picture(&[round(0, "yield_lone", 1, [100, 100, 50])]);
        let much_better = picture(&[round(0, "yield_lone", 1, [100, 100, 25])]);
        // The first is the legend's.
        let [_, half] = values(&better, "bar subject", "width")[..] else { panic!("{better}") };
        let [_, quarter] = values(&much_better, "bar subject", "width")[..] else { panic!("{much_better}") };
        assert!((quarter - 2.0 * half).abs() < 0.2, "{half} {quarter}");
        let one = values(&better, "one", "x1")[0];
        assert!((values(&better, "bar subject", "x")[1] + half - one).abs() < 0.2, "it ends at 1");

        let worse = picture(&[round(0, "yield_lone", 1, [100, 100, 200])]);
        let [_, twice] = values(&worse, "bar subject worse", "width")[..] else { panic!("{worse}") };
        assert!((twice - half).abs() < 0.2, "half and twice are equally far from 1");
        assert!((values(&worse, "bar subject worse", "x")[1] - one).abs() < 0.2, "it begins at 1");
    }

    #[test]
    fn what_is_too_long_is_cut_and_marked() {
        let inside = picture(&[round(0, "yield_lone", 1, [100, 100, 390])]);
        assert!(!inside.contains("polygon class=\"bar"), "{inside}");
        let outside = picture(&[round(0, "yield_lone", 1, [100, 100, 1000])]);
        assert!(
            outside.contains("polygon class=\"bar subject worse\"") && outside.contains(">10.00</text>"),
            "{outside}"
        );
        let x = values(&outside, "bar subject worse", "x");
        assert!(x[1] + values(&outside, "bar subject worse", "width")[1] < WIDTH - VALUES, "{outside}");
    }

    #[test]
    fn each_row_has_its_noise_and_names_come_once() {
        let records = [
            round(0, "yield_lone", 1, [100, 90, 50]),
            round(1, "yield_lone", 1, [100, 110, 50]),
            round(0, "yield_lone", 2, [100, 100, 50]),
        ];
        let picture = picture(&records);
        assert_eq!(values(&picture, "noise", "width").len(), 3, "the legend's and two");
        assert_eq!(picture.matches(">yield_lone</text>").count(), 1);
        assert!(picture.contains("CPU of heist: 0.50 (0.50–0.50)"), "{picture}");
        assert!(picture.contains("a &lt; b &amp; &quot;c&quot;</text>"));
    }

    #[test]
    fn other_peers_have_bars_of_their_own() {
        let mut records = round(0, "tcp_echo", 1, [100, 100, 50]);
        for (name, ns) in [("smol", 80), ("epoll", 70)] {
            let workload = Workload::named("tcp_echo").unwrap();
            let contestant = Contestant::Peer(name);
            records.push(Record { round: 0, workload, workers: 1, contestant, sample: Some(sample(ns)) });
        }
        let picture = picture(&[records]);
        let [smol, epoll] = ["bar smol", "bar epoll"].map(|class| values(&picture, class, "width")[1]);
        assert!(smol < epoll, "{smol} {epoll}");
        let [smol, epoll] = ["bar smol", "bar epoll"].map(|class| values(&picture, class, "y")[1]);
        assert!((epoll - smol - THIN_BAR).abs() < 0.2, "one below the other");
    }

    #[test]
    fn failures_and_nothing_at_all_can_be_drawn() {
        assert!(picture(&[round(0, "yield_lone", 1, [100, 100, 0])]).contains(">failed</text>"));
        assert!(picture(&[round(0, "yield_lone", 1, [0, 0, 0])]).contains(">failed</text>"));
        picture(&[]);
    }

    #[test]
    fn lines_are_broken_between_words() {
        let lines = ["one two three".to_owned(), "unbreakable".to_owned()];
        assert_eq!(wrapped(&lines, 7), ["one two", "three", "unbreakable"]);
    }
}
