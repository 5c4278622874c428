//! The table for TCP and name resolution.

use heist::net;

use super::{ok, v};

types! {
    net::tcp::OwnedReadHalf: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::tcp::OwnedWriteHalf: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::tcp::ReadHalf<'static>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::tcp::ReuniteError: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::tcp::WriteHalf<'static>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::TcpListener: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::TcpSocket: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    net::TcpStream: [Send Sync Unpin UnwindSafe RefUnwindSafe];
}

futures! {
    v::<&'static mut net::tcp::OwnedReadHalf>().peek(v()) => [Send Sync !Unpin RefUnwindSafe];
    v::<&'static net::tcp::OwnedReadHalf>().readable() => [Send Sync !Unpin];
    v::<&'static net::tcp::OwnedReadHalf>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::tcp::OwnedWriteHalf>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::tcp::OwnedWriteHalf>().writable() => [Send Sync !Unpin];
    v::<&'static mut net::tcp::ReadHalf<'static>>().peek(v()) => [Send Sync !Unpin RefUnwindSafe];
    v::<&'static net::tcp::ReadHalf<'static>>().readable() => [Send Sync !Unpin];
    v::<&'static net::tcp::ReadHalf<'static>>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::tcp::WriteHalf<'static>>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::tcp::WriteHalf<'static>>().writable() => [Send Sync !Unpin];
    v::<&'static net::TcpListener>().accept() => [Send Sync !Unpin];
    net::TcpListener::bind(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<net::TcpSocket>().connect(v()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static net::TcpStream>().async_io(v(), ok) => [Send Sync !Unpin];
    net::TcpStream::connect(v::<&'static str>()) => [Send Sync !Unpin];
    v::<&'static net::TcpStream>().peek(v()) => [Send Sync !Unpin];
    v::<&'static net::TcpStream>().readable() => [Send Sync !Unpin];
    v::<&'static net::TcpStream>().ready(v()) => [Send Sync !Unpin];
    v::<&'static net::TcpStream>().writable() => [Send Sync !Unpin];
    net::lookup_host(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
}
