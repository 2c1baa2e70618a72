//! What everybody sees of slips: one message for each conversation, which goes on with it, and one list when there are many.

use serde_json::json;

use super::teams::MANUAL;
use crate::faults::{answer, once};
use crate::world::{LEAD, Setting, World, member};
use crate::{on_both, on_discord};

/// Ana answers, Lea leads, and billing hears of what is late for long.
const ALARMS: Setting = Setting {
    support: "leads = [\"lea\"]",
    agents: &[member("ana", "support"), member("lea", "support").with(LEAD)],
    rest: r##"
[ownership]
pass_on = false
[alarms]
storm_threshold = 3
[[alarms.steps]]
on = "assign"
at = "100%"
tell = ["lead"]
[[alarms.steps]]
on = "response"
at = "80%"
tell = ["owner"]
[[alarms.steps]]
on = "response"
at = "100%"
tell = ["owner", "lead"]
[[alarms.steps]]
on = "response"
at = "100%+5m"
tell = ["#{billing}"]
"##,
    ..MANUAL
};

/// What stands in a channel about slips.
fn alarms(w: &World, channel: u64) -> Vec<String> {
    let about = |text: &String| text.contains(['🚨', '✅']);
    w.texts(channel).into_iter().filter(about).collect()
}

on_both! {
    // story: SL-06
    async fn one_message_goes_on_with_a_conversation(w, ALARMS) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Is the blue bike still there?");
        w.quiet().await;
        let thread = w.thread();
        w.forward(5);
        w.quiet().await;
        assert_eq!(alarms(&w, w.support).len(), 1);
        insta::assert_snapshot!("nobody", w.day());
        let message = w.posts(w.support).into_iter().find(|post| post.content.starts_with('🚨')).unwrap();
        assert!(w.press(w.ana, &message, "Claim").await.contains("yours"));
        assert!(alarms(&w, w.support)[0].contains("Ana took it after 5 min."), "{:?}", alarms(&w, w.support));
        // A step for the owner alone is no matter for the channel.
        w.forward(7);
        w.quiet().await;
        assert!(alarms(&w, w.support)[0].starts_with('✅'));
        w.forward(4);
        w.quiet().await;
        let shown = alarms(&w, w.support);
        assert_eq!(shown.len(), 2, "what begins anew gets a message of its own: {shown:#?}");
        assert!(shown[1].contains("The answer was due") && shown[1].contains("Owner: Ana"), "{shown:#?}");
        assert_eq!(alarms(&w, w.billing).len(), 0);
        w.forward(5);
        w.says(maria, "Hello?");
        w.quiet().await;
        assert_eq!(alarms(&w, w.billing).len(), 1, "another channel hears of it later");
        assert!(alarms(&w, w.support)[1].contains("wrote again once"));
        // Somebody deletes it: it is made anew with what comes next.
        let late = w.posts(w.support).into_iter().rfind(|post| post.content.starts_with('🚨')).unwrap();
        w.chat.delete(w.support, late.id).unwrap();
        w.restart().await;
        w.write(w.ana, thread, "Yes, it is.");
        w.assert_quiet().await;
        for channel in [w.support, w.billing] {
            let last = alarms(&w, channel).pop().unwrap();
            assert!(last.starts_with('✅') && last.contains("Ana answered, 6 min late."), "{last}");
        }
        assert_eq!(alarms(&w, w.support).len(), 2);
        // What comes now is another matter.
        w.says(maria, "And the red one?");
        w.quiet().await;
        w.forward(16);
        w.quiet().await;
        assert_eq!(alarms(&w, w.support).len(), 3);
        w.command(w.ana, thread, "close", json!({})).await;
        w.assert_quiet().await;
        assert!(alarms(&w, w.support)[2].contains("No answer was needed any more"), "{:?}", alarms(&w, w.support));
        insta::assert_snapshot!("goes_on", w.day());
    }
}

on_both! {
    // story: SL-06
    async fn too_many_stand_in_one_list(w, ALARMS) {
        w.met().await;
        let names = ["Maria", "Noor", "Jun", "Olu", "Eva", "Tom"];
        let customers: Vec<_> = names.iter().map(|name| w.customer(name)).collect();
        for customer in &customers {
            w.says(*customer, "Hello");
        }
        w.quiet().await;
        w.forward(5);
        w.quiet().await;
        let shown = alarms(&w, w.support);
        assert_eq!(shown.len(), 4, "three by themselves, then a list: {shown:#?}");
        let list = shown.iter().find(|text| text.contains("3 more customers wait longer than promised")).unwrap();
        let alone = |name: &&&str| shown.iter().any(|text| text.contains(*name) && text.contains("Nobody has taken it"));
        assert!(names.iter().all(|name| list.contains(name) != alone(&name)), "{shown:#?}");
        let called = |name: &str| {
            let thread = w.threads().into_iter().find(|t| t.name.contains(name)).unwrap().id;
            w.posts(thread).iter().filter(|post| post.pings.contains(&w.lea)).count()
        };
        assert_eq!(names.iter().map(|name| called(name)).sum::<usize>(), 3, "no call for each of the others");
        // The list goes on with them.
        for _ in 0..6 {
            let card = w.cards().into_iter().find(|card| card.button("Claim").is_some()).unwrap();
            w.press(w.ana, &card, "Claim").await;
        }
        w.quiet().await;
        let shown = alarms(&w, w.support);
        assert!(shown.iter().all(|text| text.contains('✅')), "{shown:#?}");
        insta::assert_snapshot!("list", shown.iter().find(|text| text.contains("nobody of those listed here waits")).unwrap());
        // The next time it is another list.
        w.forward(11);
        w.quiet().await;
        let shown = alarms(&w, w.support);
        let lists = |sign: char| shown.iter().filter(|t| t.contains(sign) && t.contains("support")).count();
        assert_eq!((lists('✅'), lists('🚨')), (1, 1), "{shown:#?}");
        w.assert_quiet().await;
    }
}

/// Lea hears of slips directly.
pub(super) const DIRECT: Setting = Setting {
    support: "leads = [\"lea\"]",
    agents: &[member("ana", "support"), member("lea", "support").with(LEAD)],
    rest: r#"
[ownership]
pass_on = false
[[alarms.steps]]
on = "response"
at = "80%"
tell = ["lead"]
direct = true
[[alarms.steps]]
on = "response"
at = "100%"
tell = ["lead"]
direct = true
"#,
    ..MANUAL
};

// A channel between two, and how it is refused, are Discord's.
on_discord! {
    // story: SL-06
    async fn somebody_is_told_directly(w, DIRECT) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Is the blue bike still there?");
        w.quiet().await;
        let thread = w.thread();
        w.forward(12);
        w.quiet().await;
        let with_lea = w.discord.channels().into_iter().find(|channel| channel.recipient == Some(w.lea)).unwrap().id;
        let told = w.texts(with_lea);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("#1 Maria: ⏳ The answer is due in") && told[0].contains(&thread.to_string()), "{told:?}");
        let calls = |w: &World| w.posts(thread).iter().filter(|post| post.pings.contains(&w.lea)).count();
        assert_eq!(calls(&w), 0, "no call in the thread as well");
        // Whoever takes no direct messages is called there.
        once(w.discord.wire(), "POST", "/users/@me/channels", 1, answer(403, &[], json!({ "code": 50007, "message": "no" })));
        w.forward(4);
        w.assert_quiet().await;
        assert_eq!((w.texts(with_lea).len(), calls(&w)), (1, 1));
    }
}
