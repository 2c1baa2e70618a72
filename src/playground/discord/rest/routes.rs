//! The routes of REST v10 that are modelled: their paths, query parameters and rate-limit buckets.

use axum::http::Method;

use super::super::limits::Bucket;
use super::super::percent::decode;
use super::super::refusal::{self, Refusal};
use super::super::world::World;
use super::{Answer, Call, channels, commands, guilds, interactions, messages, reactions, threads};

/// A request's route with the ids in its path.
pub(super) enum Route {
    Gateway,
    GatewayBot,
    Me,
    Application,
    OpenDirect,
    Guild(u64),
    GuildChannels(u64),
    CreateChannel(u64),
    GuildRoles(u64),
    Members(u64),
    SearchMembers(u64),
    Member(u64, u64),
    ActiveThreads(u64),
    Channel(u64),
    EditChannel(u64),
    DeleteChannel(u64),
    Messages(u64),
    CreateMessage(u64),
    Message(u64, u64),
    EditMessage(u64, u64),
    DeleteMessage(u64, u64),
    BulkDelete(u64),
    ThreadFromMessage(u64, u64),
    CreateThread(u64),
    ArchivedThreads(u64),
    ThreadMembers(u64),
    AddThreadMember(u64, Option<u64>),
    RemoveThreadMember(u64, Option<u64>),
    Typing(u64),
    AddReaction(u64, u64, String),
    RemoveReaction(u64, u64, String, Option<u64>),
    Reactions(u64, u64, String),
    /// With `true` in the old shape, a bare list.
    Pins(u64, bool),
    Pin(u64, u64),
    Unpin(u64, u64),
    Commands(u64, u64),
    SetCommands(u64, u64),
    CreateCommand(u64, u64),
    DeleteCommand(u64, u64, u64),
    Callback(u64, String),
    Followup(u64, String),
    /// `None` stands for `@original`.
    Answer(u64, String, Option<u64>),
    EditAnswer(u64, String, Option<u64>),
    DeleteAnswer(u64, String, Option<u64>),
}

