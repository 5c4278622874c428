//! Connecting: to one address, and to several in a race.
//!
//! The race is that of RFC 8305 ("Happy Eyeballs Version 2"), sections 4 and 5, over the addresses of one look-up. Of what
//! the RFC says about asking name servers nothing is here: that is the system's.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::net::TcpStream;
use crate::net::addr::{Addrs, first_success_async, no_addresses};
use crate::runtime::context;
use crate::time::{self, Instant, Sleep};

/// The "Connection Attempt Delay" of the RFC, with the value that it recommends.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to whichever of `addrs` answers first. A single address costs nothing more than itself.
pub(super) async fn race(addrs: Addrs) -> io::Result<TcpStream> {
    let has_timers = || context::with_current(|handle| handle.driver().time.is_some()).unwrap_or(false);
    if addrs.len() <= 1 || !has_timers() {
        return first_success_async(addrs, connect_addr).await;
    }
    let mut race = Race { waiting: interleave(addrs).into_iter(), attempts: Vec::new(), error: None };
    let mut delay = pin!(time::sleep(Duration::ZERO));
    poll_fn(|cx| race.poll(cx, delay.as_mut())).await
}

/// Connects to an address.
pub(super) async fn connect_addr(addr: SocketAddr) -> io::Result<TcpStream> {
    connect_socket(new_socket(addr)?, addr).await
}

/// Connects a socket that does not block.
pub(super) async fn connect_socket(socket: Socket, addr: SocketAddr) -> io::Result<TcpStream> {
    let stream = begin(socket, addr)?;
    poll_fn(|cx| poll_connected(&stream, cx)).await?;
    Ok(stream)
}

fn new_socket(addr: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn begin(socket: Socket, addr: SocketAddr) -> io::Result<TcpStream> {
    if let Err(error) = socket.connect(&addr.into()) {
        // Interrupted, it goes on in the background as well.
        let goes_on = [Errno::INPROGRESS, Errno::INTR].map(|errno| Some(errno.raw_os_error()));
        if !goes_on.contains(&error.raw_os_error()) {
            return Err(error);
        }
    }
    // Registered only now: before, the system would report it as hung up.
    TcpStream::connecting(socket)
}

fn poll_connected(stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    ready!(stream.poll_write_ready(cx))?;
    Poll::Ready(stream.take_error()?.map_or(Ok(()), Err))
}

/// Several attempts to connect, of which one is to succeed.
struct Race {
    /// The addresses that have not been tried.
    waiting: vec::IntoIter<SocketAddr>,
    /// The connections that are being made, the oldest first. Dropping one gives it up.
    attempts: Vec<TcpStream>,
    /// The error to report if no attempt succeeds.
    error: Option<io::Error>,
}

impl Race {
    /// `delay` is the time that the youngest attempt has until the next one starts.
    fn poll(&mut self, cx: &mut Context<'_>, mut delay: Pin<&mut Sleep>) -> Poll<io::Result<TcpStream>> {
        loop {
            let running = self.attempts.len();
            if let Some(winner) = self.poll_attempts(cx) {
                return Poll::Ready(Ok(winner));
            }
            let one_has_failed = self.attempts.len() < running;
            let is_next_due = self.attempts.is_empty() || one_has_failed;
            if self.waiting.as_slice().is_empty() {
                return match self.attempts.is_empty() {
                    true => Poll::Ready(Err(self.error.take().unwrap_or_else(no_addresses))),
                    false => Poll::Pending,
                };
            }
            if !is_next_due {
                ready!(delay.as_mut().poll(cx));
            }
            self.start_next();
            delay.as_mut().reset(Instant::now() + ATTEMPT_DELAY);
        }
    }

    /// Looks after the attempts. Returns the first that has succeeded, and drops those that have failed.
    fn poll_attempts(&mut self, cx: &mut Context<'_>) -> Option<TcpStream> {
        let mut index = 0;
        while let Some(attempt) = self.attempts.get(index) {
            match poll_connected(attempt, cx) {
                Poll::Ready(Ok(())) => return Some(self.attempts.remove(index)),
                Poll::Ready(Err(error)) => {
                    self.attempts.remove(index);
                    self.failed(error);
                }
                Poll::Pending => index += 1,
            }
        }
        None
    }

    /// Starts an attempt. Addresses that fail without waiting are passed over.
    fn start_next(&mut self) {
        while let Some(addr) = self.waiting.next() {
            match new_socket(addr).and_then(|socket| begin(socket, addr)) {
                Ok(attempt) => return self.attempts.push(attempt),
                Err(error) => self.failed(error),
            }
        }
    }

    /// Remembers an error, unless it says less than the one that is known.
    fn failed(&mut self, error: io::Error) {
        if self.error.as_ref().is_none_or(|known| is_no_way(known) || !is_no_way(&error)) {
            self.error = Some(error);
        }
    }
}

/// True if an error only says that this machine cannot reach addresses of that kind, and nothing about the peer.
fn is_no_way(error: &io::Error) -> bool {
    let no_way = [Errno::NETUNREACH, Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT];
    no_way.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Lets the families of addresses take turns. Within a family the order stays as it is, and the first address stays first.
fn interleave(addrs: Addrs) -> Vec<SocketAddr> {
    let addrs: Vec<_> = addrs.collect();
    let preferred_is_v6 = addrs.first().is_some_and(SocketAddr::is_ipv6);
    let of_family = |preferred| addrs.iter().filter(move |addr| (addr.is_ipv6() == preferred_is_v6) == preferred);
    let (mut preferred, mut others) = (of_family(true), of_family(false));
    let mut turns = Vec::with_capacity(addrs.len());
    while turns.len() < addrs.len() {
        turns.extend(preferred.next().into_iter().chain(others.next()));
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addrs(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|addr| addr.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns() {
        for (list, turns) in [
            (&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"][..], &["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"][..]),
            (&["1.1.1.1:1", "[::1]:1", "[::2]:1"], &["1.1.1.1:1", "[::1]:1", "[::2]:1"]),
            (&["1.1.1.1:1", "1.1.1.2:1", "[::1]:1"], &["1.1.1.1:1", "[::1]:1", "1.1.1.2:1"]),
            (&["1.1.1.1:1", "1.1.1.2:1"], &["1.1.1.1:1", "1.1.1.2:1"]),
            (&[], &[]),
        ] {
            assert_eq!(interleave(Addrs::Many(addrs(list).into_iter())), addrs(turns));
        }
    }

    #[test]
    fn the_most_useful_error_stands() {
        let error = |errno: Errno| io::Error::from(errno);
        for (errors, stands) in [
            (&[Errno::CONNREFUSED, Errno::NETUNREACH][..], Errno::CONNREFUSED),
            (&[Errno::NETUNREACH, Errno::CONNREFUSED], Errno::CONNREFUSED),
            (&[Errno::CONNREFUSED, Errno::TIMEDOUT], Errno::TIMEDOUT),
            (&[Errno::NETUNREACH, Errno::ADDRNOTAVAIL], Errno::ADDRNOTAVAIL),
        ] {
            let mut race = Race { waiting: Vec::new().into_iter(), attempts: Vec::new(), error: None };
            errors.iter().for_each(|errno| race.failed(error(*errno)));
            assert_eq!(race.error.unwrap().raw_os_error(), Some(stands.raw_os_error()));
        }
    }
}
