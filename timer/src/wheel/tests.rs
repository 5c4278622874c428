//! The wheel against a `BTreeMap`.

use std::collections::BTreeMap;
use std::pin::Pin;

use proptest::prelude::*;

use super::*;

const TICK: u64 = 1 << TICK_BITS;
const YEAR: u64 = 365 * 86_400 * 1_000_000_000;

/// A wheel and its entries; `model` says when each entry that is in the wheel is due.
struct Checked {
    wheel: Wheel,
    entries: Vec<Pin<Box<Entry>>>,
    model: BTreeMap<usize, u64>,
    now: u64,
    removed_any: bool,
}

impl Checked {
    fn new() -> Self {
        Self { wheel: Wheel::new(), entries: Vec::new(), model: BTreeMap::new(), now: 0, removed_any: false }
    }

    fn pointer(&self, entry: usize) -> NonNull<Entry> {
        NonNull::from(&*self.entries[entry])
    }

    fn insert(&mut self, due: u64) -> usize {
        let entry = self.entries.len();
        self.entries.push(Box::pin(Entry::new()));
        // SAFETY: it is boxed, `entries` keeps it as long as the wheel, and there is one thread.
        unsafe { self.wheel.insert(self.pointer(entry), due) };
        self.model.insert(entry, due);
        self.check_next_deadline();
        entry
    }

    fn remove(&mut self, entry: usize) {
        self.model.remove(&entry).expect("it is in the wheel");
        // SAFETY: the model says that it is in the wheel.
        unsafe { self.wheel.remove(self.pointer(entry)) };
        self.removed_any = true;
        self.check_next_deadline();
    }

    fn pop_due(&mut self) -> Option<usize> {
        // SAFETY: the entries are alive, and there is one thread.
        let popped = unsafe { self.wheel.pop_due(self.now) }?;
        let entry = (0..self.entries.len()).find(|&entry| self.pointer(entry) == popped).expect("it is ours");
        let due = self.model.remove(&entry).expect("it was in the wheel");
        assert!(due <= self.now, "{due} handed out at {}", self.now);
        Some(entry)
    }

    /// Advances and hands out everything; returns the order.
    fn advance_to(&mut self, now: u64) -> Vec<usize> {
        let overdue: Vec<_> = self.model.iter().filter(|&(_, &due)| due <= self.now).map(|(&id, _)| id).collect();
        self.now = now;
        let due_before = self.model.clone();
        let order: Vec<usize> = std::iter::from_fn(|| self.pop_due()).collect();
        assert!(self.model.values().all(|&due| due > now), "a due entry was kept back");
        let in_time = order.iter().filter(|entry| !overdue.contains(entry));
        assert!(in_time.map(|entry| (due_before[entry] >> TICK_BITS, entry)).is_sorted(), "out of order");
        self.check_next_deadline();
        order
    }

    fn check_next_deadline(&self) {
        let earliest = self.model.values().copied().min().unwrap_or(NEVER);
        let next = self.wheel.next_deadline();
        if earliest <= self.now {
            assert!(next <= self.now, "next deadline {next}, now {}", self.now);
        } else if self.removed_any && !self.model.is_empty() {
            assert!(next <= earliest, "next deadline {next}, earliest {earliest}");
        } else {
            assert_eq!(next, earliest);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u64),
    InsertLate(u64),
    Remove(usize),
    Advance(u64),
    AdvanceToNext,
    PopOne,
}

/// Distances in time, of every order of magnitude and at the borders of ticks and slots.
fn distance() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..4 * TICK,
        (0..4u64).prop_map(|ticks| ticks * TICK),
        (0..48u32).prop_map(|bits| TICK << bits.min(46)),
        (0..60u32, any::<u64>()).prop_map(|(bits, random)| random & ((1 << bits) - 1)),
        (0..500u64).prop_map(|years| years * YEAR),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => distance().prop_map(Step::Insert),
        1 => distance().prop_map(Step::InsertLate),
        3 => any::<usize>().prop_map(Step::Remove),
        3 => distance().prop_map(Step::Advance),
        2 => Just(Step::AdvanceToNext),
        1 => Just(Step::PopOne),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wheel_behaves_as_a_map(steps in proptest::collection::vec(step(), 1..200)) {
        let mut checked = Checked::new();
        for step in steps {
            match step {
                Step::Insert(distance) => _ = checked.insert(checked.now.saturating_add(distance)),
                Step::InsertLate(distance) => _ = checked.insert(checked.now.saturating_sub(distance)),
                Step::Remove(choice) if !checked.model.is_empty() => {
                    let entry = *checked.model.keys().nth(choice % checked.model.len()).unwrap();
                    checked.remove(entry);
                }
                Step::Remove(_) => {}
                // Centuries must not add up to the end of time.
                Step::Advance(distance) => _ = checked.advance_to(checked.now + distance.min((NEVER - checked.now) / 2)),
                Step::AdvanceToNext => {
                    let next = checked.wheel.next_deadline();
                    if next != NEVER {
                        checked.advance_to(next.max(checked.now));
                    }
                }
                Step::PopOne => _ = checked.pop_due(),
            }
        }
        checked.advance_to(NEVER);
        prop_assert!(checked.model.is_empty());
    }
}

/// How often an idle driver wakes, sleeping until the next deadline each time, until the wheel is empty.
fn wakes_until_empty(checked: &mut Checked) -> usize {
    let mut wakes = 0;
    while checked.wheel.next_deadline() != NEVER {
        checked.advance_to(checked.wheel.next_deadline());
        wakes += 1;
    }
    wakes
}

