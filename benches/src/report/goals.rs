//! What [`SUBJECT`] is meant to reach, and what it did.
//!
//! Most goals are ratios to [`BASE`] of the same run, so that they mean the same on every machine; latencies are absolute,
//! since they are what users wait for, and need a machine that does nothing else.

use crate::adapters::{BASE, SUBJECT};
use crate::comparison::Row;
use crate::figure::Figure::{self, Bytes, Cpu, P50, P99, Switches, Wall};
use crate::markdown;
use crate::runner::Contestant;

/// The server that is nothing but system calls.
const BARE: &str = "epoll";

/// The most that a figure may be.
#[derive(Clone, Copy)]
enum Limit {
    /// In relation to [`BASE`].
    Ratio(f64),
    /// In relation to [`BARE`], by the medians.
    OfBare(f64),
    /// In the figure's own unit: nanoseconds, or a number.
    Absolute(f64),
}
use Limit::{Absolute, OfBare, Ratio};

/// A workload, the figure that counts, and its limits with one worker and with two.
type Goal = (&'static str, Figure, Option<Limit>, Option<Limit>);

/// A goal with both numbers of workers.
const fn both(workload: &'static str, figure: Figure, one: Limit, two: Limit) -> Goal {
    (workload, figure, Some(one), Some(two))
}

/// A goal with one worker.
const fn one(workload: &'static str, figure: Figure, limit: Limit) -> Goal {
    (workload, figure, Some(limit), None)
}

const GOALS: &[Goal] = &[
    both("spawn_local", Cpu, Ratio(0.40), Ratio(0.35)),
    both("spawn_block_on", Cpu, Ratio(0.40), Ratio(0.35)),
    both("spawn_detached", Cpu, Ratio(0.40), Ratio(0.35)),
    both("spawn_remote", Cpu, Ratio(0.40), Ratio(0.40)),
    both("spawn_local_busy", Cpu, Ratio(0.40), Ratio(0.40)),
    both("spawn_block_on_busy", Cpu, Ratio(0.40), Ratio(0.40)),
    both("spawn_remote_1_busy", Cpu, Ratio(0.40), Ratio(0.40)),
    both("spawn_remote_busy", Cpu, Ratio(0.40), Ratio(0.40)),
    both("yield_many", Cpu, Ratio(0.50), Ratio(0.60)),
    both("yield_lone", Cpu, Ratio(0.15), Ratio(0.60)),
    both("ping_pong", Cpu, Ratio(0.50), Ratio(0.45)),
    both("fork_join", Cpu, Ratio(0.50), Ratio(0.45)),
    both("join_set_10000", Cpu, Ratio(0.50), Ratio(0.45)),
    both("chained_spawn", Cpu, Ratio(0.40), Ratio(0.50)),
    both("timeout_pending", Cpu, Ratio(0.45), Ratio(0.15)),
    one("timeout_ready", Cpu, Ratio(0.80)),
    both("sleeps_100000", Cpu, Ratio(0.9), Ratio(0.9)),
    both("sleeps_100000", P50, Absolute(150e3), Absolute(150e3)),
    both("sleeps_100000", P99, Absolute(1e6), Absolute(1e6)),
    both("sleep_100us", P50, Absolute(100e3), Absolute(100e3)),
    both("blocking_batch", Cpu, Ratio(0.35), Ratio(0.35)),
    both("blocking_batch_16_tasks", Cpu, Ratio(0.35), Ratio(0.35)),
    one("memory_task", Bytes, Ratio(0.45)),
    one("memory_sleep", Bytes, Ratio(1.0)),
    both("tcp_echo", Cpu, Ratio(1.0), Ratio(1.0)),
    one("tcp_echo", Cpu, OfBare(1.08)),
    both("tcp_echo_1024", Cpu, Ratio(1.0), Ratio(1.0)),
    both("tcp_echo_1024", P99, Absolute(15e6), Absolute(15e6)),
    both("tcp_echo_1_apart", Wall, Ratio(0.40), Ratio(0.50)),
    both("tcp_echo_1_apart", Cpu, Ratio(0.8), Ratio(0.8)),
    both("udp_echo", Cpu, Ratio(0.95), Ratio(0.70)),
    both("http1", Cpu, Ratio(1.0), Ratio(0.95)),
    both("idle", Switches, Absolute(0.0), Absolute(0.0)),
];

/// The table of all goals whose workloads were measured; empty if there are none.
pub(super) fn render(rows: &[Row]) -> String {
    let lines: Vec<Vec<String>> = GOALS.iter().flat_map(|goal| of(goal, rows)).collect();
    if lines.is_empty() {
        return String::new();
    }
    let missed = lines.iter().filter(|line| line[5] == MISSED).count();
    let head = ["workload", "workers", "figure", "at most", SUBJECT, "goal", BARE].map(str::to_owned);
    format!(
        "Goals, of which {missed} of {} are missed: ratios to {BASE}, or what the unit says. {BARE} is the server that is \
         nothing but system calls, where there is one: what the machine allows.\n\n{}",
        lines.len(),
        markdown::table(&head, &lines, 1)
    )
}

const REACHED: &str = "reached";
const MISSED: &str = "missed";

/// A goal's lines.
fn of(&(workload, figure, one, two): &Goal, rows: &[Row]) -> Vec<Vec<String>> {
    let limit = |workers| {
        if workers == 1 {
            one
        } else if workers == 2 {
            two
        } else {
            None
        }
    };
    let known = rows.iter().filter(|row| row.workload.name() == workload);
    let judged = known.filter_map(|row| line(row, figure, limit(row.workers)?));
    judged.collect()
}

/// `None` if it was not measured, or failed, which other tables show.
fn line(row: &Row, figure: Figure, limit: Limit) -> Option<Vec<String>> {
    let (most, unit) = match limit {
        Ratio(most) => (most, ""),
        OfBare(most) => (most, " of epoll"),
        Absolute(most) => (most, ""),
    };
    let of = |contestant| match limit {
        Ratio(_) => Some(row.ratio(contestant, figure)?.median),
        OfBare(_) => Some(row.median(contestant, figure)? / row.median(Contestant::Peer(BARE), figure)?),
        Absolute(_) => row.median(contestant, figure),
    };
    let text = |value: f64| match limit {
        Absolute(_) => figure.text(value),
        Ratio(_) | OfBare(_) => format!("{value:.2}"),
    };
    let ours = of(Contestant::Peer(SUBJECT))?;
    let label = if matches!(limit, Absolute(_)) { figure.label_with_unit() } else { figure.label() };
    // As it is shown: a table in which 0.40 is above 0.40 would help nobody.
    let is_reached = text(ours).parse::<f64>().is_ok_and(|shown| shown <= text(most).parse().unwrap_or(most));
    let bare = of(Contestant::Peer(BARE)).filter(|_| !matches!(limit, OfBare(_)));
    Some(vec![
        row.workload.name().to_owned(),
        row.workers.to_string(),
        format!("{label}{unit}"),
        text(most),
        text(ours),
        if is_reached { REACHED } else { MISSED }.to_owned(),
        bare.map_or_else(String::new, text),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::examples::round;
    use crate::comparison::rows;
    use crate::groups::Workload;

    fn words(line: &str) -> Vec<&str> {
        line.split('|').map(str::trim).filter(|word| !word.is_empty()).collect()
    }

    #[test]
    fn goals_are_of_workloads_that_exist_and_once_each() {
        for (index, (workload, figure, ..)) in GOALS.iter().enumerate() {
            assert!(Workload::named(workload).is_some(), "{workload}");
            let same = GOALS[..index].iter().filter(|goal| goal.0 == *workload && goal.1 == *figure);
            assert!(same.count() <= usize::from(*workload == "tcp_echo"), "{workload}");
        }
    }

    #[test]
    fn a_limit_holds_for_its_number_of_workers() {
        let records = [
            round(0, "yield_lone", 1, [100, 100, 15]),
            round(0, "yield_lone", 2, [100, 100, 61]),
            round(0, "yield_lone", 4, [100, 100, 99]),
        ];
        let text = render(&rows(&records.concat()));
        assert!(text.starts_with("Goals, of which 1 of 2 are missed"), "{text}");
        let lines: Vec<_> = text.lines().skip(4).map(words).collect();
        assert_eq!(
            lines,
            [
                ["yield_lone", "1", "CPU", "0.15", "0.15", "reached"],
                ["yield_lone", "2", "CPU", "0.60", "0.61", "missed"]
            ]
        );
    }

    #[test]
    fn the_bare_server_is_a_limit_and_shown_beside_the_others() {
        let mut records = round(0, "tcp_echo", 1, [1000, 1000, 990]);
        let mut bare = records[2].clone();
        bare.contestant = Contestant::Peer(BARE);
        bare.sample =
            records[0].sample.map(|sample| crate::sample::Sample { cpu_ns: sample.cpu_ns * 9 / 10, ..sample });
        records.push(bare);
        let text = render(&rows(&records));
        let lines: Vec<_> = text.lines().skip(4).map(words).collect();
        assert_eq!(lines[0], ["tcp_echo", "1", "CPU", "1.00", "0.99", "reached", "0.90"]);
        assert_eq!(lines[1], ["tcp_echo", "1", "CPU of epoll", "1.08", "1.10", "missed"]);
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        assert_eq!(render(&rows(&round(0, "mutex_alone", 1, [100, 100, 50]))), "");
        assert_eq!(render(&rows(&round(0, "yield_lone", 1, [100, 100, 0]))), "");
    }
}
