//! What is known to be missing: `gaps.txt`, one path a line with the reason behind it.

/// The known gaps.
pub(crate) struct Gaps<'a>(Vec<&'a str>);

impl<'a> Gaps<'a> {
    /// Reads `path  # reason` lines.
    ///
    /// # Panics
    ///
    /// If a line has no reason.
    pub(crate) fn read(text: &'a str) -> Gaps<'a> {
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let path = |line: &'a str| {
            let (path, reason) = line.split_once('#').unwrap_or((line, ""));
            assert!(!reason.trim().is_empty(), "gaps.txt: `{path}` has no reason");
            path.trim()
        };
        Gaps(lines.map(path).collect())
    }

    /// True if that path, or one that it lies in, is listed.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.0.iter().any(|gap| lies_in(path, gap))
    }

    /// The gaps that none of the missing paths lies in.
    pub(crate) fn closed<'b>(&self, missing: impl Iterator<Item = &'b str> + Clone) -> Vec<&'a str> {
        let is_closed = |gap: &&&str| !missing.clone().any(|path| lies_in(path, gap));
        self.0.iter().filter(is_closed).copied().collect()
    }
}

fn lies_in(path: &str, gap: &str) -> bool {
    path.strip_prefix(gap).is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_cover_what_lies_in_them_and_are_closed_when_nothing_is_missing() {
        let gaps = Gaps::read("# heading\n\nheist::fs  # comes later\nheist::io::Stdin # too\n");
        assert!(gaps.covers("heist::fs::File") && gaps.covers("heist::fs"));
        assert!(!gaps.covers("heist::fsck") && !gaps.covers("heist::io"));
        assert_eq!(gaps.closed(["heist::fs::File"].into_iter()), ["heist::io::Stdin"]);
    }

    #[test]
    #[should_panic(expected = "has no reason")]
    fn a_gap_needs_a_reason() {
        Gaps::read("heist::fs");
    }
}
