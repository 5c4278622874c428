//! The instructions that an operation executes, counted by valgrind's callgrind, against a budget for each.
//!
//! This file reads the options and goes through the scenarios of `benches/instructions`. [`program`] builds and runs them,
//! [`profile`] reads what valgrind wrote, [`budget`] owns the file with the budgets and says who keeps to his,
//! [`atomics`] tells the locked instructions from the others, [`report`] writes the page for `docs/benchmarks`.

mod atomics;
mod budget;
mod profile;
mod program;
mod report;

use std::path::Path;

use self::budget::{Budgets, Toolchain, Verdict};
use self::program::{Peer, Program};
use crate::steps::Outcome;

/// What is asked for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// One scenario instead of all.
    only: Option<String>,
    /// Tokio is counted too.
    compare: bool,
    /// What is counted becomes the budget.
    record: bool,
    /// The locked instructions are listed, without a look at budgets.
    atomics: bool,
    /// All scenarios are compared, and the page about them is written.
    report: bool,
}

impl Options {
    /// Those of the page.
    pub(crate) fn report() -> Self {
        Self { compare: true, report: true, ..Self::default() }
    }
}

/// Reads what follows `instructions` in the command line.
pub(crate) fn parse(mut rest: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some((argument, others)) = rest.split_first() {
        rest = others;
        match argument.as_str() {
            "--compare" => options.compare = true,
            "--record" => options.record = true,
            "--atomics" => options.atomics = true,
            "--report" => (options.report, options.compare) = (true, true),
            "--only" => {
                let (name, others) = rest.split_first().ok_or("`--only` needs the name of a scenario")?;
                options.only = Some(name.clone());
                rest = others;
            }
            _ => return Err(format!("unexpected argument `{argument}`")),
        }
    }
    if options.atomics && options.record {
        return Err("`--atomics` records nothing".to_owned());
    }
    if options.report && (options.atomics || options.only.is_some()) {
        return Err("`--report` is about all scenarios and their counts".to_owned());
    }
    Ok(options)
}

/// Counts, prints a table and compares with the budgets.
pub(crate) fn check(root: &Path, options: &Options) -> Outcome {
    if !program::valgrind_is_there() {
        return Outcome::Skipped("valgrind is not installed");
    }
    let result = if options.atomics { list_atomics(root, options) } else { count(root, options) };
    result.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        Outcome::Failed
    })
}

/// A scenario's name, and the instructions of an operation on heist and on tokio.
struct Row {
    name: String,
    heist: f64,
    tokio: Option<f64>,
}

/// Counts each scenario, and compares or records.
fn count(root: &Path, options: &Options) -> Result<Outcome, String> {
    let mut budgets = Budgets::read(root)?;
    let toolchain = Toolchain::present(root)?;
    if !options.record && budgets.toolchain.host != toolchain.host {
        return Ok(Outcome::Skipped("the budgets are for another kind of machine"));
    }
    let heist = Program::build(root, Peer::Heist)?;
    let tokio = if options.compare { Some(Program::build(root, Peer::Tokio)?) } else { None };
    let mut rows = Vec::new();
    for scenario in heist.scenarios(options.only.as_deref())? {
        let tokio = tokio.as_ref().map(|tokio| tokio.count(&scenario)).transpose()?;
        rows.push(Row { heist: heist.count(&scenario)?, tokio, name: scenario.name });
    }
    print(&rows, &budgets);
    if options.report {
        report::write(root, &rows, &toolchain)?;
    }
    if options.record {
        let counted = rows.into_iter().map(|row| (row.name, row.heist));
        budgets.record(root, toolchain, counted, options.only.is_some())?;
        return Ok(Outcome::Passed);
    }
    if budgets.toolchain.rustc != toolchain.rustc {
        println!(
            "note: the budgets are from {}, this is {}: the standard library's part differs",
            budgets.toolchain.rustc, toolchain.rustc
        );
    }
    let kept = judge(&rows, &budgets);
    let gone = match options.only {
        None => budgets.without(rows.iter().map(|row| row.name.as_str())),
        Some(_) => Vec::new(),
    };
    for name in &gone {
        eprintln!("error: there is a budget for `{name}`, but no such scenario");
    }
    Ok((kept && gone.is_empty()).into())
}

