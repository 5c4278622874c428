//! One trial, in the child's process: the probes, the case's tasks, and the clocks around the measured window.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use super::Trial;
use super::case::{self, Case, Stalls};
use super::probe::Probe;
use super::reading::Reading;
use crate::echo;
use crate::meter::Clocks;
use crate::rt::Rt;

/// Runtime, connection and probes get going in this time.
pub(super) const WARM_UP: Duration = Duration::from_millis(100);

/// Between two ticks, and between two wakes by the neighbour.
const TICK: Duration = Duration::from_millis(1);

/// Between an answer and the next request or wake from outside. Short, so that something is under way when a stall
/// begins.
const PAUSE: Duration = Duration::from_micros(500);

/// The four probes, in the order of the table.
#[derive(Debug)]
struct Probes {
    tick: Probe,
    echo: Probe,
    thread_wake: Probe,
    task_wake: Probe,
}

impl Probes {
    fn all(&self) -> [&Probe; 4] {
        [&self.tick, &self.echo, &self.thread_wake, &self.task_wake]
    }
}

/// Runs the trial on a runtime of its own.
pub(crate) fn run<R: Rt>(trial: &Trial) -> Reading {
    let [tick, echo, thread_wake, task_wake] = [(); 4].map(|()| Probe::new());
    let probes = Arc::new(Probes { tick, echo, thread_wake, task_wake });
    let stalls = Arc::new(Stalls::new(if trial.case == Case::AllStall { trial.workers } else { 1 }));
    let rt = R::start(trial.workers);
    let server = rt.block_on(async {
        R::detach(tick_forever::<R>(probes.clone()));
        wake_from_a_thread::<R>(&probes);
        wake_from_a_task::<R>(&probes, (trial.case == Case::LifoStall).then(|| stalls.clone()));
        let server = echo::server::start::<R>(echo::MESSAGE).await;
        case::start::<R>(trial.case, trial.workers, &stalls);
        server
    });
    let talker = probes.clone();
    thread::spawn(move || talk(server, &talker.echo));

    thread::sleep(WARM_UP);
    probes.all().into_iter().for_each(Probe::restart);
    let stalls_before = stalls.count();
    let clocks = Clocks::now();
    thread::sleep(trial.measure);
    let [tick_ns, echo_ns, thread_wake_ns, task_wake_ns] = probes.all().map(Probe::worst_ns);
    let sample = clocks.sample(1);
    assert!(!trial.case.must_stall() || stalls.count() > stalls_before, "no worker got stuck");
    assert!(probes.all().iter().any(|probe| probe.count() > 0), "no probe has run");
    Reading { tick_ns, echo_ns, thread_wake_ns, task_wake_ns, cpu_ns: sample.cpu_ns, wall_ns: sample.wall_ns }
}

async fn tick_forever<R: Rt>(probes: Arc<Probes>) {
    loop {
        probes.tick.begin();
        R::sleep(TICK).await;
        probes.tick.end();
    }
}

/// A task waits for a thread, which wakes it by the runtime's one-shot channel.
fn wake_from_a_thread<R: Rt>(probes: &Arc<Probes>) {
    let (to_thread, from_task) = mpsc::channel::<R::Sender>();
    let waker = probes.clone();
    thread::spawn(move || {
        for sender in from_task {
            thread::sleep(PAUSE);
            waker.thread_wake.begin();
            R::send(sender);
        }
    });
    let probes = probes.clone();
    R::detach(async move {
        loop {
            let (sender, receiver) = R::oneshot();
            if to_thread.send(sender).is_err() {
                return;
            }
            R::receive(receiver).await;
            probes.thread_wake.end();
        }
    });
}

/// A task waits for another one, which wakes it and then stalls if it is told to.
fn wake_from_a_task<R: Rt>(probes: &Arc<Probes>, stalls: Option<Arc<Stalls>>) {
    let meeting = Arc::new(Mutex::new(None::<R::Sender>));
    let (waker, waiting) = (probes.clone(), meeting.clone());
    R::detach(async move {
        let mut due = None;
        loop {
            R::sleep(TICK).await;
            let sender = waiting.lock().expect("nobody panics with it").take();
            // None: the neighbour has not run since the last wake.
            let Some(sender) = sender else { continue };
            waker.task_wake.begin();
            R::send(sender);
            if let Some(stalls) = &stalls {
                stalls.stall_if_due(&mut due);
            }
        }
    });
    let probes = probes.clone();
    R::detach(async move {
        loop {
            let (sender, receiver) = R::oneshot();
            *meeting.lock().expect("nobody panics with it") = Some(sender);
            R::receive(receiver).await;
            probes.task_wake.end();
        }
    });
}

/// The client: one request at a time, with a pause between.
fn talk(server: SocketAddr, probe: &Probe) {
    let mut stream = TcpStream::connect(server).expect("the server listens");
    stream.set_nodelay(true).expect("a socket can do that");
    let mut message = [b'h'; echo::MESSAGE];
    loop {
        probe.begin();
        let answered = stream.write_all(&message).and_then(|()| stream.read_exact(&mut message));
        probe.end();
        if answered.is_err() {
            // The runtime has gone.
            return;
        }
        thread::sleep(PAUSE);
    }
}
