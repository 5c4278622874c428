//! Everything at once, at random: spawns and wakes from inside and outside, aborts, panics, yields, sleeps, channels,
//! closures, sockets, and the end of the runtime in the middle of it.
//!
//! Every future, output and closure holds a ticket, and each ticket has to come back exactly once; every `JoinHandle`
//! has to resolve. A watchdog ends the process, with the seed, if a round makes no progress.
//!
//! `HEIST_STRESS_SEED` repeats a run (its first round has that seed), `HEIST_STRESS_ROUNDS` sets its length.

mod rt_support;

use std::env;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::panic;
use std::pin::Pin;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Builder, Handle, Runtime};
use heist::sync::{mpsc, oneshot};
use heist::task::{AbortHandle, JoinError, JoinHandle, spawn_blocking, yield_now};
use heist::time::{sleep, timeout};

use rt_support::wait;

/// About two seconds of work for a debug build on one core.
const ROUNDS: u64 = 300;

/// No progress for so long is a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// The text of the panics that are meant.
const MEANT: &str = "a panic of the stress test";

/// Steele, Lea and Flood's SplitMix (2014).
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What each ticket was for, and whether it came back.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Vec<(&'static str, bool)>>>);

struct Ticket {
    ledger: Ledger,
    number: usize,
}

impl Ledger {
    fn ticket(&self, what: &'static str) -> Ticket {
        let mut tickets = self.0.lock().unwrap();
        tickets.push((what, false));
        Ticket { ledger: self.clone(), number: tickets.len() - 1 }
    }

    fn missing(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().iter().filter(|(_, back)| !back).map(|(what, _)| *what).collect()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut tickets = self.ledger.0.lock().unwrap();
        let (what, back) = &mut tickets[self.number];
        if std::mem::replace(back, true) {
            eprintln!("a {what} was dropped twice");
            process::abort();
        }
    }
}

/// What the tasks and the threads of a round share.
struct Round {
    ledger: Ledger,
    /// Wakers of tasks that wait for a foreign thread.
    wakers: Mutex<Vec<Waker>>,
    joins: Mutex<Vec<JoinHandle<Ticket>>>,
    aborts: Mutex<Vec<AbortHandle>>,
    channel: mpsc::Sender<Ticket>,
    server: Option<std::net::SocketAddr>,
    /// Tasks that may still be spawned.
    left: AtomicU64,
    stop: AtomicBool,
}

impl Round {
    fn may_spawn(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn remember(&self, random: &mut Random, join: JoinHandle<Ticket>) {
        if random.one_in(3) {
            self.aborts.lock().unwrap().push(join.abort_handle());
        }
        // Some handles are dropped: their tasks are detached.
        if !random.one_in(4) {
            self.joins.lock().unwrap().push(join);
        }
    }
}

type Work = Pin<Box<dyn Future<Output = Ticket> + Send>>;

/// A task: a few random steps. Its future holds a ticket and its output is one.
fn work(round: Arc<Round>, mut random: Random) -> Work {
    let ticket = round.ledger.ticket("future");
    Box::pin(async move {
        let _ticket = ticket;
        for _ in 0..random.below(6) {
            step(&round, &mut random).await;
        }
        round.ledger.ticket("output")
    })
}

async fn step(round: &Arc<Round>, random: &mut Random) {
    match random.below(16) {
        0..=3 => yield_now().await,
        4 => sleep(Duration::from_micros(random.below(2000))).await,
        5..=7 => child(round, random).await,
        8 => closure(round, random).await,
        9 | 10 => wait_for_a_thread(round).await,
        11 => through_a_oneshot(round, random).await,
        12 => {
            let _ = round.channel.send(round.ledger.ticket("message")).await;
        }
        13 => {
            if let Some(server) = round.server {
                // Without a limit a lost reset of a closing socket would look like a hang.
                let _ = timeout(Duration::from_millis(200), talk(server, random)).await;
            }
        }
        14 if random.one_in(4) => panic!("{MEANT}"),
        _ => {
            let _ = timeout(Duration::from_micros(random.below(300)), wait_for_a_thread(round)).await;
        }
    }
}

/// Spawns, and waits for the end, or aborts, or does neither.
async fn child(round: &Arc<Round>, random: &mut Random) {
    if !round.may_spawn() {
        return;
    }
    let join = heist::spawn(work(round.clone(), Random(random.next())));
    match random.below(4) {
        0 => check(join.await),
        1 => {
            join.abort();
            check(join.await);
        }
        _ => round.remember(random, join),
    }
}

async fn closure(round: &Arc<Round>, random: &mut Random) {
    let ticket = round.ledger.ticket("closure");
    let (own, panics) = (round.clone(), random.one_in(5));
    let join = spawn_blocking(move || {
        let _ticket = ticket;
        assert!(!panics, "{MEANT}");
        own.ledger.ticket("output of a closure")
    });
    match random.below(3) {
        0 => check(join.await),
        1 => join.abort(),
        _ => round.remember(random, join),
    }
}

/// Is woken at least once by a thread outside.
async fn wait_for_a_thread(round: &Round) {
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        if polls > 1 || round.stop.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        round.wakers.lock().unwrap().push(cx.waker().clone());
        // Those who stop empty the list afterwards.
        if round.stop.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn through_a_oneshot(round: &Arc<Round>, random: &mut Random) {
    let (sender, receiver) = oneshot::channel();
    let (own, forgets) = (round.clone(), random.one_in(3));
    drop(heist::spawn(async move {
        let ticket = own.ledger.ticket("message");
        yield_now().await;
        if !forgets {
            let _ = sender.send(ticket);
        }
    }));
    let _ = receiver.await;
}

/// Writes, and reads the echo or closes before.
async fn talk(server: std::net::SocketAddr, random: &mut Random) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(server).await?;
    if !random.one_in(4) {
        // No port stays in TIME_WAIT.
        stream.set_zero_linger()?;
    }
    let bytes = vec![7; random.below(20_000) as usize + 1];
    stream.write_all(&bytes).await?;
    if random.one_in(2) {
        let mut echo = vec![0; bytes.len()];
        stream.read_exact(&mut echo).await?;
        assert_eq!(echo, bytes);
    }
    Ok(())
}

async fn serve(listener: TcpListener, ledger: Ledger) {
    let _ticket = ledger.ticket("server");
    while let Ok((mut stream, _)) = listener.accept().await {
        let ticket = ledger.ticket("connection");
        drop(heist::spawn(async move {
            let _ticket = ticket;
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..count]).await.is_err() {
                    break;
                }
            }
        }));
    }
}

