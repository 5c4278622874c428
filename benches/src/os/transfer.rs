//! The other ends of the sockets that a server copies to, and from, in a process of their own. It connects again and
//! again until the server is gone.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};
use std::{env, thread};

use rustix::net::{RecvFlags, recv};

use crate::job::Job;
use crate::os::fixture::{MIB, SENT_MIB};
use crate::{affinity, job};

/// The first argument of such a process.
pub(crate) const ROLE: &str = "--transfer";

/// Bytes written, or thrown away, at a time.
const PIECE: usize = 256 << 10;

/// How it shows that the server has closed its listener.
const GONE: [ErrorKind; 3] = [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];

/// What the process does with its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One at a time, which is read to its end.
    Receive,
    /// Two at a time: the first is written to, the second read.
    SendAndReceive,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::SendAndReceive => "send-and-receive",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Receive, Self::SendAndReceive].into_iter().find(|kind| kind.name() == name)
    }
}

/// The process, seen from the server.
pub(crate) struct Load(Child);

impl Load {
    pub(crate) fn start(kind: Kind, address: SocketAddr, job: &Job) -> Self {
        let child = Command::new(env::current_exe().expect("this program has a path"))
            .args([ROLE, kind.name(), &address.to_string(), &affinity::to_list(&job.load_cpus)])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("cannot start the load process"))
    }

    /// Waits for its end, which comes when the server's listener is closed.
    pub(crate) fn finish(mut self) {
        let status = self.0.wait().expect("the load can be waited for");
        assert!(status.success(), "the load process failed: {status}");
    }
}

/// The main function of the process.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let Some((kind, address, cpus)) = parse(arguments) else {
        eprintln!("error: {ROLE} takes KIND ADDRESS CPUS");
        return ExitCode::from(2);
    };
    job::end_if_it_hangs(job::HELPER_HANGS_AFTER);
    affinity::confine(&cpus);
    loop {
        match transfer(kind, address) {
            Ok(()) => {}
            // The server has measured enough.
            Err(error) if GONE.contains(&error.kind()) => return ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: the load failed: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
}

fn parse(arguments: &[String]) -> Option<(Kind, SocketAddr, Vec<usize>)> {
    let [kind, address, cpus] = arguments else { return None };
    Some((Kind::named(kind)?, address.parse().ok()?, affinity::from_list(cpus)?))
}

fn transfer(kind: Kind, address: SocketAddr) -> io::Result<()> {
    match kind {
        Kind::Receive => receive(&TcpStream::connect(address)?),
        Kind::SendAndReceive => {
            let (first, second) = (TcpStream::connect(address)?, TcpStream::connect(address)?);
            let sends = thread::spawn(move || send(first));
            receive(&second)?;
            sends.join().expect("it does not panic")
        }
    }
}

fn send(mut stream: TcpStream) -> io::Result<()> {
    let piece = vec![b'h'; PIECE];
    for _ in 0..SENT_MIB * MIB / PIECE {
        stream.write_all(&piece)?;
    }
    stream.shutdown(Shutdown::Write)
}

/// Takes everything. The kernel drops the bytes without copying them, so that the load costs as little as can be.
fn receive(stream: &TcpStream) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let (_, length) = recv(stream, &mut piece[..], RecvFlags::TRUNC)?;
        if length == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for kind in [Kind::Receive, Kind::SendAndReceive] {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(Kind::named("send"), None);
    }
}