/// Prints the table.
fn print(rows: &[Row], budgets: &Budgets) {
    println!(
        "{:<22} {:>9} {:>9} {:>7} {:>9} {:>9}",
        "instructions of", "heist", "tokio", "ratio", "budget", "deviation"
    );
    let number = |value: Option<f64>, digits| value.map_or("-".to_owned(), |value| format!("{value:.digits$}"));
    for row in rows {
        let budget = budgets.of(&row.name);
        println!(
            "{:<22} {:>9.1} {:>9} {:>7} {:>9} {:>9}",
            row.name,
            row.heist,
            number(row.tokio, 1),
            number(row.tokio.map(|tokio| row.heist / tokio), 2),
            number(budget, 1),
            budget.map_or("-".to_owned(), |budget| deviation(row.heist, budget))
        );
    }
}

fn deviation(count: f64, budget: f64) -> String {
    // In whole tenths, so that a hair below is no -0.0.
    let tenths = ((count / budget - 1.0) * 1000.0).round() as i64;
    format!("{:+.1} %", tenths as f64 / 10.0)
}

/// Says which scenarios do not keep to their budgets. True if none is above.
fn judge(rows: &[Row], budgets: &Budgets) -> bool {
    let verdicts = rows.iter().map(|row| (row, Verdict::of(row.heist, budgets.of(&row.name))));
    let mut kept = true;
    for (row, verdict) in verdicts {
        kept &= verdict.is_kept();
        if let Some(remark) = verdict.remark(&row.name) {
            println!("{remark}");
        }
    }
    kept
}

/// Lists the locked instructions of each scenario.
fn list_atomics(root: &Path, options: &Options) -> Result<Outcome, String> {
    if !cfg!(target_arch = "x86_64") {
        return Ok(Outcome::Skipped("the locked instructions are known of x86-64 alone"));
    }
    let mut programs = vec![Program::build(root, Peer::Heist)?];
    if options.compare {
        programs.push(Program::build(root, Peer::Tokio)?);
    }
    let mut disassembler = atomics::Disassembler::new(root);
    for scenario in programs[0].scenarios(options.only.as_deref())? {
        for program in &programs {
            let profiles = program.profiles(&scenario, true)?;
            let sites = disassembler.locked(&profiles, scenario.operations)?;
            let total: f64 = sites.iter().map(|site| site.times).sum();
            println!("\n{} on {}: {total:.2} locked instructions and fences", scenario.name, program.peer.name());
            for site in sites {
                println!("  {site}");
            }
        }
    }
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_understood() {
        assert_eq!(parsed(""), Ok(Options::default()));
        let only = Options { only: Some("wake".to_owned()), compare: true, ..Options::default() };
        assert_eq!(parsed("--compare --only wake"), Ok(only));
        assert_eq!(parsed("--record"), Ok(Options { record: true, ..Options::default() }));
        assert_eq!(parsed("--atomics"), Ok(Options { atomics: true, ..Options::default() }));
        assert_eq!(parsed("--report"), Ok(Options::report()));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parsed("wake"), Err("unexpected argument `wake`".to_owned()));
        assert_eq!(parsed("--only"), Err("`--only` needs the name of a scenario".to_owned()));
        assert_eq!(parsed("--atomics --record"), Err("`--atomics` records nothing".to_owned()));
        let all = "`--report` is about all scenarios and their counts";
        assert_eq!(parsed("--report --only wake"), Err(all.to_owned()));
    }

    #[test]
    fn one_scenario_above_its_budget_is_a_failure() {
        let budgets = Budgets::parse("rustc = r\nhost = h\na = 100.0\nb = 100.0\n").unwrap();
        let rows = |b| [("a", 100.0), ("b", b)].map(|(name, heist)| Row { name: name.to_owned(), heist, tokio: None });
        assert!(judge(&rows(104.0), &budgets));
        assert!(!judge(&rows(106.0), &budgets));
        assert!(judge(&rows(50.0), &budgets), "less is no failure");
    }

    #[test]
    fn deviations_are_in_percent() {
        assert_eq!([106.0, 99.99, 90.0].map(|count| deviation(count, 100.0)), ["+6.0 %", "+0.0 %", "-10.0 %"]);
    }
}
