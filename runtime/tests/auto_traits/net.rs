//! The table for UDP and Unix sockets.

use heist::net;

use super::{ok, v};

types! {
    net::unix::pipe::OpenOptions: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::pipe::Receiver: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::pipe::Sender: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::OwnedReadHalf: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::OwnedWriteHalf: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::ReadHalf<'static>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::ReuniteError: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::SocketAddr: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::UCred: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::unix::WriteHalf<'static>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::UdpSocket: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::UnixDatagram: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::UnixListener: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::UnixSocket: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::UnixStream: [Send Sync Unpin UnwindSafe RefUnwindSafe];
}

futures! {
    v::<&'static net::unix::pipe::Receiver>().readable() => [Send Sync !Unpin];
    v::<&'static net::unix::pipe::Receiver>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::unix::pipe::Sender>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::unix::pipe::Sender>().writable() => [Send Sync !Unpin];
    v::<&'static net::unix::OwnedReadHalf>().readable() => [Send Sync !Unpin];
    v::<&'static net::unix::OwnedReadHalf>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::unix::OwnedWriteHalf>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::unix::OwnedWriteHalf>().writable() => [Send Sync !Unpin];
    v::<&'static net::unix::ReadHalf<'static>>().readable() => [Send Sync !Unpin];
    v::<&'static net::unix::ReadHalf<'static>>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::unix::WriteHalf<'static>>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::unix::WriteHalf<'static>>().writable() => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().async_io(v(), ok) => [Send Sync !Unpin];
    net::UdpSocket::bind(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static net::UdpSocket>().connect(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static net::UdpSocket>().peek(v()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().peek_from(v()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().peek_sender() => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().readable() => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().recv(v()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().recv_buf(v::<&'static mut Vec<u8>>()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().recv_buf_from(v::<&'static mut Vec<u8>>()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().recv_from(v()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().send(v()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().send_to(v(), v::<&'static str>()) => [Send Sync !Unpin];
    v::<&'static net::UdpSocket>().writable() => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().async_io(v(), ok) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().readable() => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().recv(v()) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().recv_buf(v::<&'static mut Vec<u8>>()) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().recv_buf_from(v::<&'static mut Vec<u8>>()) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().recv_from(v()) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().send(v()) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().send_to(v(), v::<&'static str>()) => [Send Sync !Unpin];
    v::<&'static net::UnixDatagram>().writable() => [Send Sync !Unpin];
    v::<&'static net::UnixListener>().accept() => [Send Sync !Unpin];
    v::<net::UnixSocket>().connect(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static net::UnixStream>().async_io(v(), ok) => [Send Sync !Unpin];
    net::UnixStream::connect(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    net::UnixStream::connect_addr(v()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static net::UnixStream>().readable() => [Send Sync !Unpin];
    v::<&'static net::UnixStream>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::UnixStream>().writable() => [Send Sync !Unpin];
}
