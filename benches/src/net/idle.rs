//! What connections cost that nobody uses.

use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::descriptors;
use crate::echo::server;
use crate::echo::shape::{Habit, Shape};
use crate::echo::supervisor::Load;
use crate::echo::target::Target;
use crate::echo::{MESSAGE, USUAL, buffer};
use crate::job::Job;
use crate::meter::Clocks;
use crate::resident;
use crate::rt::Rt;
use crate::sample::Sample;
use crate::switches;

/// Clients: each has one request answered, then rests.
const CLIENTS: usize = 10_000;
const RESTING: Shape = Shape { clients: CLIENTS, habit: Habit::Rest, ..USUAL };

/// How long a runtime is watched while nothing happens.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// Between the last request and that window: workers may look around for a little while before they sleep.
const SETTLE: Duration = Duration::from_millis(200);

/// A server's limit for the next request, as servers have one. It does not pass while anybody looks.
const LIMIT: Duration = Duration::from_secs(60);

/// The memory of a connection that waits for a request: the task with its buffer and whatever the runtime keeps for a
/// socket. What the system keeps for it is the same for all, and is not counted. An operation is one connection.
pub(super) fn memory<R: Rt>(job: &Job) -> Sample {
    descriptors::make_room(CLIENTS);
    let runtime = R::start(job.workers);
    let address = runtime.block_on(server::start::<R>(MESSAGE));
    let before = resident::bytes();
    let window = Clocks::now();
    let load = Load::start(&Target::Tcp(address), RESTING, job);
    thread::sleep(SETTLE);
    let sample = window.sample(CLIENTS as u64);
    let bytes = resident::bytes().saturating_sub(before);
    load.dismiss();
    Sample { bytes: Some(bytes), ..sample }
}

/// Connections that all wait for a request and for a timeout. An operation is the whole window.
pub(super) fn wake_ups<R: Rt>(job: &Job) -> Sample {
    descriptors::make_room(CLIENTS);
    let runtime = R::start(job.workers);
    let address = runtime.block_on(async {
        let (listener, address) = R::listen().await.expect("the loopback interface has a free port");
        R::detach(accept_all::<R>(listener));
        address
    });
    let load = Load::start(&Target::Tcp(address), RESTING, job);
    thread::sleep(SETTLE);
    let own = Own::now();
    let window = Clocks::now();
    thread::sleep(job.measure);
    let sample = window.sample(1);
    let own = own.since();
    load.dismiss();
    let switches = sample.switches.zip(own.switches).map(|(all, own)| all.saturating_sub(own));
    Sample { cpu_ns: sample.cpu_ns.saturating_sub(own.cpu_ns), switches, ..sample }
}

/// What the thread that measures takes itself, which is not the runtime's.
struct Own {
    cpu_ns: u64,
    switches: Option<u64>,
}

impl Own {
    fn now() -> Self {
        let cpu = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("CPU time is not negative");
        Self { cpu_ns: cpu.as_nanos() as u64, switches: switches::of_this_thread() }
    }

    fn since(&self) -> Self {
        let now = Self::now();
        let switches = now.switches.zip(self.switches).map(|(now, before)| now - before);
        Self { cpu_ns: now.cpu_ns - self.cpu_ns, switches }
    }
}

async fn accept_all<R: Rt>(listener: R::Listener) {
    loop {
        let stream = R::accept(&listener).await.expect("the load connects");
        R::detach(echo_in_time::<R>(stream));
    }
}

/// Answers until the client leaves or rests for too long.
async fn echo_in_time<R: Rt>(mut stream: R::Stream) {
    let mut buffer = vec![0; buffer(MESSAGE)];
    while let Some(Ok(length @ 1..)) = R::timeout(LIMIT, R::read(&mut stream, &mut buffer)).await {
        if R::write_all(&mut stream, &buffer[..length]).await.is_err() {
            return;
        }
    }
}
