//! `/file`: files of the served folder, and of no other.
//!
//! Everything that touches the disk runs on a blocking thread. A file is read piece by piece as the client takes it, and
//! no thread waits for a slow client.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use heist::sync::mpsc;
use heist::task;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use crate::routes::{self, Refusal, Site};

/// Bytes read at a time.
const PIECE: usize = 64 << 10;

/// The file at `path` below the served folder.
pub(crate) async fn serve(site: &Site, path: &str) -> Result<Response<routes::Body>, Refusal> {
    let (root, relative) = (site.root.clone(), PathBuf::from(path));
    let opened = task::spawn_blocking(move || open(&root, &relative)).await;
    let failed = |error: &dyn std::fmt::Display| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot read {path}: {error}"))
    };
    let (file, length) = match opened.map_err(|error| failed(&error))? {
        Ok(opened) => opened,
        Err(Denied::Outside) => {
            return Err(Refusal::new(StatusCode::FORBIDDEN, format!("{path} is not below the served folder")));
        }
        Err(Denied::NotAFile) => return Err(Refusal::new(StatusCode::FORBIDDEN, format!("{path} is not a file"))),
        Err(Denied::Failed(error)) => {
            return Err(match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                    Refusal::new(StatusCode::NOT_FOUND, format!("there is no {path}"))
                }
                io::ErrorKind::PermissionDenied => {
                    Refusal::new(StatusCode::FORBIDDEN, format!("{path} is not for you"))
                }
                _ => failed(&error),
            });
        }
    };
    // One piece ahead of the client.
    let (sender, pieces) = mpsc::channel(1);
    drop(heist::spawn(read_pieces(file, length, sender)));
    let mut response = Response::new(FileBody { pieces, left: length }.boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    Ok(response)
}

/// Why a file is not served.
enum Denied {
    Outside,
    NotAFile,
    Failed(io::Error),
}

impl From<io::Error> for Denied {
    fn from(error: io::Error) -> Denied {
        Denied::Failed(error)
    }
}

/// Opens the file and returns its length.
fn open(root: &Path, relative: &Path) -> Result<(File, u64), Denied> {
    // First by the path alone: what is outside shall not even be seen to exist.
    let mut depth = 0_u32;
    for component in relative.components() {
        depth = match component {
            Component::Normal(_) => depth + 1,
            Component::CurDir => depth,
            Component::ParentDir => depth.checked_sub(1).ok_or(Denied::Outside)?,
            Component::RootDir | Component::Prefix(_) => return Err(Denied::Outside),
        };
    }
    // Then by where the links on the way lead.
    let path = root.join(relative).canonicalize()?;
    if !path.starts_with(root) {
        return Err(Denied::Outside);
    }
    // Opening a pipe would block until somebody writes to it.
    if !path.metadata()?.is_file() {
        return Err(Denied::NotAFile);
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Sends `length` bytes of `file`, or an error, or stops when nobody wants them any more.
async fn read_pieces(mut file: File, length: u64, pieces: mpsc::Sender<io::Result<Bytes>>) {
    let mut left = length;
    while left > 0 {
        let read = task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
            let length = file.read(&mut piece)?;
            if length == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter"));
            }
            piece.truncate(length);
            Ok((file, Bytes::from(piece)))
        });
        let piece = match read.await.unwrap_or_else(|error| Err(error.into())) {
            Ok((same_file, piece)) => {
                file = same_file;
                left -= piece.len() as u64;
                Ok(piece)
            }
            Err(error) => {
                // The client sees a body that is too short, and the reason ends here.
                let _ = pieces.send(Err(error)).await;
                return;
            }
        };
        if pieces.send(piece).await.is_err() {
            return;
        }
    }
}

/// The pieces of a file as a body.
struct FileBody {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.pieces.poll_recv(cx).map_ok(|piece| {
            self.left -= piece.len() as u64;
            Frame::data(piece)
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

fn content_type(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("md" | "rs" | "toml" | "txt") => "text/plain; charset=utf-8",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
