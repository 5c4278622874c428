//! An echo server without a runtime: threads that wait on epoll and answer. It shows how much of a request is the
//! system's own work.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use super::target::Target;
use super::{CONNECTIONS, MESSAGE, supervisor};
use crate::job::Job;
use crate::sample::Sample;

/// Serves from as many threads as the job has workers, each with its share of the connections.
pub(crate) fn run(job: &Job) -> Sample {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback interface has a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    let workers = job.workers;
    thread::spawn(move || {
        let mut shares: Vec<Vec<TcpStream>> = (0..workers).map(|_| Vec::new()).collect();
        for connection in 0..CONNECTIONS {
            let (stream, _) = listener.accept().expect("the load connects");
            shares[connection % workers].push(stream);
        }
        for share in shares {
            thread::spawn(|| serve(share));
        }
    });
    supervisor::measure(&Target::Tcp(address), job)
}

/// Answers on all these connections until the process ends.
fn serve(mut streams: Vec<TcpStream>) {
    let poller = epoll::create(CreateFlags::CLOEXEC).expect("cannot create an epoll instance");
    for (index, stream) in streams.iter().enumerate() {
        stream.set_nodelay(true).expect("a TCP socket has the option");
        stream.set_nonblocking(true).expect("a socket can be non-blocking");
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(&poller, stream, EventData::new_u64(index as u64), flags).expect("cannot watch a socket");
    }
    let mut events = Vec::with_capacity(CONNECTIONS);
    loop {
        events.clear();
        epoll::wait(&poller, spare_capacity(&mut events), None).expect("cannot wait on epoll");
        for event in &events {
            answer(&mut streams[event.data.u64() as usize]);
        }
    }
}

/// One request and its answer. A client that has left shows as an error or an empty read, and is owed nothing.
fn answer(stream: &mut TcpStream) {
    let mut buffer = [0; MESSAGE];
    if let Ok(length @ 1..) = stream.read(&mut buffer) {
        stream.write_all(&buffer[..length]).unwrap_or_default();
    }
}
