//! The file with the budgets, and the comparison of a count with its budget.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

const FILE: &str = "benches/instructions/budgets.txt";

const HEAD: &str = "\
# The instructions of one operation on heist with one worker. `cargo xtask instructions` fails if a scenario executes 5 %
# more; `cargo xtask instructions --record` writes this file. A rise needs its reason in the commit.
";

/// A scenario may execute so much more than its budget before that is a failure, or less before the budget is too large.
const TOLERANCE: f64 = 0.05;

/// What the counts depend on besides heist.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Toolchain {
    /// The compiler's version, as it says it. The standard library's code is in the counts too.
    pub(crate) rustc: String,
    /// The kind of machine.
    pub(crate) host: String,
}

impl Toolchain {
    /// The one that compiles here.
    pub(crate) fn present(root: &Path) -> Result<Self, String> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).arg("-vV").current_dir(root).output();
        let output = output.map_err(|error| format!("cannot run rustc: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let host = text.lines().find_map(|line| line.strip_prefix("host: "));
        match (text.lines().next(), host) {
            (Some(rustc), Some(host)) => Ok(Self { rustc: rustc.to_owned(), host: host.to_owned() }),
            _ => Err("rustc does not say its version".to_owned()),
        }
    }
}

/// The content of the file.
#[derive(Debug, PartialEq)]
pub(crate) struct Budgets {
    pub(crate) toolchain: Toolchain,
    /// In the order of the scenarios, so that a change is a change of one line.
    budgets: Vec<(String, f64)>,
}

impl Budgets {
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(root.join(FILE)).map_err(|error| format!("cannot read {FILE}: {error}"))?;
        Self::parse(&text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (mut rustc, mut host, mut budgets) = (None, None, Vec::new());
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, value) = line.split_once(" = ").ok_or_else(|| format!("{FILE}: `{line}` is no budget"))?;
            match name {
                "rustc" => rustc = Some(value.to_owned()),
                "host" => host = Some(value.to_owned()),
                _ => {
                    let value = value.parse().map_err(|_| format!("{FILE}: `{value}` is not a number"))?;
                    budgets.push((name.to_owned(), value));
                }
            }
        }
        match (rustc, host) {
            (Some(rustc), Some(host)) => Ok(Self { toolchain: Toolchain { rustc, host }, budgets }),
            _ => Err(format!("{FILE} does not say what it was recorded with")),
        }
    }

    fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        let _ = writeln!(text, "rustc = {}\nhost = {}\n", self.toolchain.rustc, self.toolchain.host);
        for (name, budget) in &self.budgets {
            let _ = writeln!(text, "{name} = {budget:.1}");
        }
        text
    }

    /// A scenario's budget, if it has one.
    pub(crate) fn of(&self, name: &str) -> Option<f64> {
        self.budgets.iter().find(|(budgeted, _)| budgeted == name).map(|(_, budget)| *budget)
    }

    /// The names in the file that are not among the `scenarios`.
    pub(crate) fn without<'a>(&self, scenarios: impl Iterator<Item = &'a str>) -> Vec<&str> {
        let mut left: BTreeMap<&str, ()> = self.budgets.iter().map(|(name, _)| (name.as_str(), ())).collect();
        for name in scenarios {
            left.remove(name);
        }
        left.into_keys().collect()
    }

    /// Writes what was `counted` into the file: in place of all that is in it, or of some `only`.
    pub(crate) fn record(
        &mut self,
        root: &Path,
        toolchain: Toolchain,
        counted: impl Iterator<Item = (String, f64)>,
        only: bool,
    ) -> Result<(), String> {
        if !only {
            *self = Self { toolchain, budgets: counted.collect() };
        } else if self.toolchain != toolchain {
            return Err(format!("the other budgets are from {}: record all", self.toolchain.rustc));
        } else {
            for (name, count) in counted {
                match self.budgets.iter_mut().find(|(budgeted, _)| *budgeted == name) {
                    Some((_, budget)) => *budget = count,
                    None => self.budgets.push((name, count)),
                }
            }
        }
        println!("wrote {FILE}");
        fs::write(root.join(FILE), self.text()).map_err(|error| format!("cannot write {FILE}: {error}"))
    }
}

/// How a count stands to its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Kept,
    TooHigh,
    TooLow,
    NoBudget,
}

impl Verdict {
    pub(crate) fn of(count: f64, budget: Option<f64>) -> Self {
        match budget {
            None => Self::NoBudget,
            Some(budget) if count > budget * (1.0 + TOLERANCE) => Self::TooHigh,
            Some(budget) if count < budget * (1.0 - TOLERANCE) => Self::TooLow,
            Some(_) => Self::Kept,
        }
    }

    /// To execute less than allowed is no failure.
    pub(crate) fn is_kept(self) -> bool {
        matches!(self, Self::Kept | Self::TooLow)
    }

    /// What to do about it.
    pub(crate) fn remark(self, name: &str) -> Option<String> {
        match self {
            Self::Kept => None,
            Self::TooHigh => Some(format!("{name}: above its budget by more than 5 %")),
            Self::TooLow => {
                Some(format!("{name}: lower the budget, `cargo xtask instructions --record --only {name}`"))
            }
            Self::NoBudget => Some(format!("{name}: has no budget, `cargo xtask instructions --record --only {name}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "rustc = rustc 1\nhost = h\n\nspawn = 200.0\nwake = 50.5\n";

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let budgets = Budgets::parse(TEXT).unwrap();
        assert_eq!(budgets.toolchain, Toolchain { rustc: "rustc 1".to_owned(), host: "h".to_owned() });
        assert_eq!((budgets.of("wake"), budgets.of("park")), (Some(50.5), None));
        assert_eq!(Budgets::parse(&budgets.text()), Ok(budgets));
    }

    #[test]
    fn mistakes_in_the_file_are_named() {
        let message = |text| Budgets::parse(text).unwrap_err();
        assert!(message("spawn = 1").contains("does not say what it was recorded with"));
        assert!(message("spawn").contains("`spawn` is no budget"));
        assert!(message("spawn = few").contains("`few` is not a number"));
    }

    #[test]
    fn the_tolerance_goes_both_ways() {
        let verdict = |count| Verdict::of(count, Some(200.0));
        assert_eq!([209.9, 210.1].map(verdict), [Verdict::Kept, Verdict::TooHigh]);
        assert_eq!([190.1, 189.9].map(verdict), [Verdict::Kept, Verdict::TooLow]);
        assert_eq!(Verdict::of(1.0, None), Verdict::NoBudget);
        assert!(!Verdict::NoBudget.is_kept() && !Verdict::TooHigh.is_kept() && Verdict::TooLow.is_kept());
    }

    #[test]
    fn a_budget_without_a_scenario_is_found() {
        let budgets = Budgets::parse(TEXT).unwrap();
        assert_eq!(budgets.without(["spawn", "other"].into_iter()), ["wake"]);
    }
}
