//! Markdown tables that are also readable as plain text.

/// A table. All rows have as many cells as the head; the first `left` columns are aligned to the left, the others to
/// the right.
pub(crate) fn table(head: &[String], rows: &[Vec<String>], left: usize) -> String {
    let lines = || std::iter::once(head).chain(rows.iter().map(Vec::as_slice));
    let width = |column: usize| lines().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();

    let render = |line: &[String]| {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column < left { format!(" {cell:<width$} |") } else { format!(" {cell:>width$} |") }
        });
        format!("|{}\n", cells.collect::<String>())
    };
    let rules = widths.iter().enumerate().map(|(column, width)| {
        let dashes = "-".repeat(width + 1);
        if column < left { format!(":{dashes}|") } else { format!("{dashes}:|") }
    });

    let mut text = render(head);
    text += &format!("|{}\n", rules.collect::<String>());
    rows.iter().for_each(|row| text += &render(row));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let text = table(&words("name n"), &[words("a 1–2")], 1);
        assert_eq!(text, "| name |   n |\n|:-----|----:|\n| a    | 1–2 |\n");
    }
}
