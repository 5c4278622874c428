//! The page about instruction counts in `docs/benchmarks`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::Row;
use super::budget::Toolchain;

const PAGE: &str = "docs/benchmarks/instructions.md";

/// Writes the page anew.
pub(super) fn write(root: &Path, rows: &[Row], toolchain: &Toolchain) -> Result<(), String> {
    let path = root.join(PAGE);
    fs::write(&path, page(rows, toolchain)).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    println!("written: {}", path.display());
    Ok(())
}

fn page(rows: &[Row], toolchain: &Toolchain) -> String {
    let mut text = format!(
        "# Instructions of an operation\n\n\
         `cargo xtask instructions --report`\n\n\
         {}, {}.\n\n\
         One worker; all threads of the process together. The scenarios, and how they are counted, are in\n\
         `benches/instructions`. A rerun differs by less than one percent: hashes and addresses vary. Instructions are not time:\n\
         waiting for memory and for other processors is not in them.\n\n\
         | operation | heist | tokio | ratio |\n|:--|--:|--:|--:|\n",
        toolchain.rustc, toolchain.host
    );
    let mut ratios = Vec::new();
    for row in rows {
        let tokio = row.tokio.unwrap_or(f64::NAN);
        ratios.push(row.heist / tokio);
        writeln!(text, "| {} | {:.0} | {tokio:.0} | {:.2} |", row.name, row.heist, row.heist / tokio)
            .expect("a string takes everything");
    }
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
    writeln!(text, "\nGeometric mean of the ratios: {mean:.2}.").expect("a string takes everything");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_line_for_each_scenario_and_their_mean() {
        let rows = [("a", 1.0, 4.0), ("b", 100.4, 100.4)];
        let rows = rows.map(|(name, heist, tokio)| Row { name: name.to_owned(), heist, tokio: Some(tokio) });
        let toolchain = Toolchain { rustc: "rustc 1".to_owned(), host: "x86_64".to_owned() };
        let page = page(&rows, &toolchain);
        assert!(page.contains("\nrustc 1, x86_64.\n"), "{page}");
        assert!(
            page.ends_with("| a | 1 | 4 | 0.25 |\n| b | 100 | 100 | 1.00 |\n\nGeometric mean of the ratios: 0.50.\n"),
            "{page}"
        );
    }
}
