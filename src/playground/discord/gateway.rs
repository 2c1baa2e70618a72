//! The gateway's socket: HELLO, IDENTIFY, RESUME, heartbeats, and the ways in which it can break.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::SinkExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::Instant;

use super::Discord;
use super::events::intent;
use super::session::{Line, Out};
use super::world::World;

/// How a gateway connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drop {
    /// The socket closes without a word; the session can be resumed.
    Abort,
    /// Op 7: the client is asked to reconnect and resume.
    Reconnect,
    /// Op 9 with `false`: the session is gone, the client has to identify again.
    InvalidSession,
    /// A close frame with this code. Codes 4007 and 4009 end the session, as do 4003, 4004 and 4010 to 4014.
    Code(u16),
}

impl Discord {
    /// Ends every open gateway connection in this way.
    pub fn drop_gateway(&self, how: Drop) {
        let mut world = self.world();
        let gateway = &mut world.gateway;
        match how {
            Drop::InvalidSession => gateway.sessions.clear(),
            Drop::Code(4003 | 4004 | 4007 | 4009..=4014) => gateway.sessions.clear(),
            _ => {}
        }
        for line in &gateway.lines {
            let out = match how {
                Drop::Abort => break,
                Drop::Reconnect => Out::Text(r#"{"t":null,"s":null,"op":7,"d":null}"#.into()),
                Drop::InvalidSession => Out::Text(INVALID_SESSION.into()),
                Drop::Code(code) => Out::Close(code),
            };
            // Fails only when the socket has gone already.
            let _ = line.out.send(out);
        }
        if how == Drop::Abort {
            world.abort_lines();
        }
    }

    /// While down, open connections are aborted and new ones refused; sessions survive.
    pub fn gateway_down(&self, down: bool) {
        let mut world = self.world();
        world.gateway.down = down;
        if down {
            world.abort_lines();
        }
    }

    /// Forgets every session: the next RESUME is refused with op 9.
    pub fn forget_sessions(&self) {
        let mut world = self.world();
        world.gateway.sessions.retain(|s| s.line.is_some());
        for session in &mut world.gateway.sessions {
            // Known by no name a client could resume.
            session.id.insert(0, '-');
        }
    }

    /// Sends the next event of this name in a shape that does not parse.
    pub fn garble_next(&self, event: &str) {
        self.world().gateway.garble_next(event);
    }

    /// Sends the next event of this name twice.
    pub fn duplicate_next(&self, event: &str) {
        self.world().gateway.duplicate_next(event);
    }

    /// Holds the next event back until the one after it has been sent.
    pub fn swap_next_two(&self) {
        self.world().gateway.swap_next_two();
    }
}

const INVALID_SESSION: &str = r#"{"t":null,"s":null,"op":9,"d":false}"#;
const ACK: &str = r#"{"t":null,"s":null,"op":11,"d":null}"#;

/// Discord closes a connection with 4008 beyond 120 payloads in 60 seconds.
const SENDS_PER_MINUTE: u32 = 120;
/// Discord closes a connection with 4002 on a larger payload.
const LARGEST: usize = 4096;

impl World {
    /// Cuts every socket and leaves its session to be resumed.
    pub(super) fn abort_lines(&mut self) {
        self.gateway.ended += 1;
        for line in std::mem::take(&mut self.gateway.lines) {
            // Fails only when the socket has gone already.
            let _ = line.out.send(Out::Abort);
        }
        for session in &mut self.gateway.sessions {
            session.line = None;
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    v: Option<u32>,
    encoding: Option<String>,
    compress: Option<String>,
}

/// Upgrades `GET /gw` to a gateway connection.
pub(super) async fn connect(
    State(discord): State<Discord>,
    Query(wanted): Query<Wanted>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if discord.is_down() || discord.world().gateway.down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let right =
        wanted.v.is_none_or(|v| v == 10) && wanted.encoding.is_none_or(|e| e == "json") && wanted.compress.is_none();
    upgrade.on_upgrade(move |socket| async move {
        if right {
            Socket::open(discord, socket).await;
        } else {
            discord.wire().violation("gateway: only version 10, JSON, without transport compression is modelled");
            close(socket, 4012).await;
        }
    })
}

async fn close(mut socket: WebSocket, code: u16) {
    // The client may have gone already.
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::default() }))).await;
    // The close handshake: wait for the client's half, but not for ever.
    let _ =
        tokio::time::timeout(Duration::from_secs(2), async { while let Some(Ok(_)) = socket.recv().await {} }).await;
}

