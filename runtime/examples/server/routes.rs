//! Which request gets which answer.

use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use heist::{task, time};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::stats::{RequestGuard, Stats};
use crate::{files, page};

/// The body of every answer, of whatever kind.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The largest body that `/echo` takes, in bytes.
pub(crate) const ECHO_LIMIT: u64 = 1 << 20;
/// The longest sleep, in milliseconds.
const SLEEP_LIMIT: u64 = 60_000;
/// The most rounds of `/hash`: about a tenth of a second.
const HASH_LIMIT: u64 = 10_000_000;

/// The body of an answer, with its request: this is in flight until the answer is sent, and the body lives as long.
#[derive(Debug)]
pub(crate) struct InFlight {
    body: Body,
    _guard: RequestGuard,
}

impl hyper::body::Body for InFlight {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What requests are about.
#[derive(Debug)]
pub(crate) struct Site {
    /// The folder that `/files/` serves, canonical.
    pub(crate) root: PathBuf,
    pub(crate) stats: Arc<Stats>,
}

/// An answer other than the one that was hoped for: a status and a sentence.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) sentence: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, sentence: impl Into<String>) -> Refusal {
        Refusal { status, sentence: sentence.into() }
    }

    fn bad_request(sentence: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, sentence)
    }

    fn into_response(self) -> Response<Body> {
        let mut response = text(format!("{}\n", self.sentence));
        *response.status_mut() = self.status;
        response
    }
}

/// Answers one request.
pub(crate) async fn answer(site: &Site, request: Request<Incoming>) -> Response<InFlight> {
    let guard = site.stats.request();
    let response = respond(site, request).await.unwrap_or_else(Refusal::into_response);
    response.map(|body| InFlight { body, _guard: guard })
}

async fn respond(site: &Site, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
    let path = request.uri().path();
    let file = path.strip_prefix("/files/");
    let allowed = match path {
        "/" | "/sleep" | "/hash" => "GET, HEAD",
        _ if file.is_some() => "GET, HEAD",
        "/echo" => "POST",
        _ => return Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is nothing at {path}; see /"))),
    };
    if !allowed.split(", ").any(|method| method == request.method().as_str()) {
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("{path} takes {allowed}"));
        let mut response = refusal.into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        return Ok(response);
    }
    if request.method() == Method::POST {
        return echo(request.into_body()).await;
    }
    if let Some(file) = file {
        let file = decode(file).ok_or_else(|| Refusal::bad_request("the path is not well encoded"))?;
        return files::serve(site, &file).await;
    }
    let query = request.uri().query().unwrap_or_default();
    match path {
        "/sleep" => sleep(query).await,
        "/hash" => hash(query).await,
        _ => Ok(html(page::index(&site.stats))),
    }
}

/// Sends the body back: as it comes in if its length is known, else once it is here whole.
async fn echo(body: Incoming) -> Result<Response<Body>, Refusal> {
    let too_large =
        || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {ECHO_LIMIT} bytes"));
    match body.size_hint().exact() {
        Some(length) if length > ECHO_LIMIT => Err(too_large()),
        Some(_) => Ok(Response::new(body.map_err(io::Error::other).boxed_unsync())),
        None => match Limited::new(body, ECHO_LIMIT as usize).collect().await {
            Ok(body) => Ok(Response::new(in_memory(body.to_bytes()))),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(error) => Err(Refusal::bad_request(format!("the body broke off: {error}"))),
        },
    }
}

async fn sleep(query: &str) -> Result<Response<Body>, Refusal> {
    let ms = number(query, "ms", SLEEP_LIMIT)?;
    time::sleep(Duration::from_millis(ms)).await;
    Ok(text(format!("slept {ms} ms\n")))
}

/// Work for a processor: on a thread of its own kind, so that it keeps no worker from its connections.
async fn hash(query: &str) -> Result<Response<Body>, Refusal> {
    let rounds = number(query, "rounds", HASH_LIMIT)?;
    let work = task::spawn_blocking(move || {
        (0..rounds).fold(0, |hash, round| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u64(hash);
            hasher.write_u64(round);
            hasher.finish()
        })
    });
    match work.await {
        Ok(hash) => Ok(text(format!("{hash:016x} after {rounds} round(s)\n"))),
        Err(error) => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, format!("the work was not done: {error}"))),
    }
}

/// The number called `name`, which must not be above `limit`.
fn number(query: &str, name: &str, limit: u64) -> Result<u64, Refusal> {
    let value = parameter(query, name)?;
    match value.parse() {
        Ok(number) if number <= limit => Ok(number),
        _ => Err(Refusal::bad_request(format!("{name} has to be a number from 0 to {limit}, not `{value}`"))),
    }
}

/// The value called `name`.
fn parameter<'a>(query: &'a str, name: &str) -> Result<&'a str, Refusal> {
    let value = query.split('&').find_map(|pair| match pair.split_once('=') {
        Some((key, value)) if key == name => Some(value),
        _ => None,
    });
    value.ok_or_else(|| Refusal::bad_request(format!("the query needs {name}=…")))
}

/// Undoes the percent-encoding of a path.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (16 * digit()? + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn text(text: String) -> Response<Body> {
    whole("text/plain; charset=utf-8", text)
}

fn html(page: String) -> Response<Body> {
    whole("text/html; charset=utf-8", page)
}

fn whole(kind: &'static str, content: String) -> Response<Body> {
    let mut response = Response::new(in_memory(Bytes::from(content)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn in_memory(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
