//! A small HTTP server on heist: `cargo run --release --example server`.
//!
//! It speaks HTTP/1.1 and HTTP/2 on one port and shows what the runtime is doing. This file starts and stops it;
//! [`options`] reads the command line, [`serve`] accepts connections, [`routes`] answers requests with the help of
//! [`files`] and [`page`], and [`stats`] counts.

mod files;
mod options;
mod page;
mod routes;
mod serve;
mod stats;

use std::io;
use std::process::{self, ExitCode};

use heist::net::TcpListener;
use heist::runtime::Builder;

use crate::options::{Options, Parsed, USAGE};
use crate::serve::Server;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Parsed::Run(options)) => options,
        Ok(Parsed::Help) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprint!("error: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut builder = Builder::new_multi_thread();
    if let Some(workers) = options.workers {
        builder.worker_threads(workers);
    }
    let result = builder.enable_all().build().and_then(|runtime| runtime.block_on(run(options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> io::Result<()> {
    let port = options.port;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => io::Error::new(
            error.kind(),
            format!("port {port} is in use by another program; choose one with --port, or 0 for any"),
        ),
        kind => io::Error::new(kind, format!("cannot listen on port {port}: {error}")),
    })?;
    println!("serving {} on http://{} (Ctrl-C stops)", options.root.display(), listener.local_addr()?);

    let server = Server::new(options.root);
    let stats = server.stats();
    let mut stop = StopSignals::new()?;
    let running = server.serve(listener, async move {
        stop.next().await;
        println!("\nfinishing what is in flight; Ctrl-C again leaves at once");
        heist::spawn(async move {
            stop.next().await;
            process::exit(130);
        });
    });
    let finished = running.await;
    println!("finished {finished} request(s) in flight; served {} in all", stats.served());
    Ok(())
}

/// What asks the server to stop: Ctrl-C, and the signal that service managers send.
struct StopSignals {
    #[cfg(unix)]
    terminate: heist::signal::unix::Signal,
}

impl StopSignals {
    fn new() -> io::Result<StopSignals> {
        Ok(StopSignals {
            #[cfg(unix)]
            terminate: heist::signal::unix::signal(heist::signal::unix::SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        #[cfg(unix)]
        let terminate = self.terminate.recv();
        #[cfg(not(unix))]
        let terminate = std::future::pending::<Option<()>>();
        heist::select! {
            result = heist::signal::ctrl_c() => {
                if let Err(error) = result {
                    eprintln!("cannot listen for Ctrl-C: {error}");
                }
            }
            _ = terminate => {}
        }
    }
}
