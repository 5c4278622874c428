//! Method bodies that hand an I/O trait on to an inner value.
//!
//! Wrappers, boxes and pins implement the traits by naming the inner value twice: pinned, for the methods that poll,
//! and shared, for [`AsyncWrite::is_write_vectored`](crate::io::AsyncWrite::is_write_vectored).

/// The methods of `AsyncRead`.
macro_rules! forward_async_read {
    ($self:ident => $inner:expr) => {
        fn poll_read(
            $self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
            buf: &mut $crate::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            $inner.poll_read(cx, buf)
        }
    };
}

/// The methods of `AsyncBufRead`.
macro_rules! forward_async_buf_read {
    ($self:ident => $inner:expr) => {
        fn poll_fill_buf(
            $self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<&[u8]>> {
            $inner.poll_fill_buf(cx)
        }

        fn consume($self: std::pin::Pin<&mut Self>, amt: usize) {
            $inner.consume(amt)
        }
    };
}

/// The methods of `AsyncWrite`.
macro_rules! forward_async_write {
    ($self:ident => $inner:expr, $shared:expr) => {
        fn poll_write(
            $self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
            buf: &[u8],
        ) -> std::task::Poll<std::io::Result<usize>> {
            $inner.poll_write(cx, buf)
        }

        fn poll_flush(
            $self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            $inner.poll_flush(cx)
        }

        fn poll_shutdown(
            $self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            $inner.poll_shutdown(cx)
        }

        fn poll_write_vectored(
            $self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
            bufs: &[std::io::IoSlice<'_>],
        ) -> std::task::Poll<std::io::Result<usize>> {
            $inner.poll_write_vectored(cx, bufs)
        }

        fn is_write_vectored(&$self) -> bool {
            $shared.is_write_vectored()
        }
    };
}

/// The methods of `AsyncSeek`.
macro_rules! forward_async_seek {
    ($self:ident => $inner:expr) => {
        fn start_seek($self: std::pin::Pin<&mut Self>, position: std::io::SeekFrom) -> std::io::Result<()> {
            $inner.start_seek(position)
        }

        fn poll_complete(
            $self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<u64>> {
            $inner.poll_complete(cx)
        }
    };
}

pub(crate) use {forward_async_buf_read, forward_async_read, forward_async_seek, forward_async_write};
