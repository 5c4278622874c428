//! `heist::select!` and `heist::pin!`.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, pending, poll_fn, ready};
use std::rc::Rc;
use std::task::Poll;

use futures::channel::{mpsc, oneshot};
use futures::executor::block_on;
use futures::stream::StreamExt;

/// Completes with `value` at its poll number `polls`.
fn after<T>(polls: usize, value: T) -> impl Future<Output = T> {
    let (mut left, mut value) = (polls, Some(value));
    poll_fn(move |cx| {
        left -= 1;
        if left == 0 {
            return Poll::Ready(value.take().unwrap());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

#[test]
fn one_branch() {
    block_on(async {
        let value = heist::select! { value = after(3, 5) => value + 1 };
        assert_eq!(value, 6);
    });
}

#[test]
fn the_first_ready_branch_wins() {
    block_on(async {
        let name = heist::select! {
            _ = pending::<()>() => "never",
            () = after(2, ()) => "soon",
            _ = after(9, ()) => { "late" }
        };
        assert_eq!(name, "soon");
    });
}

#[test]
fn handlers_in_every_syntax() {
    block_on(async {
        let mut sum = 0;
        heist::select! { x = ready(1) => { sum += x; } }
        heist::select! { x = ready(1) => { sum += x; }, }
        heist::select! { x = ready(1) => sum += x }
        heist::select! { x = ready(1) => sum += x, }
        heist::select! { x = ready(1), if true => sum += x, else => unreachable!() }
        heist::select! { x = ready(1), if true => { sum += x } else => unreachable!(), }
        heist::select! {
            biased;
            x = ready(1) => { sum += x }
            _ = ready(2), if sum > 100 => {},
            _ = ready(3) => unreachable!(),
        }
        sum += heist::select! { else => 1 };
        sum += heist::select! { biased; else => 1, };
        assert_eq!(sum, 9);
    });
}

#[test]
fn biased_polls_from_first_to_last() {
    block_on(async {
        for _ in 0..100 {
            heist::select! {
                biased;
                _ = pending::<()>() => unreachable!(),
                _ = ready(()) => {}
                _ = ready(()) => unreachable!(),
            }
        }
    });
}

#[test]
fn the_start_is_random() {
    block_on(async {
        let mut counts = [0; 4];
        for _ in 0..4000 {
            let winner =
                heist::select! { _ = ready(()) => 0, _ = ready(()) => 1, _ = ready(()) => 2, _ = ready(()) => 3 };
            counts[winner] += 1;
        }
        // 1000 expected in each, with a standard deviation of 27.
        assert!(counts.iter().all(|&count| (800..1200).contains(&count)), "{counts:?}");
    });
}

#[test]
fn a_disabled_future_is_made_but_not_polled() {
    let (made, conditions) = (Cell::new(0), Cell::new(0));
    let counting = || conditions.replace(conditions.get() + 1);
    let make = || {
        made.set(made.get() + 1);
        poll_fn(|_| -> Poll<()> { panic!("polled although disabled") })
    };
    block_on(async {
        heist::select! {
            _ = make(), if false => unreachable!(),
            _ = ready(()) => {}
        }
        heist::select! {
            _ = make(), if counting() > 2 || counting() > 3 => unreachable!(),
            else => {}
        }
    });
    assert_eq!((made.get(), conditions.get()), (2, 2));
}

#[test]
fn preconditions_come_first_and_futures_in_order() {
    let log = RefCell::new(Vec::new());
    let note = |what: &'static str| {
        log.borrow_mut().push(what);
        true
    };
    block_on(async {
        heist::select! {
            biased;
            _ = { note("f1"); pending::<()>() }, if note("c1") => unreachable!(),
            _ = { note("f2"); ready(()) }, if note("c2") => { note("handler"); }
        }
    });
    assert_eq!(*log.borrow(), ["c1", "c2", "f1", "f2", "handler"]);
}

#[test]
fn a_pattern_that_does_not_match_disables_the_branch() {
    block_on(async {
        let value = heist::select! {
            biased;
            Some(x) = ready(None::<u32>) => x,
            Ok(x) | Err(x) = after(3, Ok::<u32, u32>(4)) => x,
        };
        assert_eq!(value, 4);
        let value = heist::select! {
            Some(x) = ready(None::<u32>) => x,
            Ok(x) = ready(Err::<u32, ()>(())) => x,
            else => 9,
        };
        assert_eq!(value, 9);
    });
}

#[test]
fn patterns_may_move_borrow_and_mutate() {
    struct Pair {
        left: String,
        right: Vec<u8>,
    }
    block_on(async {
        let pair = || ready(Pair { left: "l".to_owned(), right: vec![1] });
        let left = heist::select! { Pair { left, right: _ } = pair() => left };
        assert_eq!(left, "l");
        let length =
            heist::select! { Pair { ref left, mut right } = pair() => { right.push(2); left.len() + right.len() } };
        assert_eq!(length, 3);
        let right = heist::select! { Pair { ref mut right, .. } = pair() => { right.push(5); right.clone() } };
        assert_eq!(right, [1, 5]);
        let whole = heist::select! { whole @ Some(_) = ready(Some(Box::new(3))) => whole };
        assert_eq!(whole.as_deref(), Some(&3));
        let first = heist::select! { (1..=3, x) | (x, 1..=3) = ready((9, 2)) => x };
        assert_eq!(first, 9);
        let (mut text, mut other) = ("abc".to_owned(), String::new());
        let part = heist::select! { [first, ..] = ready([&mut text, &mut other]) => { first.push('d'); &*first } };
        assert_eq!(part, "abcd");
    });
}

#[test]
#[should_panic(expected = "all branches are disabled and there is no else branch")]
fn nothing_left_and_no_else() {
    block_on(async {
        heist::select! {
            _ = ready(()), if false => {}
            Some(()) = ready(None::<()>) => {}
        }
    });
}

struct OnDrop(Rc<RefCell<Vec<&'static str>>>, &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.borrow_mut().push(self.1);
    }
}

#[test]
fn futures_are_dropped_in_order_before_the_handler_runs() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let guarded = |name, is_ready: bool| {
        let guard = OnDrop(log.clone(), name);
        async move {
            let _guard = &guard;
            if !is_ready {
                pending::<()>().await;
            }
        }
    };
    block_on(async {
        heist::select! {
            biased;
            () = guarded("first", false) => unreachable!(),
            () = guarded("second", true) => log.borrow_mut().push("handler"),
            () = guarded("third", false) => unreachable!(),
        }
    });
    // The second one let go of its guard by itself, when it finished.
    assert_eq!(*log.borrow(), ["second", "first", "third", "handler"]);
}

#[test]
fn a_handler_may_use_what_the_futures_borrowed() {
    async fn push(to: &mut Vec<u32>) {
        to.push(1);
    }
    block_on(async {
        let mut numbers = Vec::new();
        heist::select! {
            () = push(&mut numbers) => numbers.push(2),
            () = pending() => {}
        }
        assert_eq!(numbers, [1, 2]);
    });
}

#[test]
fn control_flow_leaves_the_macro() {
    async fn find(wanted: u32) -> Result<u32, String> {
        let mut round = 0;
        loop {
            round += 1;
            heist::select! {
                x = ready(round) => {
                    if x < 3 { continue; }
                    if x == wanted { return Ok(x); }
                    if x > 5 { break; }
                    if x == 5 && wanted == 99 { Err("five")?; }
                }
            }
        }
        Err("not found".to_owned())
    }
    assert_eq!(block_on(find(4)), Ok(4));
    assert_eq!(block_on(find(9)), Err("not found".to_owned()));
    assert_eq!(block_on(find(99)), Err("five".to_owned()));
    block_on(async {
        let mut rounds = 0;
        'outer: loop {
            for _ in 0..2 {
                rounds += 1;
                heist::select! { x = ready(rounds) => if x == 5 { break 'outer } }
            }
        }
        assert_eq!(rounds, 5);
    });
}

#[test]
fn a_question_mark_in_a_future_expression_works() {
    async fn run() -> Result<u32, std::num::ParseIntError> {
        Ok(heist::select! { x = ready("x".parse::<u32>()?) => x })
    }
    assert!(block_on(run()).is_err());
}

#[test]
fn takes_into_future() {
    struct Five;
    impl IntoFuture for Five {
        type Output = u32;
        type IntoFuture = std::future::Ready<u32>;
        fn into_future(self) -> Self::IntoFuture {
            ready(5)
        }
    }
    assert_eq!(
        block_on(async {
            heist::select! { x = Five => x }
        }),
        5
    );
}

#[test]
fn a_future_can_outlive_a_round() {
    block_on(async {
        let long = after(10, "done");
        heist::pin!(long);
        let mut rounds = 0;
        let result = loop {
            heist::select! {
                biased;
                result = &mut long => break result,
                _ = ready(()) => rounds += 1,
            }
        };
        assert_eq!((result, rounds), ("done", 9));
    });
}

#[test]
fn pin_binds_and_pins() {
    block_on(async {
        heist::pin! {
            let first = after(2, 1);
            let second = after(1, 2);
        }
        let value = heist::select! { biased; x = &mut first => x, x = &mut second => x };
        assert_eq!(value, 2);
        let (third, fourth) = (after(1, 3), after(1, 4));
        heist::pin!(third, fourth,);
        assert_eq!(third.await + fourth.await, 7);
    });
}

#[test]
fn temporaries_live_as_long_as_the_futures() {
    block_on(async {
        let value = heist::select! { x = &mut ready(String::from("temporary")) => x };
        assert_eq!(value, "temporary");
    });
}

#[test]
fn channels_until_both_close() {
    let (numbers, mut number_stream) = mpsc::unbounded();
    let (stop, mut stopped) = oneshot::channel::<()>();
    let sender = std::thread::spawn(move || {
        for number in 0..100 {
            numbers.unbounded_send(number).unwrap();
        }
        drop(numbers);
        stop.send(()).unwrap();
    });
    let (mut sum, mut stops) = (0, 0);
    block_on(async {
        let mut running = true;
        loop {
            heist::select! {
                Some(number) = number_stream.next() => sum += number,
                Ok(()) = &mut stopped, if running => { stops += 1; running = false; }
                else => break,
            }
        }
    });
    sender.join().unwrap();
    assert_eq!((sum, stops), (4950, 1));
}

#[test]
fn selects_nest() {
    block_on(async {
        let value = heist::select! {
            x = async { heist::select! { y = ready(1) => y + 1 } } => heist::select! { z = ready(x) => z * 10 },
        };
        assert_eq!(value, 20);
    });
}

#[test]
fn names_of_the_caller_are_left_alone() {
    block_on(async {
        let (output, disabled, first, b0, cx) = (1, 2, 3, 4, 5);
        let value = heist::select! { branch = ready(output + disabled + first + b0 + cx) => branch + output };
        assert_eq!(value, 16);
    });
}

#[test]
fn the_future_is_send_if_the_branches_are() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    block_on(is_send(async {
        heist::select! {
            _ = ready(std::rc::Weak::<u8>::new().upgrade().is_none()) => {}
            _ = pending::<()>() => {}
        }
    }));
}

#[test]
fn sixty_four_branches() {
    macro_rules! many {
        ($($number:literal)*) => {
            heist::select! { $(x = after(1 + ($number + 60) % 64, $number) => x,)* }
        };
    }
    let winner = block_on(async {
        many!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
            32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63)
    });
    assert_eq!(winner, 4);
}