/// A task ends well, by an abort, or by a panic that was meant.
fn check<T>(result: Result<T, JoinError>) {
    let Err(error) = result else { return };
    if error.is_panic() {
        let payload = error.into_panic();
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        assert_eq!(text.as_deref(), Some(MEANT));
    } else {
        assert!(error.is_cancelled());
    }
}

/// A thread outside: spawns, wakes, aborts, blocks.
fn disturb(round: &Arc<Round>, handle: &Handle, mut random: Random) {
    while !round.stop.load(Ordering::Acquire) {
        match random.below(8) {
            0 if round.may_spawn() => {
                let join = handle.spawn(work(round.clone(), Random(random.next())));
                round.remember(&mut random, join);
            }
            1 => {
                if let Some(abort) = pick(&round.aborts, &mut random) {
                    abort.abort();
                }
            }
            2 => {
                let join = handle.spawn(async {});
                check(handle.block_on(join));
            }
            3 => thread::sleep(Duration::from_micros(random.below(100))),
            _ => {
                if let Some(waker) = pick(&round.wakers, &mut random) {
                    waker.wake_by_ref();
                    if random.one_in(2) { waker.wake() } else { drop(waker) }
                }
            }
        }
    }
}

fn pick<T>(from: &Mutex<Vec<T>>, random: &mut Random) -> Option<T> {
    let mut from = from.lock().unwrap();
    let len = from.len() as u64;
    (len > 0).then(|| from.swap_remove(random.below(len) as usize))
}

/// Releases the lock before anything is done with what it guarded: tasks may want it.
fn take_all<T>(from: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *from.lock().unwrap())
}

fn runtime(random: &mut Random) -> Runtime {
    let mut builder = match random.below(4) {
        0 => Builder::new_current_thread(),
        kind => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(1 << (kind - 1));
            builder
        }
    };
    builder.enable_all().max_blocking_threads(1 + random.below(4) as usize).build().unwrap()
}

