//! The future of [`AsyncSeekExt::seek`](crate::io::AsyncSeekExt::seek).

use std::future::Future;
use std::io::{self, SeekFrom};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncSeek;

pin_project! {
    /// Moves the position of a stream.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Seek<'a, S: ?Sized> {
        stream: &'a mut S,
        // Where to go, until the stream has accepted it.
        position: Option<SeekFrom>,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, S: ?Sized> Seek<'a, S> {
    pub(super) fn new(stream: &'a mut S, position: SeekFrom) -> Self {
        Self { stream, position: Some(position), _pin: PhantomPinned }
    }
}

impl<S: AsyncSeek + Unpin + ?Sized> Future for Seek<'_, S> {
    type Output = io::Result<u64>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let me = self.project();
        if let Some(position) = *me.position {
            // An earlier operation may be in progress, and a stream may refuse a move until it is done.
            ready!(Pin::new(&mut **me.stream).poll_complete(cx))?;
            Pin::new(&mut **me.stream).start_seek(position)?;
            *me.position = None;
        }
        Pin::new(&mut **me.stream).poll_complete(cx)
    }
}
