//! The board over HTTP: one snapshot, or a stream of what changes.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use tokio::sync::{broadcast, watch};
use tokio::time::{sleep, timeout};

use super::Stage;

/// Changes closer together than this are drawn as one.
const DEBOUNCE: Duration = Duration::from_millis(60);
/// What fades without an event, such as a typing indicator, is seen this late at most.
const FADE: Duration = Duration::from_secs(2);
/// How often the clock is told when nothing else is.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The system's clock in unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "the stand-ins are a world of their own; a cast may bring another clock")]
pub(super) fn system_now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Stage {
    /// Draws the scene whenever something happens and somebody watches.
    pub(super) async fn follow(self) {
        let (mut phones, mut team) = (self.inner.meta.subscribe(), self.inner.discord.subscribe());
        let mut forums = self.inner.cast.forums.as_ref().map(|forums| forums.telegram.subscribe());
        loop {
            // Missed ticks are as good as one.
            tokio::select! {
                _ = phones.recv() => {}
                _ = team.recv() => {}
                _ = heard(&mut forums) => {}
                () = sleep(FADE) => {}
            }
            sleep(DEBOUNCE).await;
            if self.inner.board.is_watched() {
                self.redraw().await;
            }
        }
    }

    /// [`Stage::refresh`] off the async threads: a busy day takes some milliseconds to draw.
    pub(super) async fn redraw(&self) {
        let stage = self.clone();
        // An error would mean a panic in there, which has been reported already.
        let _ = tokio::task::spawn_blocking(move || stage.refresh()).await;
    }

    fn payload(&self, since: u64) -> (u64, String) {
        let (version, slices) = self.inner.board.since(since);
        let (epoch, now) = (self.epoch(), (self.inner.now_ms)());
        let json =
            format!(r#"{{"epoch":"{epoch}","since":{since},"version":{version},"now_ms":{now},"slices":{slices}}}"#);
        (version, json)
    }

    /// Tells this run from others, so that a browser does not go on with the versions of an earlier one.
    fn epoch(&self) -> String {
        format!("{:x}", self.inner.discord.guild_id())
    }

    /// The version a reconnecting browser has, 0 for none of this run.
    fn resumed(&self, headers: &HeaderMap) -> u64 {
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
        let known = last.and_then(|id| id.split_once('-')).filter(|(epoch, _)| *epoch == self.epoch());
        known.and_then(|(_, version)| version.parse().ok()).unwrap_or(0)
    }
}

/// A tick of the forums; without forums there is none.
async fn heard(forums: &mut Option<broadcast::Receiver<u64>>) {
    match forums {
        // Missed ticks are as good as one.
        Some(forums) => drop(forums.recv().await),
        None => std::future::pending().await,
    }
}

pub(super) async fn state(State(stage): State<Stage>) -> Response {
    stage.redraw().await;
    let (_, json) = stage.payload(0);
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json).into_response()
}

pub(super) async fn events(State(stage): State<Stage>, headers: HeaderMap) -> Response {
    let versions = stage.inner.board.watch();
    stage.redraw().await;
    let since = stage.resumed(&headers);
    let body = axum::body::Body::from_stream(changes(stage, versions, since));
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The first event at once, then one for each new version; between them heartbeats, which carry the clock.
fn changes(
    stage: Stage,
    versions: watch::Receiver<u64>,
    since: u64,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::unfold((stage, versions, since, true), |(stage, mut versions, since, first)| async move {
        if !first {
            // A timeout is a heartbeat; the sender lives in the stage.
            let _ = timeout(HEARTBEAT, versions.changed()).await;
        }
        versions.borrow_and_update();
        let (version, json) = stage.payload(since);
        let event = format!("id: {}-{version}\ndata: {json}\n\n", stage.epoch());
        Some((Ok(Bytes::from(event)), (stage, versions, version, false)))
    })
}
