//! The clients of the echo server, all in one thread of one process: each sends its next request when it has the
//! answer to the one before.

use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, ioctl_fionbio, read, write};

use super::target::Target;
use super::{CONNECTIONS, MESSAGE};
use crate::sample::{Latency, Sample};
use crate::{affinity, job, stats};

/// The first argument of a load process.
pub(crate) const ROLE: &str = "--load";

/// The line that says that the warm-up is over.
pub(super) const READY: &str = "ready";

/// The main function of a load process. `supervisor` is on the other side of its pipes.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let Some((target, cpus, warm_up, measure)) = parse(arguments) else {
        eprintln!("error: {ROLE} takes TARGET CPUS MILLISECONDS-OF-WARM-UP MILLISECONDS");
        return ExitCode::from(2);
    };
    job::end_if_it_hangs();
    affinity::confine(&cpus);
    match talk(&target, warm_up, measure) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the load failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Option<(Target, Vec<usize>, Duration, Duration)> {
    let [target, cpus, warm_up_ms, measure_ms] = arguments else { return None };
    let phase = |text: &String| text.parse().ok().map(Duration::from_millis);
    Some((Target::from_argument(target)?, affinity::from_list(cpus)?, phase(warm_up_ms)?, phase(measure_ms)?))
}

fn talk(target: &Target, warm_up: Duration, measure: Duration) -> io::Result<()> {
    let mut load = Load::connect(target)?;
    load.run(warm_up)?;
    println!("{READY}");
    io::stdin().read_line(&mut String::new())?;
    println!("{}", load.run(measure)?);
    Ok(())
}

struct Load {
    poller: OwnedFd,
    clients: Vec<Client>,
}

/// A connection, and how much of the current answer has come.
struct Client {
    socket: OwnedFd,
    sent: Instant,
    received: usize,
}

impl Load {
    fn connect(target: &Target) -> io::Result<Self> {
        let poller = epoll::create(CreateFlags::CLOEXEC)?;
        let mut clients = Vec::with_capacity(CONNECTIONS);
        for index in 0..CONNECTIONS {
            let socket = target.connect(index)?;
            ioctl_fionbio(&socket, true)?;
            epoll::add(&poller, &socket, EventData::new_u64(index as u64), EventFlags::IN)?;
            clients.push(Client { socket, sent: Instant::now(), received: 0 });
        }
        Ok(Self { poller, clients })
    }

    /// Sends requests for that long, then waits for the answers still under way.
    fn run(&mut self, length: Duration) -> io::Result<Sample> {
        let start = Instant::now();
        let mut latencies_ns = Vec::new();
        let mut events = Vec::with_capacity(CONNECTIONS);
        for client in &mut self.clients {
            client.send(start)?;
        }
        let mut in_flight = self.clients.len();
        while in_flight > 0 {
            events.clear();
            epoll::wait(&self.poller, spare_capacity(&mut events), None)?;
            for event in &events {
                let client = &mut self.clients[event.data.u64() as usize];
                if !client.receive()? {
                    continue;
                }
                let now = Instant::now();
                latencies_ns.push((now - client.sent).as_nanos() as u64);
                if now - start < length {
                    client.send(now)?;
                } else {
                    in_flight -= 1;
                }
            }
        }
        Ok(summarize(latencies_ns, start.elapsed()))
    }
}

impl Client {
    fn send(&mut self, now: Instant) -> io::Result<()> {
        self.sent = now;
        self.received = 0;
        // It fits: the server has read the request before this one.
        match write(&self.socket, &[b'h'; MESSAGE])? {
            MESSAGE => Ok(()),
            _ => Err(ErrorKind::WriteZero.into()),
        }
    }

    /// Whether the whole answer has come.
    fn receive(&mut self) -> io::Result<bool> {
        let mut buffer = [0; MESSAGE];
        match read(&self.socket, &mut buffer[self.received..]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                self.received += length;
                Ok(self.received == MESSAGE)
            }
            Err(Errno::AGAIN) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The load's view of a phase; the server's CPU time is not for it to know.
fn summarize(mut latencies_ns: Vec<u64>, elapsed: Duration) -> Sample {
    latencies_ns.sort_unstable();
    let at = |per_mille| stats::percentile(&latencies_ns, per_mille);
    let latency = Latency { p50_ns: at(500), p99_ns: at(990) };
    let (ops, wall_ns) = (latencies_ns.len() as u64, elapsed.as_nanos() as u64);
    Sample { ops, wall_ns, cpu_ns: 0, latency: Some(latency) }
}