impl Route {
    /// # Errors
    /// 404 when Discord has no such route, 50035 when an id is none.
    pub(super) fn find(method: &Method, path: &str, prefix: &str) -> Result<Self, Refusal> {
        let unknown = || refusal::NOT_FOUND.blame("no such route");
        let rest = path.strip_prefix(prefix).ok_or_else(unknown)?;
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        let id = |text: &str| {
            text.parse::<u64>()
                .map_err(|_| refusal::INVALID_FORM.blame(format!("\"{text}\" in the path is not a snowflake")))
        };
        let whose = |text: &str| if text == "@me" { Ok(None) } else { id(text).map(Some) };
        let which = |text: &str| if text == "@original" { Ok(None) } else { id(text).map(Some) };
        Ok(match (method.as_str(), parts.as_slice()) {
            ("GET", ["gateway"]) => Self::Gateway,
            ("GET", ["gateway", "bot"]) => Self::GatewayBot,
            ("GET", ["users", "@me"]) => Self::Me,
            ("POST", ["users", "@me", "channels"]) => Self::OpenDirect,
            ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => Self::Application,
            ("GET", ["guilds", g]) => Self::Guild(id(g)?),
            ("GET", ["guilds", g, "channels"]) => Self::GuildChannels(id(g)?),
            ("POST", ["guilds", g, "channels"]) => Self::CreateChannel(id(g)?),
            ("GET", ["guilds", g, "roles"]) => Self::GuildRoles(id(g)?),
            ("GET", ["guilds", g, "members"]) => Self::Members(id(g)?),
            ("GET", ["guilds", g, "members", "search"]) => Self::SearchMembers(id(g)?),
            ("GET", ["guilds", g, "members", u]) => Self::Member(id(g)?, id(u)?),
            ("GET", ["guilds", g, "threads", "active"]) => Self::ActiveThreads(id(g)?),
            ("GET", ["channels", c]) => Self::Channel(id(c)?),
            ("PATCH", ["channels", c]) => Self::EditChannel(id(c)?),
            ("DELETE", ["channels", c]) => Self::DeleteChannel(id(c)?),
            ("GET", ["channels", c, "messages"]) => Self::Messages(id(c)?),
            ("POST", ["channels", c, "messages"]) => Self::CreateMessage(id(c)?),
            ("GET", ["channels", c, "messages", "pins"]) => Self::Pins(id(c)?, false),
            ("PUT", ["channels", c, "messages", "pins", m] | ["channels", c, "pins", m]) => Self::Pin(id(c)?, id(m)?),
            ("DELETE", ["channels", c, "messages", "pins", m] | ["channels", c, "pins", m]) => {
                Self::Unpin(id(c)?, id(m)?)
            }
            ("GET", ["channels", c, "pins"]) => Self::Pins(id(c)?, true),
            ("POST", ["channels", c, "messages", "bulk-delete"]) => Self::BulkDelete(id(c)?),
            ("GET", ["channels", c, "messages", m]) => Self::Message(id(c)?, id(m)?),
            ("PATCH", ["channels", c, "messages", m]) => Self::EditMessage(id(c)?, id(m)?),
            ("DELETE", ["channels", c, "messages", m]) => Self::DeleteMessage(id(c)?, id(m)?),
            ("POST", ["channels", c, "messages", m, "threads"]) => Self::ThreadFromMessage(id(c)?, id(m)?),
            ("POST", ["channels", c, "threads"]) => Self::CreateThread(id(c)?),
            ("GET", ["channels", c, "threads", "archived", "public"]) => Self::ArchivedThreads(id(c)?),
            ("GET", ["channels", c, "thread-members"]) => Self::ThreadMembers(id(c)?),
            ("PUT", ["channels", c, "thread-members", u]) => Self::AddThreadMember(id(c)?, whose(u)?),
            ("DELETE", ["channels", c, "thread-members", u]) => Self::RemoveThreadMember(id(c)?, whose(u)?),
            ("POST", ["channels", c, "typing"]) => Self::Typing(id(c)?),
            ("PUT", ["channels", c, "messages", m, "reactions", e, "@me"]) => {
                Self::AddReaction(id(c)?, id(m)?, decode(e))
            }
            ("DELETE", ["channels", c, "messages", m, "reactions", e, u]) => {
                Self::RemoveReaction(id(c)?, id(m)?, decode(e), whose(u)?)
            }
            ("GET", ["channels", c, "messages", m, "reactions", e]) => Self::Reactions(id(c)?, id(m)?, decode(e)),
            ("GET", ["applications", a, "guilds", g, "commands"]) => Self::Commands(id(a)?, id(g)?),
            ("PUT", ["applications", a, "guilds", g, "commands"]) => Self::SetCommands(id(a)?, id(g)?),
            ("POST", ["applications", a, "guilds", g, "commands"]) => Self::CreateCommand(id(a)?, id(g)?),
            ("DELETE", ["applications", a, "guilds", g, "commands", c]) => Self::DeleteCommand(id(a)?, id(g)?, id(c)?),
            ("POST", ["interactions", i, token, "callback"]) => Self::Callback(id(i)?, (*token).to_owned()),
            ("POST", ["webhooks", a, token]) => Self::Followup(id(a)?, (*token).to_owned()),
            ("GET", ["webhooks", a, token, "messages", m]) => Self::Answer(id(a)?, (*token).to_owned(), which(m)?),
            ("PATCH", ["webhooks", a, token, "messages", m]) => {
                Self::EditAnswer(id(a)?, (*token).to_owned(), which(m)?)
            }
            ("DELETE", ["webhooks", a, token, "messages", m]) => {
                Self::DeleteAnswer(id(a)?, (*token).to_owned(), which(m)?)
            }
            _ => return Err(unknown()),
        })
    }

