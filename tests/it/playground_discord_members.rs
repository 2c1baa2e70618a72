//! The stand-in's members, through the real serenity.

use baton::playground::discord::{Options, Say};
use serde_json::json;
use serenity::all::{Event, GatewayIntents, GuildId};

use super::playground_discord::{Guild, refused};

#[tokio::test]
async fn members_are_listed_in_pages() {
    let guild = Guild::start(Options::default()).await;
    let id = GuildId::new(guild.discord.guild_id());
    let mut users = vec![guild.discord.bot_user_id(), guild.ana];
    users.extend((0..5).map(|n| guild.discord.add_user(&format!("user {n}"), &[])));
    guild.discord.remove_user(users.remove(3));
    let page = async |limit, after| -> Vec<u64> {
        let page = guild.http.get_guild_members(id, Some(limit), after).await.expect("listed");
        page.iter().map(|m| m.user.id.get()).collect()
    };
    assert_eq!(page(1000, None).await, users);
    assert_eq!(page(2, None).await, users[..2]);
    assert_eq!(page(2, Some(users[1])).await, users[2..4]);
    guild.assert_clean();
    let client = reqwest::Client::builder().user_agent("DiscordBot (https://example.org, 1)").build().expect("client");
    for query in ["limit=0", "limit=1001", "limit=ten", "after=x"] {
        let url = format!("{}/api/v10/guilds/{id}/members?{query}", guild.discord.url());
        let auth = format!("Bot {}", guild.discord.token());
        let answer = client.get(url).header("authorization", auth).send().await.expect("answered");
        assert_eq!(answer.status().as_u16(), 400, "{query}");
    }
    assert_eq!(guild.discord.wire().take_violations().len(), 4);
}

#[tokio::test]
async fn without_the_intent_nobody_is_listed() {
    let guild = Guild::start(Options { server_members: false, ..Options::default() }).await;
    let id = GuildId::new(guild.discord.guild_id());
    assert_eq!(refused(guild.http.get_guild_members(id, Some(10), None).await), (403, 50001));
    let flags = guild.http.get_current_application_info().await.expect("application").flags.expect("flags");
    assert_eq!(flags.bits(), 1 << 19);
    // What other requests tell of one member takes no intent.
    assert_eq!(guild.http.get_member(id, guild.ana.into()).await.expect("member").roles.len(), 1);
    guild.assert_clean();
}

#[tokio::test]
async fn changes_of_members_are_told_to_those_who_asked_for_them() {
    let guild = Guild::start(Options::default()).await;
    let mut deaf = guild.connect().await;
    let mut bot = guild.connect_with(GatewayIntents::GUILD_MEMBERS).await;
    let discord = &guild.discord;
    let ben = discord.add_user("Ben", &[]);
    let role = discord.add_role("Lead");
    discord.set_roles(ben, &[role]);
    discord.set_nick(ben, Some("Benny"));
    let came = bot.hear(|e| if let Event::GuildMemberAdd(m) = e { Some(m.member.clone()) } else { None }).await;
    assert_eq!((came.user.id.get(), came.display_name()), (ben, "Ben"));
    let changed = |e: &Event| if let Event::GuildMemberUpdate(m) = e { Some(m.clone()) } else { None };
    assert_eq!(bot.hear(changed).await.roles, [role]);
    assert_eq!(bot.hear(changed).await.nick.as_deref(), Some("Benny"));
    assert_eq!(discord.users().iter().find(|u| u.id == ben).expect("there").name, "Benny");
    discord.say(ben, guild.channel, "hello").expect("said");
    let said = bot.hear(|e| if let Event::MessageCreate(m) = e { Some(m.message.clone()) } else { None }).await;
    assert_eq!(said.member.expect("a member").nick.as_deref(), Some("Benny"));
    discord.remove_role(role);
    let gone = bot.hear(|e| if let Event::GuildRoleDelete(r) = e { Some(r.role_id.get()) } else { None }).await;
    assert_eq!(gone, role);
    discord.remove_user(ben);
    discord.remove_user(ben);
    let left = bot.hear(|e| if let Event::GuildMemberRemove(m) = e { Some(m.user.id.get()) } else { None }).await;
    assert_eq!(left, ben);

    discord.say(guild.ana, guild.channel, "the end").expect("said");
    let of_members = |e: &Event| match e {
        Event::GuildMemberAdd(_) | Event::GuildMemberUpdate(_) | Event::GuildMemberRemove(_) => Some("a member"),
        Event::MessageCreate(m) if m.message.content == "the end" => Some("the end"),
        _ => None,
    };
    assert_eq!(deaf.hear(of_members).await, "the end");
    assert_eq!(bot.hear(of_members).await, "the end");
    guild.assert_clean();
}

#[tokio::test]
async fn who_has_left_can_do_nothing_any_more() {
    let guild = Guild::start(Options::default()).await;
    let (discord, channel) = (&guild.discord, guild.channel);
    let ben = discord.add_user("Ben", &[]);
    let said = discord.say(ben, channel, "hello").expect("said");
    let thread = discord.start_thread(ben, channel, None, "side").expect("started");
    let direct = discord.dm(ben);
    discord.remove_user(ben);
    assert!(!discord.thread(thread).expect("there").members.contains(&ben));
    let refusals = [
        discord.say(ben, channel, "still here").map(|_| ()),
        discord.say(ben, direct, Say::from("and here")).map(|_| ()),
        discord.edit(ben, channel, said, "changed"),
        discord.react(ben, channel, said, "👍", true),
        discord.start_thread(ben, channel, Some(said), "another").map(|_| ()),
        discord.archive(ben, thread, true, false),
        discord.rename(ben, thread, "other"),
        discord.click(ben, channel, said, "b").map(|_| ()),
        discord.command(ben, channel, "find", &json!({})).map(|_| ()),
    ];
    assert!(refusals.iter().all(Result::is_err), "{refusals:?}");
    discord.set_roles(ben, &[1]);
    assert_eq!(discord.users().iter().find(|u| u.id == ben).map(|u| (u.member, u.roles.len())), Some((false, 0)));
    assert_eq!(discord.message(channel, said).expect("there").author_name, "Ben");
    guild.assert_clean();
}
