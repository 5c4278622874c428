//! `/files/…`: the files of the served folder, and no others.
//!
//! A file is read piece by piece as the client takes it: however large it is and however slow the client, it takes little
//! memory and no thread.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use heist::fs::{self, File};
use heist::io::{AsyncRead, ReadBuf};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use crate::routes::{self, Refusal, Site};

/// Bytes read at a time.
const PIECE: usize = 64 << 10;

/// The file at `path` below the served folder.
pub(crate) async fn serve(site: &Site, path: &str) -> Result<Response<routes::Body>, Refusal> {
    let (file, length) = open(&site.root, Path::new(path)).await.map_err(|denied| denied.refusal(path))?;
    let mut response = Response::new(FileBody { file, left: length, piece: Vec::new() }.boxed_unsync());
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

impl Denied {
    fn refusal(self, path: &str) -> Refusal {
        use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied};
        let (status, sentence) = match self {
            Denied::Outside => (StatusCode::FORBIDDEN, format!("{path} is not below the served folder")),
            Denied::NotAFile => (StatusCode::FORBIDDEN, format!("{path} is not a file")),
            Denied::Failed(error) => match error.kind() {
                NotFound | NotADirectory | InvalidFilename | InvalidInput => {
                    (StatusCode::NOT_FOUND, format!("there is no {path}"))
                }
                PermissionDenied => (StatusCode::FORBIDDEN, format!("{path} is not for you")),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, format!("cannot read {path}: {error}")),
            },
        };
        Refusal::new(status, sentence)
    }
}

/// Opens the file and returns its length. Who may rename things in the served folder while it is served is trusted.
async fn open(root: &Path, relative: &Path) -> Result<(File, u64), Denied> {
    let path = resolve(root, relative).await?;
    // Before it is opened: opening a pipe would block until somebody writes to it.
    if !fs::metadata(&path).await?.is_file() {
        return Err(Denied::NotAFile);
    }
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    Ok((file, length))
}

/// Where the file really is.
async fn resolve(root: &Path, relative: &Path) -> Result<PathBuf, Denied> {
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
    let path = fs::canonicalize(root.join(relative)).await?;
    if path.starts_with(root) { Ok(path) } else { Err(Denied::Outside) }
}

/// The rest of a file as a body.
struct FileBody {
    file: File,
    /// Bytes that are still to be sent: what the file gains meanwhile is not.
    left: u64,
    /// Where the next piece is read to; empty if nobody has asked for it.
    piece: Vec<u8>,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let me = &mut *self;
        if me.left == 0 {
            return Poll::Ready(None);
        }
        if me.piece.is_empty() {
            me.piece = vec![0; usize::try_from(me.left).unwrap_or(PIECE).min(PIECE)];
        }
        let mut piece = ReadBuf::new(&mut me.piece);
        let result = ready!(Pin::new(&mut me.file).poll_read(cx, &mut piece));
        let length = piece.filled().len();
        Poll::Ready(Some(match result {
            Ok(()) if length == 0 => {
                // The length was announced; the client sees that the body broke off.
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter"))
            }
            Ok(()) => {
                me.left -= length as u64;
                let mut piece = std::mem::take(&mut me.piece);
                piece.truncate(length);
                Ok(Frame::data(Bytes::from(piece)))
            }
            Err(error) => Err(error),
        }))
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
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("md" | "rs" | "toml" | "txt") => "text/plain; charset=utf-8",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        Some("wasm") => "application/wasm",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}
