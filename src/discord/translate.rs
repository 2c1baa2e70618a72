//! Stored happenings into events.

use super::item::{Attached, Body, Interaction, Member as Membership, Message, ThreadState, User, snowflake_time};
use super::markup::{self, Mentioned};
use super::refs::{FileRef, interaction_ref};
use crate::domain::content::{File, MediaKind};
use crate::domain::event::{Button, Event, FromMember, Member, MemberDid, ThreadChange};
use crate::domain::ids::{ChannelRef, MediaId, PostRef, ThreadRef, Time, UserRef};
use crate::domain::markup::{Block, Inline};
use crate::port::Translate;

/// Translates what the gateway and the backfill stored.
#[derive(Debug, Clone, Copy, Default)]
pub struct Translator;

impl Translate for Translator {
    fn translate(&self, body: &str) -> Result<Vec<Event>, String> {
        let body: Body = serde_json::from_str(body).map_err(|e| format!("not a stored Discord event: {e}"))?;
        Ok(event(body).into_iter().collect())
    }
}

fn event(body: Body) -> Option<Event> {
    let (member, at, did) = match body {
        Body::MessageCreate(message) => said(message)?,
        Body::MessageUpdate(message) => edited(message)?,
        Body::MessageDelete(gone) => {
            let did = MemberDid::Deleted { thread: ThreadRef(gone.channel_id), post: PostRef(gone.id) };
            (Member::default(), Time(gone.at), did)
        }
        Body::MessageReaction(reaction) => {
            let member = member(&User { id: reaction.user_id, ..User::default() }, reaction.member.as_ref());
            let did = MemberDid::Reacted {
                thread: ThreadRef(reaction.channel_id),
                post: PostRef(reaction.message_id),
                emoji: reaction.emoji,
                added: reaction.added,
            };
            (member, Time(reaction.at), did)
        }
        Body::TypingStart(typing) => {
            let member = member(&User { id: typing.user_id, ..User::default() }, typing.member.as_ref());
            (member, Time::from_secs(typing.timestamp), MemberDid::Typing { thread: ThreadRef(typing.channel_id) })
        }
        Body::Component(click) => {
            let button = Button::decode(&click.text)?;
            let did = MemberDid::Clicked { interaction: interaction_ref(&click), button };
            (member(&click.user, click.member.as_ref()), snowflake_time(&click.id), did)
        }
        Body::Command(command) => commanded(command),
        Body::Thread(thread) => {
            let change = match thread.state {
                ThreadState::Gone => ThreadChange::Deleted,
                ThreadState::ChannelGone => ThreadChange::ChannelDeleted,
                ThreadState::Shut { archived, locked } => ThreadChange::Shut { archived, locked },
            };
            return Some(Event::Thread { thread: ThreadRef(thread.id), change });
        }
        Body::Members(told) => {
            let known = |m: &Membership| m.user.as_ref().map(|user| member(user, Some(m)));
            return Some(Event::Members { members: told.members.iter().filter_map(known).collect(), all: told.all });
        }
        Body::MemberLeft(left) => return Some(Event::MemberLeft { user: UserRef(left.user_id) }),
    };
    Some(Event::Member(FromMember { member, at, did }))
}

type Deed = (Member, Time, MemberDid);

