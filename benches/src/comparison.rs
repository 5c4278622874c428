//! The samples side by side: for each workload and number of workers what every contestant needs in relation to the base.

use crate::adapters::SUBJECT;
use crate::figure::Figure;
use crate::groups::Workload;
use crate::runner::{Contestant, Record};
use crate::sample::Sample;
use crate::stats::Quartiles;

/// A workload with a number of workers.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) workload: Workload,
    pub(crate) workers: usize,
    /// In the order of tables; those that took part.
    contestants: Vec<(Contestant, Vec<Measured>)>,
}

/// Less than a hundredth more is no difference, however little noise there is.
pub(crate) const WORTH_A_LOOK: f64 = 1.01;

/// A round, and its sample unless that failed.
type Measured = (usize, Option<Sample>);

/// All rows, in the order of tables whatever order they were measured in.
pub(crate) fn rows(records: &[Record]) -> Vec<Row> {
    let mut rows = Vec::new();
    for workload in Workload::all() {
        let records: Vec<&Record> = records.iter().filter(|record| record.workload == workload).collect();
        let mut workers: Vec<usize> = records.iter().map(|record| record.workers).collect();
        workers.sort_unstable();
        workers.dedup();
        rows.extend(workers.into_iter().map(|workers| Row::new(workload, workers, &records)));
    }
    rows
}

impl Row {
    fn new(workload: Workload, workers: usize, records: &[&Record]) -> Self {
        let of = |contestant| {
            let belongs = |record: &&&Record| record.workers == workers && record.contestant == contestant;
            let measured = records.iter().filter(belongs).map(|record| (record.round, record.sample));
            (contestant, measured.collect::<Vec<_>>())
        };
        let contestants = Contestant::all().map(of).filter(|(_, measured)| !measured.is_empty()).collect();
        Self { workload, workers, contestants }
    }

    /// Those that took part, in the order of tables.
    pub(crate) fn contestants(&self) -> impl Iterator<Item = Contestant> {
        self.contestants.iter().map(|(contestant, _)| *contestant)
    }

    /// How many times the base was measured.
    pub(crate) fn rounds(&self) -> usize {
        self.measured(Contestant::Base).len()
    }

    /// Whether the figure says something of the workload.
    pub(crate) fn is_judged_by(&self, figure: Figure) -> bool {
        self.workload.judged_by().contains(&figure)
    }

    /// The median of a figure over the rounds; `None` if nothing was measured or everything failed.
    pub(crate) fn median(&self, contestant: Contestant, figure: Figure) -> Option<f64> {
        let samples = self.measured(contestant).iter().filter_map(|(_, sample)| sample.as_ref());
        Some(Quartiles::of(samples.filter_map(|sample| figure.of(sample)).collect())?.median)
    }

    /// The contestant's figure divided by the base's of the same round, for all rounds in which both succeeded.
    pub(crate) fn ratios(&self, contestant: Contestant, figure: Figure) -> Vec<f64> {
        let of_base = |round| {
            let base = self.measured(Contestant::Base).iter().find(|(known, _)| *known == round)?.1;
            figure.of(&base?).filter(|value| *value > 0.0)
        };
        let ours = self.measured(contestant).iter();
        ours.filter_map(|(round, sample)| Some(figure.of(sample.as_ref()?)? / of_base(*round)?)).collect()
    }

    /// The ratios' median and quartiles.
    pub(crate) fn ratio(&self, contestant: Contestant, figure: Figure) -> Option<Quartiles> {
        Quartiles::of(self.ratios(contestant, figure))
    }

    /// The ratio of [`SUBJECT`].
    pub(crate) fn of_subject(&self, figure: Figure) -> Option<Quartiles> {
        self.ratio(Contestant::Peer(SUBJECT), figure)
    }

    /// The ratio as tables show it: with its quartiles; a dash if the base's figure is 0, so that there is none.
    pub(crate) fn ratio_text(&self, contestant: Contestant, figure: Figure) -> String {
        match self.ratio(contestant, figure) {
            Some(ratio) => ratio.to_string(),
            None if [contestant, Contestant::Base].iter().all(|one| self.median(*one, figure).is_some()) => {
                "–".to_owned()
            }
            None => "failed".to_owned(),
        }
    }

    /// Whether [`SUBJECT`] needs more than the base, and not for the noise: its lower quartile lies above
    /// [`WORTH_A_LOOK`] and above the control's upper quartile, and what it needs is not negligible.
    pub(crate) fn is_worse(&self, figure: Figure) -> bool {
        let noise = self.ratio(Contestant::Control, figure).map_or(0.0, |control| control.high).max(WORTH_A_LOOK);
        let needs_some = self.median(Contestant::Peer(SUBJECT), figure).is_some_and(|ours| ours >= figure.negligible());
        needs_some && self.of_subject(figure).is_some_and(|ratio| ratio.low > noise)
    }

