//! Pacing: no limit is run into that the headers foretold, and a 429 nobody foretold is obeyed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use baton::playground::discord::Options;
use baton::playground::wire::{Fault, Misbehaviour};
use baton::port::{Call, Channel, Outcome, Scope};
use futures::future::join_all;
use serde_json::{Value, json};

use super::discord_perform::{Team, line};

fn limited() -> Options {
    Options { rate_limits: true, ..Options::default() }
}

/// Performs a job until it is done, as the delivery loop does.
async fn until_done(team: &Team, call: Call) -> (u32, Outcome) {
    let mut job = team.job(call);
    loop {
        match team.bot.perform(job.clone()).await {
            Outcome::Later { after_ms, .. } => {
                tokio::time::sleep(Duration::from_millis(u64::try_from(after_ms).unwrap())).await;
                job.attempt += 1;
            }
            other => return (job.attempt, other),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_lanes_into_few_channels_never_meet_a_429() {
    let team = Arc::new(Team::start(limited()).await);
    let threads: Vec<u64> = (0..4).map(|n| team.thread(&format!("t{n}"))).collect();
    let work = (0..48).map(|n| {
        let team = team.clone();
        let place = team.in_thread(threads[n % 4]);
        async move {
            let post = Call::Post { place, post: line(&format!("line {n}")), reply_to: None, files: Vec::new() };
            let (attempts, ended) = until_done(&team, post).await;
            assert!(matches!(ended, Outcome::Done(_)), "{ended:?}");
            attempts
        }
    });
    let began = Instant::now();
    let attempts = join_all(work).await;
    assert_eq!(team.discord.rate_limited().bucket, 0);
    assert_eq!(team.discord.rate_limited().global, 0);
    // 12 messages per thread at 5 per 5 s take a little over 10 s; the waits are spread, so nobody asks often.
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    assert!(attempts.iter().max().unwrap() <= &8, "{attempts:?}");
    let said: usize = threads.iter().map(|t| team.discord.message_count(*t)).sum();
    assert_eq!(said, 48 + team.starters(&threads));
    team.assert_clean();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads_at_once_stay_below_fifty_a_second() {
    let team = Arc::new(Team::start(limited()).await);
    let threads: Vec<u64> = (0..90).map(|n| team.thread(&format!("t{n}"))).collect();
    let work = threads.iter().map(|thread| {
        let team = team.clone();
        let place = team.in_thread(*thread);
        async move { until_done(&team, Call::Post { place, post: line("x"), reply_to: None, files: vec![] }).await }
    });
    let began = Instant::now();
    join_all(work).await;
    assert_eq!(team.discord.rate_limited().global, 0);
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_changes_often_without_a_429() {
    let team = Team::start(limited()).await;
    let thread = team.thread("t");
    let post = team.discord.say(team.ana, thread, "hello").unwrap();
    use baton::domain::event::Delivered;
    use baton::port::Mark;
    let marks = [Mark::Waiting, Mark::Accepted, Mark::Came(Delivered::Delivered), Mark::Came(Delivered::Read)];
    for mark in marks {
        let call = Call::MarkPost { place: team.in_thread(thread), post: post.to_string().as_str().into(), mark };
        let (_, ended) = until_done(&team, call).await;
        assert!(matches!(ended, Outcome::Done(_)), "{ended:?}");
        let standing = team.discord.message(thread, post).unwrap().reactions;
        assert_eq!(standing.len(), 1, "{standing:?}");
    }
    assert_eq!(team.discord.message(thread, post).unwrap().reactions[0].emoji, "👀");
    assert_eq!(team.discord.rate_limited().bucket, 0);
    team.assert_clean();
}

async fn answered(status: u16, headers: &[(&str, &str)], body: Value) -> (Outcome, Outcome) {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    team.discord.wire().misbehave(Fault {
        method: Some("POST".to_owned()),
        path: format!("/channels/{thread}/messages"),
        times: 1,
        then: Misbehaviour::Answer { status, headers, body },
    });
    let post = || Call::Post { place: team.in_thread(thread), post: line("x"), reply_to: None, files: vec![] };
    let first = team.bot.perform(team.job(post())).await;
    let place = team.in_channel();
    let elsewhere = Call::Post { place, post: line("y"), reply_to: None, files: vec![] };
    (first, team.bot.perform(team.job(elsewhere)).await)
}

#[tokio::test]
async fn a_429_of_one_bucket_holds_one_lane() {
    let headers = [("x-ratelimit-scope", "user"), ("x-ratelimit-bucket", "b"), ("retry-after", "3")];
    let (first, elsewhere) =
        answered(429, &headers, json!({ "message": "slow", "retry_after": 2.5, "global": false })).await;
    let Outcome::Later { after_ms, scope: Scope::Lane, .. } = first else { panic!("{first:?}") };
    assert!((2_500..3_000).contains(&after_ms), "{after_ms}");
    assert!(matches!(elsewhere, Outcome::Done(_)), "{elsewhere:?}");
}

#[tokio::test]
async fn a_429_without_any_hint_backs_off() {
    let (first, _) = answered(429, &[("x-ratelimit-scope", "user")], json!({ "message": "slow" })).await;
    let Outcome::Later { after_ms, scope: Scope::Lane, .. } = first else { panic!("{first:?}") };
    assert!((1_000..2_000).contains(&after_ms), "{after_ms}");
}

#[tokio::test]
async fn a_global_429_holds_everything() {
    let body = json!({ "message": "slow", "retry_after": 1.2, "global": true });
    let (first, elsewhere) = answered(429, &[("x-ratelimit-global", "true")], body).await;
    assert!(matches!(&first, Outcome::Later { scope: Scope::All(all), .. } if all == "discord"), "{first:?}");
    assert!(matches!(&elsewhere, Outcome::Later { scope: Scope::All(all), .. } if all == "discord"), "{elsewhere:?}");
}

#[tokio::test]
async fn the_edge_in_front_of_discord_holds_everything_by_its_header_or_without() {
    let page = Value::String("<html>error 1015</html>".to_owned());
    let (first, _) = answered(429, &[("retry-after", "7")], page.clone()).await;
    assert!(matches!(&first, Outcome::Later { after_ms: 7_000..8_000, scope: Scope::All(_), .. }), "{first:?}");
    let (first, elsewhere) = answered(429, &[], page).await;
    assert!(matches!(&first, Outcome::Later { after_ms: 1_000..2_000, scope: Scope::All(_), .. }), "{first:?}");
    assert!(matches!(&elsewhere, Outcome::Later { scope: Scope::All(_), .. }), "{elsewhere:?}");
}