    /// The query parameters Discord documents.
    pub(super) fn queries(&self) -> &'static [&'static str] {
        match self {
            Self::Guild(_) => &["with_counts"],
            Self::Messages(_) => &["around", "before", "after", "limit"],
            Self::Members(_) => &["limit", "after"],
            Self::SearchMembers(_) => &["query", "limit"],
            Self::ArchivedThreads(_) | Self::Pins(_, false) => &["before", "limit"],
            Self::ThreadMembers(_) => &["with_member", "after", "limit"],
            Self::Reactions(..) => &["type", "after", "limit"],
            Self::Commands(..) => &["with_localizations"],
            Self::Callback(..) => &["with_response"],
            Self::Followup(..) => &["wait", "thread_id", "with_components"],
            Self::Answer(..) | Self::DeleteAnswer(..) => &["thread_id"],
            Self::EditAnswer(..) => &["thread_id", "with_components"],
            _ => &[],
        }
    }

    /// Whether the interaction's token in the path is the only authentication, and the global limit does not count.
    pub(super) fn is_interaction(&self) -> bool {
        matches!(
            self,
            Self::Callback(..) | Self::Followup(..) | Self::Answer(..) | Self::EditAnswer(..) | Self::DeleteAnswer(..)
        )
    }

    /// The bucket and the major id within it.
    pub(super) fn bucket(&self) -> (Bucket, u64) {
        match self {
            Self::CreateMessage(c) => (Bucket::CreateMessage, *c),
            Self::EditMessage(c, _) => (Bucket::EditMessage, *c),
            Self::DeleteMessage(c, _) => (Bucket::DeleteMessage, *c),
            Self::EditChannel(c) => (Bucket::EditChannel, *c),
            Self::AddReaction(c, ..) | Self::RemoveReaction(c, ..) => (Bucket::React, *c),
            Self::Followup(_, token)
            | Self::Answer(_, token, _)
            | Self::EditAnswer(_, token, _)
            | Self::DeleteAnswer(_, token, _) => (Bucket::Webhook, hash(token)),
            Self::Members(g) => (Bucket::Members, *g),
            Self::Callback(id, _) => (Bucket::Other, *id),
            Self::Messages(c)
            | Self::Message(c, _)
            | Self::Channel(c)
            | Self::ThreadFromMessage(c, _)
            | Self::CreateThread(c)
            | Self::Typing(c) => (Bucket::Other, *c),
            _ => (Bucket::Other, 0),
        }
    }

    /// Does what the route is for.
    pub(super) fn act(self, world: &mut World, call: &Call<'_>) -> Answer {
        match self {
            Self::Gateway => guilds::gateway(world),
            Self::GatewayBot => guilds::gateway_bot(world),
            Self::Me => guilds::me(world),
            Self::Application => guilds::application(world),
            Self::OpenDirect => channels::open_direct(world, call),
            Self::Guild(g) => guilds::guild(world, g, call),
            Self::GuildChannels(g) => guilds::channels(world, g),
            Self::CreateChannel(g) => channels::create(world, call, g),
            Self::GuildRoles(g) => guilds::roles(world, g),
            Self::Members(g) => guilds::members(world, g, call),
            Self::SearchMembers(g) => guilds::search(world, g, call),
            Self::Member(g, u) => guilds::member(world, g, u),
            Self::ActiveThreads(g) => threads::active(world, g),
            Self::Channel(c) => channels::get(world, c),
            Self::EditChannel(c) => channels::edit(world, call, c),
            Self::DeleteChannel(c) => channels::delete(world, c),
            Self::Messages(c) => messages::list(world, call, c),
            Self::CreateMessage(c) => messages::create(world, call, c),
            Self::Message(c, m) => messages::get(world, c, m),
            Self::EditMessage(c, m) => messages::edit(world, call, c, m),
            Self::DeleteMessage(c, m) => messages::delete(world, c, m),
            Self::BulkDelete(c) => messages::bulk_delete(world, call, c),
            Self::ThreadFromMessage(c, m) => threads::from_message(world, call, c, m),
            Self::CreateThread(c) => threads::create(world, call, c),
            Self::ArchivedThreads(c) => threads::archived(world, call, c),
            Self::ThreadMembers(c) => threads::members(world, c),
            Self::AddThreadMember(c, u) => threads::add_member(world, c, u),
            Self::RemoveThreadMember(c, u) => threads::remove_member(world, c, u),
            Self::Typing(c) => channels::typing(world, c),
            Self::AddReaction(c, m, e) => reactions::add(world, c, m, &e),
            Self::RemoveReaction(c, m, e, u) => reactions::remove(world, c, m, &e, u),
            Self::Reactions(c, m, e) => reactions::list(world, c, m, &e),
            Self::Pins(c, old) => reactions::pins(world, c, old),
            Self::Pin(c, m) => reactions::pin(world, c, m, true),
            Self::Unpin(c, m) => reactions::pin(world, c, m, false),
            Self::Commands(a, g) => commands::list(world, a, g),
            Self::SetCommands(a, g) => commands::set(world, call, a, g),
            Self::CreateCommand(a, g) => commands::create(world, call, a, g),
            Self::DeleteCommand(a, g, c) => commands::delete(world, a, g, c),
            Self::Callback(i, token) => interactions::callback(world, call, i, &token),
            Self::Followup(a, token) => interactions::follow_up(world, call, a, &token),
            Self::Answer(a, token, m) => interactions::get(world, a, &token, m),
            Self::EditAnswer(a, token, m) => interactions::edit(world, call, a, &token, m),
            Self::DeleteAnswer(a, token, m) => interactions::delete(world, a, &token, m),
        }
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
