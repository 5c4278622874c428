//! An HTTP/1.1 server: hyper on the runtime, under the load of `wrk`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, process, thread};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

use crate::affinity;
use crate::echo::CONNECTIONS;
use crate::job::Job;
use crate::meter::Clocks;
use crate::rt::HttpRt;
use crate::sample::{Latency, Sample};

/// The program that sends the requests.
pub(super) const WRK: &str = "wrk";

/// How long it does: it takes whole seconds only.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// What it runs at its end. Its clock counts microseconds.
const SCRIPT: &str = "
function done(summary, latency, requests)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format('result %d %d %d %d %d %d\\n', summary.requests, summary.duration, failed,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
";

/// Serves from the workers while `wrk` keeps a request in flight on each of its connections. An operation is one
/// request. The window begins with `wrk`'s start, so that accepting its connections is part of it.
pub(super) fn serve<R: HttpRt>(job: &Job) -> Sample {
    let runtime = R::start(job.workers);
    let address = runtime.block_on(async {
        let (listener, address) = R::listen().await.expect("the loopback interface has a free port");
        R::detach(accept_all::<R>(listener));
        address
    });
    let script = job.scratch.join(format!("wrk-{}.lua", process::id()));
    fs::write(&script, SCRIPT).expect("there is room for scratch files");
    let mut wrk = Command::new(WRK);
    wrk.args(["--threads", "1", "--connections", &CONNECTIONS.to_string(), "--latency"])
        .args(["--duration", &format!("{}s", job.measure.as_secs().max(1)), "--script"])
        .args([script.as_os_str(), url(address).as_ref()])
        .stdin(Stdio::null());

    let window = Clocks::now();
    let output = on_cpus(&job.load_cpus, || wrk.output()).expect("cannot start wrk");
    let server = window.sample(0);
    fs::remove_file(script).expect("the folder is ours");
    let text = String::from_utf8_lossy(&output.stdout);
    let seen_by_load = text.lines().find_map(parse).unwrap_or_else(|| panic!("wrk failed: {text}"));
    Sample { cpu_ns: server.cpu_ns, switches: server.switches, ..seen_by_load }
}

async fn accept_all<R: HttpRt>(listener: R::Listener) {
    loop {
        let stream = R::accept(&listener).await.expect("the load connects");
        R::detach(answer::<R>(stream));
    }
}

/// Answers until the client leaves, with hyper's usual time limits.
async fn answer<R: HttpRt>(stream: R::Stream) {
    let connection =
        http1::Builder::new().timer(R::http_timer()).serve_connection(R::http_io(stream), service_fn(greet));
    // A client that leaves shows as an error at times, and is owed nothing.
    connection.await.unwrap_or_default();
}

async fn greet(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(b"Hello, world!"))))
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// Runs a closure that starts a process, which may run on these CPUs.
fn on_cpus<T: Send>(cpus: &[usize], start: impl FnOnce() -> T + Send) -> T {
    let confined = || {
        affinity::confine(cpus);
        start()
    };
    thread::scope(|scope| scope.spawn(confined).join().expect("it does not panic"))
}

/// The load's view, from the line that the script writes; the server's CPU time is not for it to know.
fn parse(line: &str) -> Option<Sample> {
    let numbers = line.strip_prefix("result ")?.split(' ').map(|number| number.parse::<u64>().ok());
    let numbers = numbers.collect::<Option<Vec<_>>>()?;
    let [requests @ 1..=u64::MAX, duration_us, 0, p50_us, p99_us, p999_us] = numbers[..] else { return None };
    let latency = Latency { p50_ns: p50_us * 1000, p99_ns: p99_us * 1000, p999_ns: Some(p999_us * 1000) };
    let wall_ns = duration_us * 1000;
    Some(Sample { ops: requests, wall_ns, cpu_ns: 0, latency: Some(latency), bytes: None, switches: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read() {
        let sample = parse("result 1000 1100000 0 50 99 999").unwrap();
        assert_eq!((sample.ops, sample.wall_ns), (1000, 1_100_000_000));
        assert_eq!(sample.latency, Some(Latency { p50_ns: 50_000, p99_ns: 99_000, p999_ns: Some(999_000) }));
    }

    #[test]
    fn failed_requests_and_other_lines_are_no_result() {
        for line in ["", "Running 1s test", "result 1000 1100000 1 50 99 999", "result 0 1100000 0 0 0 0", "result 1 2"]
        {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