fn round(seed: u64) {
    let mut random = Random(seed);
    let runtime = runtime(&mut random);
    let ledger = Ledger::default();
    let (sender, mut receiver) = mpsc::channel(1 + random.below(4) as usize);
    let server = random.one_in(2).then(|| {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        drop(runtime.spawn(serve(listener, ledger.clone())));
        address
    });
    drop(runtime.spawn(async move { while receiver.recv().await.is_some() {} }));
    let round = Arc::new(Round {
        ledger: ledger.clone(),
        wakers: Mutex::default(),
        joins: Mutex::default(),
        aborts: Mutex::default(),
        channel: sender,
        server,
        left: AtomicU64::new(20 + random.below(300)),
        stop: AtomicBool::new(false),
    });
    let threads = [(); 2].map(|()| {
        let (round, handle, random) = (round.clone(), runtime.handle().clone(), Random(random.next()));
        thread::spawn(move || disturb(&round, &handle, random))
    });
    let in_the_middle = random.one_in(2);
    runtime.block_on(inside(&round, &mut random, in_the_middle));
    match random.below(3) {
        0 => drop(runtime),
        1 => runtime.shutdown_timeout(Duration::from_secs(30)),
        _ => runtime.shutdown_background(),
    }
    round.stop.store(true, Ordering::Release);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    // Wakers and handles outlive their runtime.
    take_all(&round.wakers).into_iter().for_each(Waker::wake);
    take_all(&round.aborts).into_iter().for_each(|abort| abort.abort());
    take_all(&round.joins).into_iter().for_each(|join| check(wait(join)));
    drop(round);
    settle(&ledger);
}

/// The future of `block_on`: spawns, then waits for what there is, or only for a moment.
async fn inside(round: &Arc<Round>, random: &mut Random, in_the_middle: bool) {
    for _ in 0..random.below(40) {
        if round.may_spawn() {
            let join = heist::spawn(work(round.clone(), Random(random.next())));
            round.remember(random, join);
        }
        if random.one_in(4) {
            step_without_panic(round, random).await;
        }
    }
    if in_the_middle {
        return sleep(Duration::from_micros(random.below(1500))).await;
    }
    while let Some(join) = pick(&round.joins, random) {
        check(join.await);
    }
}

async fn step_without_panic(round: &Arc<Round>, random: &mut Random) {
    if random.one_in(2) { child(round, random).await } else { yield_now().await }
}

/// Waits for what a shutdown in the background has left.
fn settle(ledger: &Ledger) {
    let start = Instant::now();
    while !ledger.missing().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(30), "never dropped: {:?}", ledger.missing());
        thread::sleep(Duration::from_micros(100));
    }
}

fn setting<T: std::str::FromStr<Err: Debug>>(name: &str, default: T) -> T {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Panics that are meant would drown the others.
fn hide_panics_that_are_meant() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // `panic!` with arguments makes a `String`; `payload_as_str` needs a newer compiler than the one we promise.
        if info.payload().downcast_ref::<String>().is_none_or(|text| text != MEANT) {
            before(info);
        }
    }));
}

/// Ends the process if `current`, the seed of the round, stays the same for too long.
fn watch(current: Arc<AtomicU64>) {
    thread::spawn(move || {
        let mut last = (current.load(Ordering::Relaxed), Instant::now());
        loop {
            thread::sleep(Duration::from_millis(500));
            let seed = current.load(Ordering::Relaxed);
            if seed != last.0 {
                last = (seed, Instant::now());
            } else if last.1.elapsed() > PATIENCE {
                eprintln!("no progress for {PATIENCE:?}: HEIST_STRESS_SEED={seed}");
                process::abort();
            }
        }
    });
}

#[test]
fn chaos() {
    hide_panics_that_are_meant();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let first = setting("HEIST_STRESS_SEED", now);
    let current = Arc::new(AtomicU64::new(first));
    watch(current.clone());
    for number in 0..setting("HEIST_STRESS_ROUNDS", ROUNDS) {
        let seed = first.wrapping_add(number);
        current.store(seed, Ordering::Relaxed);
        if let Err(payload) = panic::catch_unwind(|| round(seed)) {
            eprintln!("failed with HEIST_STRESS_SEED={seed}");
            panic::resume_unwind(payload);
        }
    }
}
