//! Senders over keep-alive connections that cost little themselves: a request is prepared bytes, an answer is its status.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use baton::playground::meta::signature;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A POST as it crosses the wire.
pub fn post(path: &str, secret: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nx-hub-signature-256: {}\r\ncontent-length: {}\r\n\r\n",
        signature(secret, body),
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// A connection.
pub struct Line(TcpStream, Vec<u8>);

impl Line {
    pub async fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream, vec![0; 4096])
    }

    /// Sends prepared bytes and waits for an answer without a body; its status.
    pub async fn ask(&mut self, request: &[u8]) -> u16 {
        self.0.write_all(request).await.unwrap();
        let mut filled = 0;
        loop {
            let n = self.0.read(&mut self.1[filled..]).await.unwrap();
            assert!(n > 0, "the server closed the connection");
            filled += n;
            if self.1[..filled].windows(4).any(|w| w == b"\r\n\r\n") {
                break;
            }
        }
        std::str::from_utf8(&self.1[9..12]).unwrap().parse().unwrap()
    }
}

/// What a run came to.
pub struct Run {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// `senders` connections send the prepared requests one after the other for `time`, or until there are none left.
pub async fn run(to: SocketAddr, requests: Arc<Vec<Vec<u8>>>, senders: usize, time: Duration) -> Run {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..senders)
        .map(|_| {
            let (requests, next) = (requests.clone(), next.clone());
            tokio::spawn(async move {
                let mut line = Line::open(to).await;
                let mut took = Vec::new();
                while begun.elapsed() < time {
                    let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                    let sent = Instant::now();
                    assert_eq!(line.ask(request).await, 200);
                    took.push(sent.elapsed().as_secs_f64() * 1000.0);
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    let elapsed = begun.elapsed().as_secs_f64();
    took.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let per_second = took.len() as f64 / elapsed;
    Run { per_second, p50_ms: super::setup::percentile(&took, 0.5), p99_ms: super::setup::percentile(&took, 0.99) }
}
