//! An echo server without a runtime: threads that wait on epoll and answer. It shows how much of a request is the
//! system's own work.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};

use super::shape::Shape;
use super::target::Target;
use super::{buffer, supervisor};
use crate::job::Job;
use crate::sample::Sample;

/// Events taken from the system at a time.
const EVENTS: usize = 64;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// The server as a peer of the runtimes.
pub(crate) struct Epoll;

/// Serves from as many threads as the job has workers. Each has a listener of its own on the same port, and the system
/// deals the connections out.
pub(crate) fn run(shape: Shape, job: &Job) -> Sample {
    let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    for _ in 0..job.workers {
        let listener = listen(address).expect("the loopback interface has a free port");
        address = listener.local_addr().expect("a bound socket has an address");
        let server = Server::new(listener, shape.message);
        thread::spawn(|| server.serve());
    }
    supervisor::measure(&Target::Tcp(address), shape, job)
}

/// Listens on an address that others may share, without blocking.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    net::bind(&socket, &address)?;
    net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

/// What one thread serves.
struct Server {
    poller: OwnedFd,
    listener: TcpListener,
    /// By descriptor, which is also what the poller knows them by.
    streams: Vec<Option<TcpStream>>,
    buffer: Vec<u8>,
}

impl Server {
    fn new(listener: TcpListener, message: usize) -> Self {
        let poller = epoll::create(CreateFlags::CLOEXEC).expect("cannot create an epoll instance");
        let data = EventData::new_u64(key(&listener) as u64);
        epoll::add(&poller, &listener, data, EventFlags::IN).expect("cannot watch a socket");
        Self { poller, listener, streams: Vec::new(), buffer: vec![0; buffer(message)] }
    }

    fn add(&mut self, stream: TcpStream) {
        stream.set_nodelay(true).expect("a TCP socket has the option");
        let (key, flags) = (key(&stream), EventFlags::IN | EventFlags::ET);
        epoll::add(&self.poller, &stream, EventData::new_u64(key as u64), flags).expect("cannot watch a socket");
        if key >= self.streams.len() {
            self.streams.resize_with(key + 1, || None);
        }
        self.streams[key] = Some(stream);
    }

    /// Answers until the process ends.
    fn serve(mut self) {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            events.clear();
            epoll::wait(&self.poller, spare_capacity(&mut events), None).expect("cannot wait on epoll");
            for event in &events {
                self.handle(event.data.u64() as usize);
            }
        }
    }

    fn handle(&mut self, ready: usize) {
        if ready == key(&self.listener) {
            let stream = net::accept_with(&self.listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK);
            self.add(stream.expect("nobody else accepts from this listener").into());
        } else {
            self.answer(ready);
        }
    }

    /// One request and its answer. A client that has left shows as an empty read or an error, and is owed nothing.
    fn answer(&mut self, key: usize) {
        let Some(stream) = &mut self.streams[key] else { return };
        match stream.read(&mut self.buffer) {
            Ok(length @ 1..) => stream.write_all(&self.buffer[..length]).unwrap_or_default(),
            Ok(0) => self.streams[key] = None,
            Err(_) => {}
        }
    }
}

fn key(socket: &impl AsRawFd) -> usize {
    usize::try_from(socket.as_raw_fd()).expect("a descriptor is not negative")
}
