//! Addresses: what can be given for one, and looking up names.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use socket2::SockAddr;

use crate::runtime::context;
use crate::scheduler;
use crate::task::JoinHandle;

/// What can be turned into socket addresses.
///
/// Addresses and their parts are used as they are. Strings that are no addresses are names, which are looked up as
/// [`lookup_host`] does it.
///
/// The trait cannot be implemented outside of this crate.
///
/// # Examples
///
/// ```no_run
/// use std::net::Ipv4Addr;
///
/// use heist::net::TcpStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let by_address = TcpStream::connect((Ipv4Addr::LOCALHOST, 8080)).await;
///     let by_name = TcpStream::connect("localhost:8080").await;
///     let by_parts = TcpStream::connect(("localhost", 8080)).await;
/// #   drop((by_address, by_name, by_parts));
///     Ok(())
/// }
/// ```
pub trait ToSocketAddrs: sealed::ToSocketAddrsPriv {}

/// Looks up the addresses of a host.
///
/// The port is part of what is looked up, and comes back in each address. There may be no address at all.
///
/// Names are looked up as the system does it, which blocks a thread. Look-ups have threads of their own, at most 64: a
/// name server that does not answer delays other look-ups at worst, but neither files nor the closures of
/// [`spawn_blocking`](crate::task::spawn_blocking), and these delay no look-up.
///
/// # Cancel safety
///
/// Cancel safe. A look-up that has started goes on in the background; one that waits for its turn does not start.
///
/// # Errors
///
/// The name cannot be resolved, or is not of the form `host:port`.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     for address in heist::net::lookup_host("localhost:3000").await? {
///         assert_eq!(address.port(), 3000);
///     }
///     Ok(())
/// }
/// ```
pub async fn lookup_host<T>(host: T) -> io::Result<impl Iterator<Item = SocketAddr>>
where
    T: ToSocketAddrs,
{
    resolve(host).await
}

/// Turns an argument into addresses. Not an `async fn`, so that the argument is gone before anything waits.
pub(crate) fn resolve<T: ToSocketAddrs>(host: T) -> impl Future<Output = io::Result<Addrs>> + Send + use<T> {
    let resolution = host.resolve(sealed::Internal);
    async move {
        match resolution {
            Resolution::Known(addrs) => Ok(addrs),
            Resolution::Pending(lookup) => lookup.await,
        }
    }
}

/// The address of an internet socket.
pub(crate) fn internet_addr(addr: &SockAddr) -> io::Result<SocketAddr> {
    addr.as_socket().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not an internet socket"))
}

/// The error for a list or a name without addresses.
pub(crate) fn no_addresses() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "could not resolve to any address")
}

/// Does `operation` with one address after the other until it succeeds; otherwise the last error stands.
pub(crate) fn first_success<T>(addrs: Addrs, mut operation: impl FnMut(SocketAddr) -> io::Result<T>) -> io::Result<T> {
    let mut last_error = None;
    for addr in addrs {
        match operation(addr) {
            Ok(result) => return Ok(result),
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(no_addresses))
}

/// As [`first_success`], for operations that wait. Its future keeps an error while it does, so it is not `UnwindSafe`.
pub(crate) async fn first_success_async<T, F>(addrs: Addrs, mut operation: impl FnMut(SocketAddr) -> F) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut last_error = None;
    for addr in addrs {
        match operation(addr).await {
            Ok(result) => return Ok(result),
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(no_addresses))
}

/// Resolved addresses.
#[derive(Debug)]
pub enum Addrs {
    /// The usual case, without an allocation.
    One(Option<SocketAddr>),
    /// Any number.
    Many(vec::IntoIter<SocketAddr>),
}

impl Iterator for Addrs {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        match self {
            Addrs::One(addr) => addr.take(),
            Addrs::Many(addrs) => addrs.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Addrs::One(addr) => (addr.iter().len(), Some(addr.iter().len())),
            Addrs::Many(addrs) => addrs.size_hint(),
        }
    }
}

impl ExactSizeIterator for Addrs {}

impl From<SocketAddr> for Addrs {
    fn from(addr: SocketAddr) -> Addrs {
        Addrs::One(Some(addr))
    }
}

