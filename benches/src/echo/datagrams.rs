//! A UDP echo server without a runtime, as `epoll` is one for TCP.

use std::net::{Ipv4Addr, UdpSocket};
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use super::target::Target;
use super::{CONNECTIONS, MESSAGE, USUAL, supervisor};
use crate::job::Job;
use crate::sample::Sample;
use crate::table::{Table, contended};

/// What takes part in the group `os`.
pub(crate) static TABLE: Table = Table(&[&[contended("udp_echo", run)]]);

/// Serves from as many threads as the job has workers, each with its share of the sockets.
fn run(job: &Job) -> Sample {
    let mut addresses = Vec::new();
    let mut shares: Vec<Vec<UdpSocket>> = (0..job.workers).map(|_| Vec::new()).collect();
    for client in 0..CONNECTIONS {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        addresses.push(socket.local_addr().expect("it is bound"));
        shares[client % job.workers].push(socket);
    }
    for share in shares {
        thread::spawn(|| serve(share));
    }
    supervisor::measure(&Target::Udp(addresses), USUAL, job)
}

/// Answers on all these sockets until the process ends.
fn serve(sockets: Vec<UdpSocket>) {
    let poller = epoll::create(CreateFlags::CLOEXEC).expect("cannot create an epoll instance");
    for (index, socket) in sockets.iter().enumerate() {
        socket.set_nonblocking(true).expect("a socket can be non-blocking");
        let flags = EventFlags::IN | EventFlags::ET;
        epoll::add(&poller, socket, EventData::new_u64(index as u64), flags).expect("cannot watch a socket");
    }
    let mut events = Vec::with_capacity(CONNECTIONS);
    loop {
        events.clear();
        epoll::wait(&poller, spare_capacity(&mut events), None).expect("cannot wait on epoll");
        for event in &events {
            answer(&sockets[event.data.u64() as usize]);
        }
    }
}

/// One request and its answer: a client sends no second one before. A client that has left shows as an error, and is
/// owed nothing.
fn answer(socket: &UdpSocket) {
    let mut buffer = [0; MESSAGE];
    if let Ok((length, client)) = socket.recv_from(&mut buffer) {
        socket.send_to(&buffer[..length], client).unwrap_or_default();
    }
}
