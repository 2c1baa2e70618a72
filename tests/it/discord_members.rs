//! The people of the guild reach the inbox: all of them at the begin of a session, then each change.

use std::time::Duration;

use baton::discord::Settings;
use baton::domain::event::{Event, Member};
use baton::domain::ids::{ChannelRef, UserRef};
use baton::playground::discord::{Discord, Drop as Outage, Options};
use baton::playground::wire::{Fault, Misbehaviour};
use serde_json::json;

use super::discord_gateway::Ears;
use super::discord_perform::Team;

const LOCAL: std::net::SocketAddr = std::net::SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A bot that is to know everybody; it does not listen yet.
async fn ears(options: Options) -> Ears {
    let discord = Discord::start(LOCAL, options).await.expect("a free port");
    Ears::of(Team::with(discord, |settings| Settings { server_members: true, ..settings }))
}

impl Ears {
    /// What was told of people, in order.
    fn told(&self) -> Vec<Event> {
        let of_people = |e: &Event| matches!(e, Event::Members { .. } | Event::MemberLeft { .. });
        self.inbox.events().into_iter().filter(of_people).collect()
    }

    async fn told_of(&self, count: usize) -> Vec<Event> {
        self.until("what is told of people", || self.told().len() >= count).await;
        let told = self.told();
        assert_eq!(told.len(), count, "{told:?}");
        told
    }
}

fn member(user: u64, name: &str, roles: &[u64]) -> Member {
    Member { user: UserRef(user.to_string()), name: name.to_owned(), roles: roles.iter().map(u64::to_string).collect() }
}

fn slow_list(ms: u64, times: u32) -> Fault {
    Fault { method: Some("GET".to_owned()), path: "/members".to_owned(), times, then: Misbehaviour::Delay { ms } }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_told_of_and_then_each_change() {
    let mut ears = ears(Options::default()).await;
    let (discord, ana, role) = (ears.discord().clone(), ears.team.ana, ears.team.role);
    let ben = discord.add_user("Ben", &[]);
    discord.set_nick(ben, Some("Benny"));
    ears.listen().await;
    let all = vec![member(ana, "Ana", &[role]), member(ben, "Benny", &[])];
    assert_eq!(ears.told_of(1).await, [Event::Members { members: all, all: true }], "the bot is not among them");

    let chris = discord.add_user("Chris", &[]);
    discord.set_roles(chris, &[role]);
    discord.set_nick(ben, None);
    discord.remove_user(ana);
    let one = |m: Member| Event::Members { members: vec![m], all: false };
    let expected = [
        one(member(chris, "Chris", &[])),
        one(member(chris, "Chris", &[role])),
        one(member(ben, "Ben", &[])),
        Event::MemberLeft { user: UserRef(ana.to_string()) },
    ];
    assert_eq!(ears.told_of(5).await[1..], expected);

    // A role that is deleted is taken from everybody without a word about each.
    discord.remove_role(role);
    let all = vec![member(ben, "Ben", &[]), member(chris, "Chris", &[])];
    assert_eq!(ears.told_of(6).await[5], Event::Members { members: all, all: true });
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_guild_is_listed_in_pages() {
    let mut ears = ears(Options { rate_limits: true, ..Options::default() }).await;
    let users: Vec<u64> = (0..2400).map(|n| ears.discord().add_user(&format!("user {n}"), &[])).collect();
    ears.listen().await;
    let told = ears.told_of(1).await;
    let [Event::Members { members, all: true }] = told.as_slice() else { panic!("{}", told.len()) };
    let listed: Vec<u64> = members.iter().map(|m| m.user.as_str().parse().unwrap()).collect();
    assert_eq!(listed[1..], users);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_session_lists_everybody_again() {
    let mut ears = ears(Options::default()).await;
    ears.listen().await;
    let first = ears.told_of(1).await;
    ears.discord().drop_gateway(Outage::InvalidSession);
    assert_eq!(ears.told_of(2).await[1], first[0], "unchanged, and told all the same");
    // A session that goes on has missed nothing.
    ears.discord().drop_gateway(Outage::Abort);
    ears.discord().set_roles(ears.team.ana, &[]);
    let last = Event::Members { members: vec![member(ears.team.ana, "Ana", &[])], all: false };
    assert_eq!(ears.told_of(3).await[2], last);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_never_comes_before_a_list_that_was_begun_earlier() {
    let mut ears = ears(Options::default()).await;
    let (ana, role) = (ears.team.ana, ears.team.role);
    ears.listen().await;
    ears.told_of(1).await;
    ears.discord().wire().misbehave(slow_list(600, 1));
    ears.discord().drop_gateway(Outage::InvalidSession);
    ears.until("a new session", || ears.discord().identifies_and_resumes().0 == 2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    ears.discord().set_roles(ana, &[]);
    ears.discord().set_roles(ana, &[role]);
    let told = ears.told_of(4).await;
    assert!(matches!(told[1], Event::Members { all: true, .. }), "{told:?}");
    let one = |roles: &[u64]| Event::Members { members: vec![member(ana, "Ana", roles)], all: false };
    assert_eq!(told[2..], [one(&[]), one(&[role])]);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_do_not_wait_for_a_list_that_cannot_be_had() {
    let mut ears = ears(Options::default()).await;
    let refused = Misbehaviour::Answer {
        status: 403,
        headers: vec![],
        body: json!({ "message": "Missing Access", "code": 50001 }),
    };
    ears.discord().wire().misbehave(Fault { then: refused, ..slow_list(0, 0) });
    ears.listen().await;
    ears.discord().set_roles(ears.team.ana, &[]);
    let told = ears.told_of(1).await;
    assert_eq!(told, [Event::Members { members: vec![member(ears.team.ana, "Ana", &[])], all: false }]);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_cannot_be_read_is_made_good_by_the_list() {
    let mut ears = ears(Options::default()).await;
    ears.listen().await;
    ears.told_of(1).await;
    ears.discord().garble_next("GUILD_MEMBER_UPDATE");
    ears.discord().set_nick(ears.team.ana, Some("Anita"));
    let told = ears.told_of(2).await;
    let Event::Members { members, .. } = &told[1] else { panic!("{told:?}") };
    assert_eq!(members[0].name, "Anita");
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_for_unless_it_is_wanted() {
    let team = Team::start(Options { server_members: false, ..Options::default() }).await;
    let mut ears = Ears::of(team);
    ears.listen().await;
    ears.discord().set_roles(ears.team.ana, &[]);
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(ears.told(), []);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_intent_is_named() {
    let mut ears = ears(Options { server_members: false, ..Options::default() }).await;
    let found = ears.team.bot.check(&[ChannelRef(ears.team.channel.to_string())]).await;
    let wrong: Vec<&str> = found.iter().filter(|f| !f.ok).map(|f| f.text.as_str()).collect();
    assert_eq!(
        wrong,
        ["The Server Members intent is off: switch it on under Bot in the developer portal, or set \
          discord.server_members = false."]
    );
    ears.connect();
    ears.until("a refusal", || ears.team.bot.health().fault().contains("4014")).await;
    assert!(ears.team.bot.health().fault().contains("SERVER MEMBERS"), "{:?}", ears.team.bot.health());
    ears.stop().await;
}