/// One open connection.
struct Socket {
    discord: Discord,
    line: u64,
    window: Instant,
    sent: u32,
}

/// Why a connection ends.
enum End {
    /// The stand-in closes it with this code.
    Close(u16),
    /// It is cut, or the client went without a word.
    Cut,
    /// The client closed it with this code.
    Left(u16),
}

impl Socket {
    async fn open(discord: Discord, mut socket: WebSocket) {
        let (out, orders) = mpsc::unbounded_channel();
        let (line, heartbeat) = {
            let mut world = discord.world();
            world.gateway.next_line += 1;
            let id = world.gateway.next_line;
            world.gateway.lines.push(Line { id, out });
            (id, world.options.heartbeat)
        };
        let mut this = Self { discord, line, window: Instant::now(), sent: 0 };
        let end = this.run(&mut socket, orders, heartbeat).await;
        // 1000 and 1001 from the client, and the codes after which Discord forgets, end the session.
        let ended = matches!(end, End::Left(1000 | 1001) | End::Close(4004 | 4009..=4014));
        this.discord.world().gateway.leave(line, ended);
        if let End::Close(code) = end {
            close(socket, code).await;
        }
    }

    async fn run(&mut self, socket: &mut WebSocket, mut orders: UnboundedReceiver<Out>, heartbeat: Duration) -> End {
        let hello = json!({ "t": null, "s": null, "op": 10, "d": { "heartbeat_interval": heartbeat.as_millis() } });
        if socket.send(Message::text(hello.to_string())).await.is_err() {
            return End::Cut;
        }
        // A beat may come late by its jitter and the way; after a second interval without one the client is dead.
        let patience = heartbeat * 2;
        let mut deadline = Instant::now() + patience;
        loop {
            tokio::select! {
                order = orders.recv() => {
                    let mut next = order;
                    loop {
                        match next {
                            Some(Out::Text(text)) => {
                                if socket.feed(Message::Text(text)).await.is_err() {
                                    return End::Cut;
                                }
                            }
                            Some(Out::Close(code)) => return End::Close(code),
                            Some(Out::Abort) | None => return End::Cut,
                        }
                        // Whatever else waits goes out in the same write.
                        match orders.try_recv() {
                            Ok(more) => next = Some(more),
                            Err(_) => break,
                        }
                    }
                    if socket.flush().await.is_err() {
                        return End::Cut;
                    }
                }
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        deadline = Instant::now() + patience;
                        match self.hear(&text) {
                            Ok(Some(answer)) if socket.send(Message::text(answer)).await.is_err() => return End::Cut,
                            Ok(_) => {}
                            Err(code) => return End::Close(code),
                        }
                    }
                    Some(Ok(Message::Close(frame))) => return End::Left(frame.map_or(1005, |f| f.code)),
                    Some(Ok(Message::Binary(_))) => return End::Close(4002),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return End::Cut,
                },
                () = tokio::time::sleep_until(deadline) => return End::Close(4009),
            }
        }
    }

    /// Takes one payload of the client. Returns what to answer at once, or the code to close with.
    fn hear(&mut self, text: &str) -> Result<Option<&'static str>, u16> {
        if self.window.elapsed() > Duration::from_secs(60) {
            self.window = Instant::now();
            self.sent = 0;
        }
        self.sent += 1;
        if self.sent > SENDS_PER_MINUTE {
            return Err(self.blame(4008, "more than 120 payloads in 60 seconds"));
        }
        if text.len() > LARGEST {
            return Err(self.blame(4002, "a payload of more than 4096 bytes"));
        }
        let payload: Value = serde_json::from_str(text).map_err(|_| self.blame(4002, "a payload that is not JSON"))?;
        let d = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => Ok(Some(ACK)),
            Some(2) if self.identified() => Err(self.blame(4005, "IDENTIFY twice on one connection")),
            Some(2) => self.identify(d).map(|()| None),
            Some(3 | 4 | 8) if self.identified() => Ok(None),
            Some(3 | 4 | 8) => Err(self.blame(4003, "a payload before IDENTIFY")),
            Some(6) => self.resume(d),
            _ => Err(self.blame(4001, "an unknown opcode")),
        }
    }

    fn identified(&self) -> bool {
        self.discord.world().gateway.sessions.iter().any(|s| s.line == Some(self.line))
    }

    fn blame(&self, code: u16, what: &str) -> u16 {
        self.discord.wire().violation(format!("gateway: {what} (closed with {code})"));
        code
    }

    fn authenticate(&self, d: &Value) -> Result<(), u16> {
        let token = d["token"].as_str().unwrap_or_default();
        if token.strip_prefix("Bot ").unwrap_or(token) == self.discord.token() {
            return Ok(());
        }
        Err(self.blame(4004, "a wrong token"))
    }

    fn identify(&mut self, d: &Value) -> Result<(), u16> {
        const KNOWN: [&str; 7] = ["token", "properties", "compress", "large_threshold", "shard", "presence", "intents"];
        for unknown in d.as_object().into_iter().flat_map(|d| d.keys()).filter(|k| !KNOWN.contains(&k.as_str())) {
            self.discord.wire().violation(format!("gateway: unknown field {unknown} in IDENTIFY"));
        }
        self.authenticate(d)?;
        let intents = d["intents"].as_u64().ok_or_else(|| self.blame(4013, "IDENTIFY without valid intents"))?;
        if !d["properties"].is_object() {
            return Err(self.blame(4002, "IDENTIFY without properties"));
        }
        if intents >> 26 != 0 {
            return Err(self.blame(4013, "intents that do not exist"));
        }
        let mut world = self.discord.world();
        let mut granted = if world.options.message_content { intent::MESSAGE_CONTENT } else { 0 };
        if world.options.server_members {
            granted |= intent::GUILD_MEMBERS;
        }
        let privileged = intent::GUILD_MEMBERS | intent::GUILD_PRESENCES | intent::MESSAGE_CONTENT;
        if intents & privileged & !granted != 0 {
            return Err(4014);
        }
        let session = format!("{:032x}", u128::from(world.new_id()) << 32 | u128::from(self.line));
        world.gateway.begin(session.clone(), intents, self.line);
        let ready = json!({
            "v": 10,
            "user": world.user_json(world.bot),
            "user_settings": {},
            "session_type": "normal",
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "guilds": [{ "id": world.guild.to_string(), "unavailable": true }],
            "session_id": session,
            "resume_gateway_url": world.base.replacen("http", "ws", 1) + "/gw",
            "shard": d.get("shard").filter(|s| s.is_array()).cloned().unwrap_or_else(|| json!([0, 1])),
            "application": { "id": world.bot.to_string(), "flags": 0 },
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
        });
        world.gateway.send_to(&session, "READY", &ready);
        if intents & intent::GUILDS != 0 {
            let guild = world.guild_create();
            world.gateway.send_to(&session, "GUILD_CREATE", &guild);
        }
        world.tick();
        Ok(())
    }

    fn resume(&mut self, d: &Value) -> Result<Option<&'static str>, u16> {
        self.authenticate(d)?;
        let id = d["session_id"].as_str().unwrap_or_default();
        let seq = d["seq"].as_u64().unwrap_or_default();
        let mut world = self.discord.world();
        match world.gateway.resume(id, seq, self.line) {
            Ok(()) => {
                world.tick();
                Ok(None)
            }
            Err(Some(code)) => Err(code),
            Err(None) => Ok(Some(INVALID_SESSION)),
        }
    }
}
