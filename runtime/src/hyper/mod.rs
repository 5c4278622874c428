//! What [hyper] 1.x needs of a runtime: I/O, timers and an executor.
//!
//! hyper brings its own traits and leaves their implementation to adapters. These are heist's, under the feature
//! `hyper`: [`HeistIo`] around a socket, [`HeistTimer`] for timeouts, [`HeistExecutor`] for the tasks of HTTP/2.
//!
//! [hyper]: https://docs.rs/hyper
//!
//! # Examples
//!
//! ```
//! use heist::hyper::{HeistIo, HeistTimer};
//! use heist::net::{TcpListener, TcpStream};
//! use http_body_util::{BodyExt, Empty, Full};
//! use hyper::body::Bytes;
//! use hyper::service::service_fn;
//! use hyper::{Request, Response};
//!
//! # #[heist::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//!
//! heist::spawn(async move {
//!     let (stream, _) = listener.accept().await.unwrap();
//!     let hello = service_fn(|_| async { Ok::<_, std::io::Error>(Response::new(Full::new(Bytes::from("hello")))) });
//!     hyper::server::conn::http1::Builder::new()
//!         .timer(HeistTimer::new())
//!         .serve_connection(HeistIo::new(stream), hello)
//!         .await
//! });
//!
//! let stream = HeistIo::new(TcpStream::connect(address).await?);
//! let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
//! heist::spawn(connection);
//! let request = Request::get("/").header("host", "example.com").body(Empty::<Bytes>::new())?;
//! let body = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
//! assert_eq!(body, "hello");
//! # Ok(())
//! # }
//! ```

mod executor;
mod io;
mod timer;

pub use executor::HeistExecutor;
pub use io::HeistIo;
pub use timer::HeistTimer;
