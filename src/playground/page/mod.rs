//! The demo page: customers' phones beside the team's workspace, live, where a person plays everything by hand.
//!
//! The page shows and drives the stand-ins and knows nothing of the program between them. It is plain HTML, CSS and
//! ES modules, served from this binary, with nothing loaded from elsewhere.
//!
//! # Routes
//! - `GET /` and `GET /assets/{file}`: the page.
//! - `GET /api/state`: `{epoch, version, now_ms, slices}`; a slice is one customer, bubble, channel, message …, see
//!   `scene.rs`.
//! - `GET /api/events`: Server-Sent Events of the same shape with only the slices that changed (`null`: gone); after a
//!   reconnect it goes on from `Last-Event-ID`.
//! - `POST /api/act`: one act of a customer or member as JSON tagged by `act`, see `acts.rs`; answers
//!   `{"ok": true, "id": …}`, or 422 with `{"error": "A sentence."}`.
//! - `POST /api/suggest`: `{member, channel, command, options, focused, text}` while somebody types into an option that
//!   completes itself; answers `{"choices": [{name, value}]}` once the bot has, or 422 with `{"error": "A sentence."}`.
//! - `GET /api/media/phone/{media}` and `GET /api/media/team/{channel}/{message}/{file}`: files; of a
//!   forum at `GET /api/media/forum/{chat}/{message}/{number}`.
//!
//! With `/?still` the page draws one snapshot and opens no event stream.
//!
//! # Test ids
//! Elements carry stable `data-testid` attributes; the ones with an id of their own carry it in a second attribute.
//! - Layout: `tab-customers`, `tab-team` (narrow), `theme-toggle`, `facts-open`, `facts`, `guide-step` (`data-step` 1–5,
//!   `data-done`), `traffic`, `speed`, `toast`.
//! - Customers: `customer` (`data-customer`, `data-name`, `data-unread`), `new-customer`, `new-customer-name`,
//!   `new-customer-add`, `phone` (`data-customer`), `phone-message` (`data-id`, `data-author`, `data-kind`), `tick`
//!   (`data-tick`), `phone-typing`, `phone-read`, `phone-composer`, `phone-send`, `phone-attach`,
//!   `attach-picture|voice|document|location|file`, `phone-button`; on a bubble's menu `bubble-menu`, `bubble-quote`,
//!   `bubble-react`, `bubble-edit`, `bubble-delete`.
//! - Team: `acting-as` (`data-member`), `act-as` (`data-member`, `data-name`), `channel` (`data-channel`,
//!   `data-name`), `channel-fold` and `thread-more` (`data-channel`), `thread-item` (`data-channel`, `data-name`),
//!   `forum-heading`, `forum` (General), `topic` (both with `data-channel`, `data-name`), `topics-closed`, `not-there`,
//!   `act-instead` (`data-member`, `data-name`), `alert`, `alert-ok`,
//!   `channel-view`, `thread-view`, `thread-close`, `card` (a bot's message with an embed or buttons) and `message` (any
//!   other), both with `data-id` and `data-author`; inside a thread `thread-message`; `component-button` (`data-label`,
//!   `data-custom-id`), `component-select`, `component-select-send`, `claim` (the button labelled Claim), `open-thread`,
//!   `channel-composer`, `thread-composer`, `composer-send`, `composer-file`, `message-reply`, `message-react`,
//!   `message-edit`, `message-delete`, `message-apps` (these appear on hover or focus), `reaction`
//!   (`data-emoji`), `command-item` (`data-command`), `command-form`, `command-option` (`data-option`), `suggestion`
//!   (`data-name`, `data-value`), `suggestion-note`, `command-run`, `ephemeral` (`data-id`), `ephemeral-dismiss`, `modal`,
//!   `modal-field` (`data-field`), `modal-submit`.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::sync::watch;

use super::discord::Discord;
use super::meta::{Meta, NowMs};
use super::telegram::Telegram;
use super::wire;

mod acts;
mod assets;
mod board;
mod customer;
mod files;
mod forum;
mod live;
mod media;
pub(crate) mod samples;
mod scene;
mod sentence;
mod suggest;
mod team;

use board::Board;
use scene::Memory;

/// Who plays, and what the page tells about the stage.
#[derive(Clone, Default)]
pub struct Cast {
    /// Phone-number id of the business number the customers write to.
    pub number: String,
    /// Members a person may act as: user id, name, label of their role.
    pub agents: Vec<(u64, String, String)>,
    /// Role ids and their names, for mentions.
    pub roles: Vec<(u64, String)>,
    /// Name of the business and of its workspace.
    pub title: String,
    /// The team's side on Telegram, where there is one.
    pub forums: Option<Forums>,
    /// Addresses and tokens: label and value.
    pub facts: Vec<(String, String)>,
    /// The clock of the stand-ins; the system's when absent.
    pub now_ms: Option<NowMs>,
    /// What can be turned while it runs; the page has no dials when absent.
    pub dials: Option<Dials>,
}

/// Forums on Telegram and who of the members is in them.
#[derive(Clone)]
pub struct Forums {
    /// The stand-in.
    pub telegram: Telegram,
    /// User ids of members: on Discord, on Telegram.
    pub people: Vec<(u64, i64)>,
}

/// What a person turns on the page and whoever started it acts upon.
#[derive(Clone)]
pub struct Dials {
    /// Whether simulated customers and agents are busy.
    pub traffic: watch::Sender<bool>,
    /// How many times faster than real the clock runs, at least 1.
    pub speed: watch::Sender<u32>,
}

/// The demo page.
pub struct Page;

impl Page {
    /// Serves the page on `addr` (port 0 picks a free one) until the runtime ends; returns the bound address.
    ///
    /// # Errors
    /// When the address cannot be bound, or the cast names a number that `meta` does not have.
    pub async fn start(addr: SocketAddr, meta: Meta, discord: Discord, cast: Cast) -> io::Result<SocketAddr> {
        if !meta.numbers().iter().any(|number| number.id == cast.number) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the stand-in has no such business number"));
        }
        let now_ms = cast.now_ms.clone().unwrap_or_else(|| Arc::new(live::system_now_ms));
        let memory = Mutex::new(Memory::default());
        let stage = Stage { inner: Arc::new(Inner { meta, discord, cast, now_ms, board: Board::new(), memory }) };
        stage.refresh();
        tokio::spawn(stage.clone().follow());
        let app = Router::new()
            .route("/", get(assets::index))
            .route("/assets/{file}", get(assets::asset))
            .route("/api/state", get(live::state))
            .route("/api/events", get(live::events))
            .route("/api/act", post(acts::act))
            .route("/api/suggest", post(suggest::suggest))
            .route("/api/media/phone/{media}", get(media::phone))
            .route("/api/media/forum/{chat}/{message}/{at}", get(media::forum))
            .route("/api/media/team/{channel}/{message}/{file}", get(media::team))
            .layer(DefaultBodyLimit::max(files::MAX_BODY))
            .with_state(stage);
        wire::serve(addr, app, std::future::pending()).await
    }
}

/// The stand-ins, what the page remembers of its own, and the board; clones share it.
#[derive(Clone)]
struct Stage {
    inner: Arc<Inner>,
}

struct Inner {
    meta: Meta,
    discord: Discord,
    cast: Cast,
    now_ms: NowMs,
    board: Board,
    memory: Mutex<Memory>,
}