/// What an argument means.
#[allow(missing_debug_implementations, reason = "not reachable from outside of the crate")]
pub enum Resolution {
    /// It is addresses.
    Known(Addrs),
    /// It is a name.
    Pending(Lookup),
}

impl Resolution {
    fn known(addr: impl Into<SocketAddr>) -> Resolution {
        Resolution::Known(addr.into().into())
    }

    fn lookup<N>(name: N) -> Resolution
    where
        N: std::net::ToSocketAddrs<Iter = vec::IntoIter<SocketAddr>>,
        N: Send + Sync + UnwindSafe + RefUnwindSafe + 'static,
    {
        Resolution::Pending(Lookup::New(Some(Box::new(move || name.to_socket_addrs().map(Addrs::Many)))))
    }

    fn host_and_port(host: &str, port: u16) -> Resolution {
        match host.parse::<IpAddr>() {
            Ok(ip) => Resolution::known((ip, port)),
            Err(_) => Resolution::lookup((host.to_owned(), port)),
        }
    }
}

mod sealed {
    /// Keeps the methods of a public trait to this crate.
    #[derive(Debug)]
    pub struct Internal;

    /// What [`super::ToSocketAddrs`] does.
    pub trait ToSocketAddrsPriv {
        /// What `self` means.
        fn resolve(&self, _: Internal) -> super::Resolution;
    }
}

use sealed::{Internal, ToSocketAddrsPriv};

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {}

impl<T: ToSocketAddrsPriv + ?Sized> ToSocketAddrsPriv for &T {
    fn resolve(&self, _: Internal) -> Resolution {
        (**self).resolve(Internal)
    }
}

impl ToSocketAddrs for SocketAddr {}

impl ToSocketAddrsPriv for SocketAddr {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::known(*self)
    }
}

impl ToSocketAddrs for SocketAddrV4 {}

impl ToSocketAddrsPriv for SocketAddrV4 {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::known(*self)
    }
}

impl ToSocketAddrs for SocketAddrV6 {}

impl ToSocketAddrsPriv for SocketAddrV6 {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::known(*self)
    }
}

impl ToSocketAddrs for (IpAddr, u16) {}

impl ToSocketAddrsPriv for (IpAddr, u16) {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::known(*self)
    }
}

impl ToSocketAddrs for (Ipv4Addr, u16) {}

impl ToSocketAddrsPriv for (Ipv4Addr, u16) {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::known(*self)
    }
}

impl ToSocketAddrs for (Ipv6Addr, u16) {}

impl ToSocketAddrsPriv for (Ipv6Addr, u16) {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::known(*self)
    }
}

impl ToSocketAddrs for &[SocketAddr] {}

impl ToSocketAddrsPriv for &[SocketAddr] {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::Known(Addrs::Many(Vec::from(*self).into_iter()))
    }
}

impl ToSocketAddrs for str {}

impl ToSocketAddrsPriv for str {
    fn resolve(&self, _: Internal) -> Resolution {
        match self.parse::<SocketAddr>() {
            Ok(addr) => Resolution::known(addr),
            Err(_) => Resolution::lookup(self.to_owned()),
        }
    }
}

impl ToSocketAddrs for String {}

impl ToSocketAddrsPriv for String {
    fn resolve(&self, _: Internal) -> Resolution {
        self.as_str().resolve(Internal)
    }
}

impl ToSocketAddrs for (&str, u16) {}

impl ToSocketAddrsPriv for (&str, u16) {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::host_and_port(self.0, self.1)
    }
}

impl ToSocketAddrs for (String, u16) {}

impl ToSocketAddrsPriv for (String, u16) {
    fn resolve(&self, _: Internal) -> Resolution {
        Resolution::host_and_port(&self.0, self.1)
    }
}

/// Asks the system, which blocks, on the pool for look-ups. A future with a name, so that it has the auto traits that
/// those of `connect`, `bind` and `lookup_host` have in Tokio.
#[allow(missing_debug_implementations, reason = "not reachable from outside of the crate")]
pub enum Lookup {
    /// Not polled yet; empty in between.
    New(Option<Question>),
    /// Asked.
    Running(JoinHandle<io::Result<Addrs>>),
}

type Question = Box<dyn FnOnce() -> io::Result<Addrs> + Send + Sync + UnwindSafe + RefUnwindSafe>;