fn said(mut message: Message) -> Option<Deed> {
    if !message.is_of_person() {
        return None;
    }
    // A forwarded post has nothing of its own; what it shows stands beside it.
    if message.content.is_empty() && message.attachments.is_empty() {
        for snapshot in std::mem::take(&mut message.message_snapshots) {
            message.content.push_str(&snapshot.content);
            message.attachments.extend(snapshot.attachments);
        }
    }
    let mut text = markup::parse(&message.content, &mentioned(&message.mentions));
    let mut files: Vec<File> = message.attachments.iter().map(|file| attached(&message, file)).collect();
    for sticker in &message.sticker_items {
        let (extension, mime) = match sticker.format_type {
            1 | 2 => ("png", "image/png"),
            4 => ("gif", "image/gif"),
            _ => {
                text.0.push(Block::Line(vec![Inline::Text(format!(":{}:", sticker.name))]));
                continue;
            }
        };
        files.push(File {
            id: MediaId(0),
            kind: MediaKind::Image,
            mime: mime.to_owned(),
            name: format!("{}.{extension}", sticker.name),
            remote: FileRef::plain(format!("https://media.discordapp.net/stickers/{}.{extension}", sticker.id))
                .encode(),
            sha256: String::new(),
            size: 0,
        });
    }
    let reply_to = message.message_reference.as_ref().filter(|_| message.kind == 19).map(|r| &r.message_id);
    let did = MemberDid::Said {
        thread: ThreadRef(message.channel_id.clone()),
        post: PostRef(message.id.clone()),
        text,
        raw: message.content.clone(),
        files,
        reply_to: reply_to.filter(|id| !id.is_empty()).map(|id| PostRef(id.clone())),
    };
    Some((member(&message.author, message.member.as_ref()), snowflake_time(&message.id), did))
}

fn edited(message: Message) -> Option<Deed> {
    if !message.is_of_person() {
        return None;
    }
    let (_, at) = message.edited()?;
    let text = markup::parse(&message.content, &mentioned(&message.mentions));
    let member = member(&message.author, message.member.as_ref());
    let (thread, post) = (ThreadRef(message.channel_id), PostRef(message.id));
    Some((member, at, MemberDid::Edited { thread, post, text, raw: message.content }))
}

fn commanded(command: Interaction) -> Deed {
    let did = MemberDid::Commanded {
        interaction: interaction_ref(&command),
        channel: ChannelRef(command.channel_id.clone()),
        text: plain_mentions(&command.text),
    };
    (member(&command.user, command.member.as_ref()), snowflake_time(&command.id), did)
}

/// `<@123>` and `<@!123>` as `@123`, the way the grammar takes a person.
fn plain_mentions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<@") {
        let after = rest[start + 2..].trim_start_matches('!');
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        out.push_str(&rest[..start]);
        if digits > 0 && after[digits..].starts_with('>') {
            out.push('@');
            out.push_str(&after[..digits]);
            rest = &after[digits + 1..];
        } else {
            out.push_str("<@");
            rest = &rest[start + 2..];
        }
    }
    out.push_str(rest);
    out
}

fn mentioned(users: &[User]) -> Vec<Mentioned> {
    users.iter().map(|user| Mentioned { id: user.id.clone(), name: name(user, None) }).collect()
}

fn name(user: &User, member: Option<&Membership>) -> String {
    let nick = member.and_then(|m| m.nick.clone());
    nick.or_else(|| user.global_name.clone()).filter(|n| !n.is_empty()).unwrap_or_else(|| user.username.clone())
}

fn member(user: &User, membership: Option<&Membership>) -> Member {
    // Reactions and typing carry the person inside the membership.
    let known = membership.and_then(|m| m.user.as_ref()).filter(|u| u.id == user.id).unwrap_or(user);
    Member {
        user: UserRef(user.id.clone()),
        name: name(known, membership),
        roles: membership.map(|m| m.roles.clone()).unwrap_or_default(),
    }
}

fn attached(message: &Message, file: &Attached) -> File {
    let mime = file.content_type.as_deref().and_then(|m| m.split(';').next()).unwrap_or_default();
    let mime = mime.trim().to_ascii_lowercase();
    let kind = match mime.split('/').next().unwrap_or_default() {
        "audio" if file.waveform.is_some() => MediaKind::Voice,
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::Document,
    };
    let remote = FileRef {
        channel: message.channel_id.clone(),
        message: message.id.clone(),
        attachment: file.id.clone(),
        url: file.url.clone(),
    };
    File {
        id: MediaId(0),
        kind,
        mime: if mime.is_empty() { "application/octet-stream".to_owned() } else { mime },
        name: file.filename.clone(),
        remote: remote.encode(),
        sha256: String::new(),
        size: file.size,
    }
}
