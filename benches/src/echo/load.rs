//! The clients of the echo server, all in one thread of one process. What they do is their `Shape`.

use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, write};
use rustix::net::{RecvFlags, recv};

use super::shape::{Habit, Shape};
use super::target::Target;
use crate::sample::{Latency, Sample};
use crate::{affinity, descriptors, job};

/// The first argument of a load process.
pub(crate) const ROLE: &str = "--load";

/// The line that says that the warm-up is over.
pub(super) const READY: &str = "ready";

/// Clients that connect before the first of them has an answer: fewer than the shortest queue of a listener.
const AT_A_TIME: usize = 64;

/// The main function of a load process. `supervisor` is on the other side of its pipes.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let Some((target, shape, cpus, warm_up, measure)) = parse(arguments) else {
        eprintln!("error: {ROLE} takes TARGET SHAPE CPUS MILLISECONDS-OF-WARM-UP MILLISECONDS");
        return ExitCode::from(2);
    };
    job::end_if_it_hangs(job::HELPER_HANGS_AFTER);
    affinity::confine(&cpus);
    match serve_the_supervisor(target, shape, warm_up, measure) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the load failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Option<(Target, Shape, Vec<usize>, Duration, Duration)> {
    let [target, shape, cpus, warm_up_ms, measure_ms] = arguments else { return None };
    let phase = |text: &String| text.parse().ok().map(Duration::from_millis);
    let (target, shape) = (Target::from_argument(target)?, Shape::from_argument(shape)?);
    Some((target, shape, affinity::from_list(cpus)?, phase(warm_up_ms)?, phase(measure_ms)?))
}

/// The load's half of the talk that `supervisor` describes.
fn serve_the_supervisor(target: Target, shape: Shape, warm_up: Duration, measure: Duration) -> io::Result<()> {
    descriptors::make_room(shape.clients);
    let mut load = Load::connect(target, shape)?;
    let rests = shape.habit == Habit::Rest;
    if !rests {
        load.run(warm_up)?;
    }
    println!("{READY}");
    io::stdin().read_line(&mut String::new())?;
    if !rests {
        println!("{}", load.run(measure)?);
    }
    Ok(())
}

struct Load {
    target: Target,
    habit: Habit,
    poller: OwnedFd,
    clients: Vec<Client>,
    request: Vec<u8>,
    /// Where answers are put.
    answer: Vec<u8>,
}

/// A connection, and how much of the current answer has come.
struct Client {
    socket: OwnedFd,
    sent: Instant,
    received: usize,
}

impl Load {
    /// Connects all clients, a few at a time. A request of each shows that the server has accepted it: what it has
    /// not accepted waits in a queue, and beyond the end of that queue a client waits for a second or more.
    fn connect(target: Target, shape: Shape) -> io::Result<Self> {
        let poller = epoll::create(CreateFlags::CLOEXEC)?;
        let (request, answer) = (vec![b'h'; shape.message], vec![0; shape.message]);
        let clients = Vec::with_capacity(shape.clients);
        let mut load = Self { target, habit: shape.habit, poller, clients, request, answer };
        while load.clients.len() < shape.clients {
            let connected = load.clients.len();
            for index in connected..shape.clients.min(connected + AT_A_TIME) {
                load.clients.push(Client::connect(&load.target, &load.poller, index)?);
            }
            load.talk(connected, Duration::ZERO)?;
        }
        Ok(load)
    }

    /// Sends requests for that long, then waits for the answers still under way.
    fn run(&mut self, length: Duration) -> io::Result<Sample> {
        let start = Instant::now();
        let latencies_ns = self.talk(0, length)?;
        Ok(summarize(latencies_ns, start.elapsed()))
    }

    /// As `run`, for the clients from `first` on, each of which sends at least one request. Returns the latencies.
    fn talk(&mut self, first: usize, length: Duration) -> io::Result<Vec<u64>> {
        let start = Instant::now();
        let mut latencies_ns = Vec::new();
        let mut events = Vec::with_capacity(self.clients.len());
        for client in &mut self.clients[first..] {
            client.send(&self.request, start)?;
        }
        let mut in_flight = self.clients.len() - first;
        while in_flight > 0 {
            events.clear();
            epoll::wait(&self.poller, spare_capacity(&mut events), None)?;
            for event in &events {
                let index = event.data.u64() as usize;
                if !self.clients[index].receive(&mut self.answer)? {
                    continue;
                }
                let now = Instant::now();
                latencies_ns.push((now - self.clients[index].sent).as_nanos() as u64);
                if self.habit == Habit::Reconnect {
                    // The old connection closes as the new one takes its place.
                    self.clients[index] = Client::connect(&self.target, &self.poller, index)?;
                }
                if now - start < length {
                    self.clients[index].send(&self.request, now)?;
                } else {
                    in_flight -= 1;
                }
            }
        }
        Ok(latencies_ns)
    }
}

impl Client {
    fn connect(target: &Target, poller: &OwnedFd, index: usize) -> io::Result<Self> {
        let socket = target.connect(index)?;
        epoll::add(poller, &socket, EventData::new_u64(index as u64), EventFlags::IN)?;
        Ok(Self { socket, sent: Instant::now(), received: 0 })
    }

    /// Sends the whole request. The socket blocks, but not for long: the server has read the request before this one.
    fn send(&mut self, request: &[u8], now: Instant) -> io::Result<()> {
        self.sent = now;
        self.received = 0;
        match write(&self.socket, request)? {
            length if length == request.len() => Ok(()),
            _ => Err(ErrorKind::WriteZero.into()),
        }
    }

    /// Whether the whole answer has come.
    fn receive(&mut self, answer: &mut [u8]) -> io::Result<bool> {
        match recv(&self.socket, &mut answer[self.received..], RecvFlags::DONTWAIT) {
            Ok((_, 0)) => Err(ErrorKind::UnexpectedEof.into()),
            Ok((_, length)) => {
                self.received += length;
                Ok(self.received == answer.len())
            }
            Err(Errno::AGAIN) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The load's view of a phase; the server's CPU time is not for it to know.
fn summarize(mut latencies_ns: Vec<u64>, elapsed: Duration) -> Sample {
    let latency = Latency::of(&mut latencies_ns);
    let (ops, wall_ns) = (latencies_ns.len() as u64, elapsed.as_nanos() as u64);
    Sample { ops, wall_ns, cpu_ns: 0, latency: Some(latency), bytes: None, switches: None }
}
