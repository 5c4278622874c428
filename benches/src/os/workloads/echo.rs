//! Echo servers for UDP and for Unix sockets, under the load of `crate::echo`.

use std::net::Ipv4Addr;
use std::{fs, process};

use super::Runtime;
use super::rt::io::{AsyncReadExt, AsyncWriteExt};
use super::rt::net::{UdpSocket, UnixListener, UnixStream};
use super::rt::spawn;
use crate::echo::target::Target;
use crate::echo::{CONNECTIONS, MESSAGE, USUAL, buffer, supervisor};
use crate::job::Job;
use crate::rt::Rt;
use crate::sample::Sample;
use crate::table::{Entry, contended};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[contended("udp_echo", udp), contended("unix_echo", unix)];

/// As many sockets as clients, each with a task that answers. An operation is one request.
fn udp(job: &Job) -> Sample {
    let runtime = Runtime::start(job.workers);
    let addresses = runtime.block_on(async {
        let mut addresses = Vec::new();
        for _ in 0..CONNECTIONS {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there is a free port");
            addresses.push(socket.local_addr().expect("it is bound"));
            spawn(answer_datagrams(socket));
        }
        addresses
    });
    supervisor::measure(&Target::Udp(addresses), USUAL, job)
}

async fn answer_datagrams(socket: UdpSocket) {
    let mut buffer = [0; MESSAGE];
    loop {
        // A client that has left shows as an error, and is owed nothing.
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else { return };
        if socket.send_to(&buffer[..length], client).await.is_err() {
            return;
        }
    }
}

/// A listener, and a task for each connection. An operation is one request.
fn unix(job: &Job) -> Sample {
    let runtime = Runtime::start(job.workers);
    let path = job.scratch.join(format!("socket-{}", process::id()));
    runtime.block_on(async {
        let listener = UnixListener::bind(&path).expect("the folder is ours");
        spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("the load connects");
                spawn(answer_stream(stream));
            }
        });
    });
    let sample = supervisor::measure(&Target::Unix(path.clone()), USUAL, job);
    fs::remove_file(path).expect("the folder is ours");
    sample
}

/// Answers until the client leaves.
async fn answer_stream(mut stream: UnixStream) {
    let mut buffer = [0; buffer(MESSAGE)];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