    fn measured(&self, contestant: Contestant) -> &[Measured] {
        let ours = self.contestants.iter().find(|(known, _)| *known == contestant);
        ours.map(|(_, measured)| measured.as_slice()).unwrap_or_default()
    }
}

/// Records for the tests of whatever shows them.
#[cfg(test)]
pub(crate) mod examples {
    use super::*;

    /// A sample of ten operations that took that many nanoseconds each of either clock.
    pub(crate) fn sample(ns_per_op: u64) -> Sample {
        let ns = 10 * ns_per_op;
        Sample { ops: 10, wall_ns: ns, cpu_ns: ns, latency: None, bytes: None, switches: None }
    }

    /// A round of a workload: what the base, the control and heist took for an operation; 0 for a failure.
    pub(crate) fn round(round: usize, workload: &str, workers: usize, ns_per_op: [u64; 3]) -> Vec<Record> {
        let workload = Workload::named(workload).unwrap();
        let contestants = [Contestant::Base, Contestant::Control, Contestant::Peer(SUBJECT)];
        let record =
            |(contestant, ns)| Record { round, workload, workers, contestant, sample: (ns > 0).then(|| sample(ns)) };
        contestants.into_iter().zip(ns_per_op).map(record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::examples::round;
    use super::*;

    fn of(records: &[Vec<Record>]) -> Vec<Row> {
        rows(&records.concat())
    }

    #[test]
    fn a_few_context_switches_are_none() {
        let worse_with = |switches: [u64; 3]| {
            let mut records = round(0, "ping_pong", 1, [100, 100, 100]);
            for (record, switches) in records.iter_mut().zip(switches) {
                record.sample = record.sample.map(|sample| Sample { ops: 1000, switches: Some(switches), ..sample });
            }
            rows(&records)[0].is_worse(Figure::Switches)
        };
        assert!(!worse_with([1, 1, 9]));
        assert!(worse_with([1, 1, 10]));
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let rows = of(&[round(1, "yield_lone", 1, [300, 330, 0]), round(0, "yield_lone", 1, [100, 110, 50])]);
        let [row] = &rows[..] else { panic!("{rows:?}") };
        let control = row.ratios(Contestant::Control, Figure::Wall);
        assert!(control.len() == 2 && control.iter().all(|ratio| (ratio - 1.1).abs() < 1e-9), "{control:?}");
        assert_eq!(row.ratios(Contestant::Peer("heist"), Figure::Wall), [0.5]);
        assert_eq!(row.median(Contestant::Base, Figure::Cpu), Some(200.0));
        assert_eq!(row.ratio(Contestant::Peer("smol"), Figure::Cpu), None);
        assert_eq!(row.ratio(Contestant::Base, Figure::P99), None);
    }

    #[test]
    fn rows_come_in_the_order_of_the_groups() {
        let records =
            [round(0, "tcp_echo", 1, [1; 3]), round(0, "spawn_local", 2, [1; 3]), round(0, "spawn_local", 1, [1; 3])];
        let rows = of(&records);
        let order: Vec<_> = rows.iter().map(|row| (row.workload.name(), row.workers)).collect();
        assert_eq!(order, [("spawn_local", 1), ("spawn_local", 2), ("tcp_echo", 1)]);
        let contestants: Vec<_> = rows[0].contestants().map(Contestant::label).collect();
        assert_eq!(contestants, ["tokio", "control", "heist"]);
    }

    #[test]
    fn there_is_no_ratio_to_nothing() {
        let mut records = round(0, "yield_lone", 1, [100, 0, 50]);
        records.iter_mut().filter_map(|record| record.sample.as_mut()).for_each(|sample| sample.switches = Some(0));
        let rows = of(&[records]);
        let text = |contestant, figure| rows[0].ratio_text(contestant, figure);
        let heist = Contestant::Peer("heist");
        assert_eq!(text(heist, Figure::Cpu), "0.50 (0.50–0.50)");
        assert_eq!(text(heist, Figure::Switches), "–");
        assert_eq!(text(Contestant::Control, Figure::Switches), "failed");
    }

    #[test]
    fn worse_is_what_lies_beyond_the_noise() {
        let worse = |control, heist| of(&[round(0, "yield_lone", 1, [100, control, heist])])[0].is_worse(Figure::Cpu);
        assert!(worse(102, 103));
        assert!(!worse(110, 105), "the control is further away");
        assert!(!worse(80, 99), "it is better than the base");
        assert!(worse(80, 102));
        assert!(!worse(80, 101), "it is too little");
        assert!(!worse(100, 0), "it failed");
    }
}
