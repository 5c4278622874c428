//! Order and lag of `broadcast`, compared with a simple oracle.

use std::collections::VecDeque;

use heist::sync::broadcast;
use heist::sync::broadcast::error::TryRecvError;
use proptest::prelude::*;

/// What one receiver should see: the values since its subscription, of which the channel keeps `capacity`.
#[derive(Default)]
struct Expected {
    kept: VecDeque<u32>,
    missed: u64,
}

impl Expected {
    fn send(&mut self, value: u32, capacity: usize) {
        self.kept.push_back(value);
        if self.kept.len() > capacity {
            self.kept.pop_front();
            self.missed += 1;
        }
    }

    fn try_recv(&mut self, open: bool) -> Result<u32, TryRecvError> {
        match std::mem::take(&mut self.missed) {
            0 => self.kept.pop_front().ok_or(if open { TryRecvError::Empty } else { TryRecvError::Closed }),
            missed => Err(TryRecvError::Lagged(missed)),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Send,
    Receive(usize),
    Subscribe,
    Resubscribe(usize),
    Leave(usize),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => Just(Step::Send),
        12 => any::<usize>().prop_map(Step::Receive),
        2 => Just(Step::Subscribe),
        1 => any::<usize>().prop_map(Step::Resubscribe),
        1 => any::<usize>().prop_map(Step::Leave),
        1 => Just(Step::Close),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn order_and_lag_match_an_oracle(capacity in 1usize..10, steps in steps()) {
        let sender = broadcast::Sender::new(capacity);
        let rounded = capacity.next_power_of_two();
        let mut receivers = vec![(sender.subscribe(), Expected::default())];
        let mut sender = Some(sender);
        let mut sent = 0;
        for step in steps {
            let among = receivers.len();
            match (step, &sender) {
                (Step::Send, Some(tx)) => {
                    sent += 1;
                    prop_assert_eq!(tx.send(sent).ok(), Some(among).filter(|n| *n != 0));
                    receivers.iter_mut().for_each(|(_, expected)| expected.send(sent, rounded));
                }
                (Step::Subscribe, Some(tx)) => receivers.push((tx.subscribe(), Expected::default())),
                (Step::Close, _) => sender = None,
                (Step::Receive(i), tx) if among != 0 => {
                    let (rx, expected) = &mut receivers[i % among];
                    prop_assert_eq!(rx.len() as u64, expected.kept.len() as u64 + expected.missed);
                    prop_assert_eq!(rx.try_recv(), expected.try_recv(tx.is_some()));
                }
                (Step::Resubscribe(i), _) if among != 0 => {
                    let late = receivers[i % among].0.resubscribe();
                    receivers.push((late, Expected::default()));
                }
                (Step::Leave(i), _) if among != 0 => drop(receivers.swap_remove(i % among)),
                _ => {}
            }
            let kept = receivers.iter().map(|(_, expected)| expected.kept.len()).max().unwrap_or(0);
            if let Some(tx) = &sender {
                prop_assert_eq!((tx.len(), tx.is_empty()), (kept, kept == 0));
                prop_assert_eq!(tx.receiver_count(), receivers.len());
            }
        }
    }
}
