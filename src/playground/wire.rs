//! What every stand-in shares on the wire: a server whose connections can be cut, scripted misbehaviour, a record of
//! every exchange, and the list of faults a client committed against the service's rules.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// One request and its answer, as they crossed the wire.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    /// `meta`, `discord` or `telegram`.
    pub service: &'static str,
    /// Upper-case HTTP method.
    pub method: String,
    /// Path without query, as the service's documentation writes it (without the stand-in's own prefix).
    pub path: String,
    /// Raw query string, empty when there is none.
    pub query: String,
    /// `Content-Type` of the request without parameters.
    pub content_type: String,
    /// JSON body (of a multipart request: its `payload_json`), `Null` when there is none.
    pub request: Value,
    /// Status of the answer; 0 when the connection was cut instead.
    pub status: u16,
    /// JSON body of the answer, `Null` when there is none.
    pub response: Value,
}

/// Called with every exchange; the place where tests check both sides against the services' published schemas.
pub type Tap = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// How a stand-in is to misbehave once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbehaviour {
    /// Answer this without acting.
    Answer {
        /// HTTP status.
        status: u16,
        /// Extra headers.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Body, sent as JSON unless it is a string, which is sent as it is.
        #[serde(default)]
        body: Value,
    },
    /// Wait, then act and answer as usual.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Close the connection without acting.
    CutBefore,
    /// Act, then close the connection without an answer.
    CutAfter,
}

/// A rule of misbehaviour: the first `times` requests that match get it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// Only this method, any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// The path contains this.
    pub path: String,
    /// How often; 0 stands for always.
    pub times: u32,
    /// What happens.
    pub then: Misbehaviour,
}

/// Scripted misbehaviour, the client's violations, and the tap, shared by the routes of one stand-in.
#[derive(Clone, Default)]
pub struct Wire {
    inner: Arc<WireInner>,
}

#[derive(Default)]
struct WireInner {
    faults: Mutex<VecDeque<Fault>>,
    violations: Mutex<Vec<String>>,
    tap: RwLock<Option<Tap>>,
}

impl Wire {
    /// Adds a rule of misbehaviour behind the ones already there.
    pub fn misbehave(&self, fault: Fault) {
        lock(&self.inner.faults).push_back(fault);
    }

    /// Removes every rule of misbehaviour.
    pub fn behave(&self) {
        lock(&self.inner.faults).clear();
    }

    /// The misbehaviour due for this request, counted as used.
    pub fn due(&self, method: &str, path: &str) -> Option<Misbehaviour> {
        let mut faults = lock(&self.inner.faults);
        let at = faults.iter().position(|f| {
            f.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(method)) && path.contains(&f.path)
        })?;
        let then = faults[at].then.clone();
        match faults[at].times {
            0 => {}
            1 => {
                faults.remove(at);
            }
            n => faults[at].times = n - 1,
        }
        Some(then)
    }

    /// Records that the client broke a rule of the service: an unknown route or field, a text over the limit, a post
    /// to a locked thread. A test that finds one here fails.
    pub fn violation(&self, what: impl Into<String>) {
        lock(&self.inner.violations).push(what.into());
    }

    /// The violations so far.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        lock(&self.inner.violations).clone()
    }

    /// Takes the violations, leaving none: for tests that provoke them.
    #[must_use]
    pub fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.inner.violations))
    }

    /// Shows every exchange from now on to `tap`.
    pub fn tap(&self, tap: Tap) {
        *self.inner.tap.write().unwrap_or_else(PoisonError::into_inner) = Some(tap);
    }

    /// Reports one exchange to the tap, if there is one.
    pub fn exchanged(&self, exchange: &Exchange) {
        let tap = self.inner.tap.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(tap) = tap {
            tap(exchange);
        }
    }

    /// Whether anybody listens, so that the record need not be made when nobody does.
    #[must_use]
    pub fn is_tapped(&self) -> bool {
        self.inner.tap.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connection a request came on; handlers take it as `ConnectInfo<Line>` and may cut it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The client's address.
    pub peer: SocketAddr,
    cut: Arc<AtomicBool>,
}

impl Line {
    /// Cuts the connection: the handler never returns, the client sees the socket close without an answer.
    pub async fn cut(&self) -> ! {
        self.cut.store(true, Ordering::SeqCst);
        // The server polls the socket again as soon as anything wakes it; the watchdog in `Cuttable` does.
        std::future::pending().await
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A TCP listener whose connections can be cut from inside a handler.
pub struct CuttableListener(TcpListener);

impl Listener for CuttableListener {
    type Io = Cuttable;
    type Addr = Line;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.0.accept().await {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    let cut = Arc::new(AtomicBool::new(false));
                    let io = Cuttable {
                        stream,
                        cut: cut.clone(),
                        watchdog: tokio::time::interval(Duration::from_millis(20)),
                    };
                    return (io, Line { peer, cut });
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Line { peer: self.0.local_addr()?, cut: Arc::default() })
    }
}

/// A TCP stream that ends with an error once its line is cut.
pub struct Cuttable {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
    watchdog: tokio::time::Interval,
}

impl Cuttable {
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.watchdog.poll_tick(cx).is_ready() {}
        if self.cut.load(Ordering::SeqCst) { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.cut.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Serves `app` on `addr` (port 0 picks a free one) until `stop` resolves; returns the bound address.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(
    addr: SocketAddr,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(addr).await?;
    let bound = listener.local_addr()?;
    tokio::spawn(async move {
        let service = app.into_make_service_with_connect_info::<Line>();
        tokio::select! {
            served = async { axum::serve(CuttableListener(listener), service).await } => {
                if let Err(error) = served {
                    tracing::error!(%error, "A stand-in stopped serving: {error}");
                }
            }
            () = stop => {}
        }
    });
    Ok(bound)
}
