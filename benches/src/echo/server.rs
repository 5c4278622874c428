//! The echo server that runs on the runtime under test.

use std::net::SocketAddr;

use super::target::Target;
use super::{MESSAGE, supervisor};
use crate::job::Job;
use crate::rt::Rt;
use crate::sample::Sample;

/// Serves from the workers while a load process sends requests. An operation is one request.
pub(crate) fn run<R: Rt>(rt: &R, job: &Job) -> Sample {
    supervisor::measure(&Target::Tcp(rt.block_on(start::<R>())), job)
}

/// Starts the server and returns its address. Called inside the runtime.
pub(crate) async fn start<R: Rt>() -> SocketAddr {
    let (listener, address) = R::listen().await.expect("the loopback interface has a free port");
    R::detach(accept_all::<R>(listener));
    address
}

async fn accept_all<R: Rt>(listener: R::Listener) {
    loop {
        let stream = R::accept(&listener).await.expect("the load connects");
        R::detach(echo::<R>(stream));
    }
}

/// Answers until the client leaves.
async fn echo<R: Rt>(mut stream: R::Stream) {
    let mut buffer = [0; MESSAGE];
    while let Ok(length @ 1..) = R::read(&mut stream, &mut buffer).await {
        if R::write_all(&mut stream, &buffer[..length]).await.is_err() {
            return;
        }
    }
}
