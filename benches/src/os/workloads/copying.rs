//! `copy`, to a socket: how a server sends a file, and how a proxy passes bytes on.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use super::Runtime;
use super::rt::fs::File;
use super::rt::io::copy;
use super::rt::net::{TcpListener, TcpStream};
use crate::job::Job;
use crate::meter::Meter;
use crate::os::fixture::{MIB, SENT_MIB, large_file};
use crate::os::transfer::{Kind, Load};
use crate::rt::Rt;
use crate::sample::Sample;
use crate::table::on_worker;
use crate::table::{Entry, contended};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    contended("copy_from_file", |job| serve(job, Kind::Receive, send_file)),
    contended("copy_sockets", |job| serve(job, Kind::SendAndReceive, pass_on)),
];

/// Sends the file to one client.
async fn send_file(listener: Arc<TcpListener>, path: PathBuf) -> io::Result<u64> {
    let mut client = accept(&listener).await?;
    copy(&mut File::open(path).await?, &mut client).await
}

/// Passes on to one connection what another brings.
async fn pass_on(listener: Arc<TcpListener>, _path: PathBuf) -> io::Result<u64> {
    let (mut from, mut to) = (accept(&listener).await?, accept(&listener).await?);
    copy(&mut from, &mut to).await
}

async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    Ok(stream)
}

/// Copies again and again, over new connections each time. An operation is a mebibyte.
fn serve<F>(job: &Job, kind: Kind, copies: fn(Arc<TcpListener>, PathBuf) -> F) -> Sample
where
    F: Future<Output = io::Result<u64>> + Send + 'static,
{
    let path = large_file(job, SENT_MIB);
    let runtime = Runtime::start(job.workers);
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("there is a free port");
    let load = Load::start(kind, listener.local_addr().expect("it is bound"), job);
    let (phases, listener) = (job.phases(), Arc::new(listener));
    let sample = on_worker(&runtime, async move {
        let mut meter = Meter::new(phases);
        while meter.goes_on() {
            let copied = copies(listener.clone(), path.clone()).await.expect("both sides are alive");
            assert_eq!(copied, (SENT_MIB * MIB) as u64);
            meter.count(SENT_MIB as u64);
        }
        meter.finish()
    });
    load.finish();
    sample
}