impl Lookup {
    fn start(question: Question) -> Lookup {
        match context::with_current(scheduler::Handle::clone) {
            Ok(handle) => {
                Lookup::Running(handle.blocking_pools().lookups().spawn(question, &handle, Location::caller()))
            }
            Err(error) => panic!("{}", error.message()),
        }
    }
}

impl Future for Lookup {
    type Output = io::Result<Addrs>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Lookup::New(question) = &mut *self {
            let question = question.take().expect("starting it has panicked before");
            *self = Lookup::start(question);
        }
        match &mut *self {
            Lookup::Running(task) => Pin::new(task).poll(cx).map(|result| result?),
            Lookup::New(_) => unreachable!("it was started above"),
        }
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        // Takes it out of the queue if no thread has begun with it.
        if let Lookup::Running(task) = self {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    fn addrs(host: impl ToSocketAddrs) -> Vec<SocketAddr> {
        block_on(resolve(host)).unwrap().collect()
    }

    #[test]
    fn every_form_of_address() {
        let v4: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let v6: SocketAddr = "[::1]:80".parse().unwrap();
        assert_eq!(addrs(v4), [v4]);
        let borrowed = &v4;
        assert_eq!(addrs(borrowed), [v4]);
        assert_eq!(addrs("127.0.0.1:80"), [v4]);
        assert_eq!(addrs("[::1]:80".to_owned()), [v6]);
        let borrowed = &"[::1]:80".to_owned();
        assert_eq!(addrs(borrowed), [v6]);
        assert_eq!(addrs(("127.0.0.1", 80)), [v4]);
        assert_eq!(addrs(("::1".to_owned(), 80)), [v6]);
        assert_eq!(addrs((v4.ip(), 80)), [v4]);
        assert_eq!(addrs((Ipv4Addr::LOCALHOST, 80)), [v4]);
        assert_eq!(addrs((Ipv6Addr::LOCALHOST, 80)), [v6]);
        assert_eq!(addrs(&[v4, v6][..]), [v4, v6]);
        assert_eq!(addrs(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80)), [v4]);
    }

    #[test]
    fn names_are_told_from_addresses() {
        assert!(matches!("127.0.0.1:80".resolve(Internal), Resolution::Known(_)));
        assert!(matches!("localhost:80".resolve(Internal), Resolution::Pending(_)));
        assert!(matches!(("localhost", 80).resolve(Internal), Resolution::Pending(_)));
    }

    #[test]
    fn a_look_up_that_is_given_up_leaves_the_queue() {
        let runtime = crate::runtime::Builder::new_current_thread().build().unwrap();
        let handle = runtime.handle().inner.clone();
        let pool = handle.blocking_pools().lookups();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = std::sync::Arc::new(std::sync::Mutex::new(released));
        let occupied: Vec<_> = (0..crate::blocking::MAX_LOOKUPS)
            .map(|_| {
                let released = released.clone();
                pool.spawn(move || released.lock().unwrap().recv().is_ok(), &handle, Location::caller())
            })
            .collect();
        let _context = runtime.enter();
        let mut lookup = Box::pin(resolve("localhost:80"));
        let cx = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(lookup.as_mut().poll(cx).is_pending());
        // All threads may not have taken their work yet, but there are no more of them.
        let queued = pool.counts().queued;
        assert!(queued >= 1);
        drop(lookup);
        assert!(pool.counts().queued < queued);
        drop(release);
        assert!(occupied.into_iter().all(|work| !block_on(work).unwrap()));
        assert_eq!(pool.counts().queued, 0);
    }

    #[test]
    fn the_last_error_stands() {
        let two: Vec<SocketAddr> = ["1.1.1.1:1", "2.2.2.2:2"].iter().map(|addr| addr.parse().unwrap()).collect();
        let fail = |addr: SocketAddr| Err::<(), _>(io::Error::other(addr.to_string()));
        let fail_async = |addr| async move { fail(addr) };
        let errors = |addrs: &dyn Fn() -> Addrs| {
            [first_success(addrs(), fail), block_on(first_success_async(addrs(), fail_async))].map(Result::unwrap_err)
        };
        for error in errors(&|| Addrs::Many(two.clone().into_iter())) {
            assert_eq!(error.to_string(), "2.2.2.2:2");
        }
        for error in errors(&|| Addrs::One(None)) {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
    }
}