#[test]
fn one_far_timer_is_one_wake() {
    for distance in [1, TICK, 10_000_000_000, YEAR, 500 * YEAR] {
        let mut checked = Checked::new();
        checked.advance_to(12_345_678_901);
        checked.insert(checked.now + distance);
        assert_eq!(wakes_until_empty(&mut checked), 1, "for a timer in {distance} ns");
    }
}

#[test]
fn a_cancelled_timer_costs_one_wake_per_level_at_most() {
    let mut checked = Checked::new();
    let first = checked.insert(YEAR);
    checked.insert(YEAR + 1_000_000_000);
    checked.remove(first);
    assert!(wakes_until_empty(&mut checked) <= 1 + LEVELS);
}

#[test]
fn an_emptied_slot_costs_no_wake() {
    let mut checked = Checked::new();
    let timeout = checked.insert(5_000_000_000);
    checked.remove(timeout);
    assert_eq!(checked.wheel.next_deadline(), NEVER);
}

#[test]
fn equal_deadlines_come_out_in_order_of_insertion() {
    let mut checked = Checked::new();
    let due = 3 * YEAR;
    let before: Vec<_> = (0..5).map(|_| checked.insert(due)).collect();
    checked.advance_to(due - 2 * TICK);
    let after: Vec<_> = (0..5).map(|_| checked.insert(due)).collect();
    assert_eq!(checked.advance_to(due), [before, after].concat());
}

#[test]
fn within_the_current_tick_deadlines_are_exact() {
    let mut checked = Checked::new();
    let late = checked.insert(TICK + 900);
    let early = checked.insert(TICK + 100);
    assert_eq!(checked.advance_to(TICK + 99), []);
    assert_eq!(checked.advance_to(TICK + 100), [early]);
    assert_eq!(checked.advance_to(TICK + 899), []);
    assert_eq!(checked.advance_to(TICK + 900), [late]);
}

#[test]
fn entries_that_wait_to_be_handed_out_can_be_removed() {
    let mut checked = Checked::new();
    let entries: Vec<_> = (0..4).map(|_| checked.insert(100)).collect();
    checked.now = 100;
    assert_eq!(checked.pop_due(), Some(entries[0]));
    checked.remove(entries[2]);
    assert_eq!(checked.pop_due(), Some(entries[1]));
    assert_eq!(checked.pop_due(), Some(entries[3]));
    assert_eq!(checked.pop_due(), None);
}

#[test]
fn time_does_not_go_back() {
    let mut checked = Checked::new();
    checked.advance_to(100 * TICK);
    let entry = checked.insert(50 * TICK);
    // Another thread read the clock earlier and came later.
    checked.now = 60 * TICK;
    assert_eq!(checked.pop_due(), Some(entry));
}

#[test]
fn a_crowded_slot_is_empty_before_its_time() {
    let mut checked = Checked::new();
    let count = 4000;
    for number in 0..count {
        checked.insert((128 + number % 64) * TICK + number);
    }
    assert_eq!(checked.wheel.levels, 0b10);
    // The next slot of level 1 begins at tick 128; a little is moved down each time that a tick passes.
    for tick in 64..128 {
        checked.advance_to(tick * TICK);
    }
    assert_eq!(checked.wheel.levels, 0b1, "all is in level 0");
    assert_eq!(checked.advance_to(128 * TICK - 1), []);
    assert_eq!(checked.advance_to(NEVER).len(), count as usize);
}

#[test]
fn order_of_insertion_outlasts_a_slot_that_is_moved_in_parts() {
    let mut checked = Checked::new();
    let due = 128 * TICK;
    // Not all of these are moved down at one tick.
    let mut expected: Vec<_> = (0..300).map(|_| checked.insert(due)).collect();
    checked.insert(64 * TICK);
    checked.insert(65 * TICK);
    for tick in [64, 65] {
        checked.advance_to(tick * TICK);
        expected.push(checked.insert(due));
    }
    assert_eq!(checked.advance_to(due), expected);
}

#[test]
fn the_next_slot_is_moved_down_evenly_before_its_time() {
    let mut checked = Checked::new();
    checked.advance_to(63 * TICK);
    for _ in 0..6400 {
        checked.insert(128 * TICK);
    }
    let left = |checked: &Checked| checked.wheel.slots[SLOTS + position(128, 1)].entries.len();
    let mut before = left(&checked);
    for tick in 64..128 {
        checked.advance_to(tick * TICK);
        assert_eq!(before - left(&checked), 100, "at tick {tick}");
        before = left(&checked);
    }
    // After a pause it makes up for it, but not for too much at once.
    let mut checked = Checked::new();
    checked.advance_to(63 * TICK);
    for _ in 0..6400 {
        checked.insert(128 * TICK);
    }
    checked.advance_to(126 * TICK);
    assert_eq!(left(&checked), 6400 - MOST_MOVED as usize);
}

#[test]
fn pop_any_empties_the_wheel() {
    let mut checked = Checked::new();
    for due in [0, 1, TICK, YEAR, NEVER] {
        checked.insert(due);
    }
    // SAFETY: the entries are alive, and there is one thread.
    let popped = std::iter::from_fn(|| unsafe { checked.wheel.pop_any() }).count();
    assert_eq!(popped, 5);
    assert_eq!(checked.wheel.next_deadline(), NEVER);
}
