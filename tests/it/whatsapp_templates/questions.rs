//! Questions with buttons.

use super::*;

fn question(text: &str, options: &[(&str, &str)]) -> Content {
    let options = options.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect();
    Content::Question { text: Markup::plain(text), options }
}

#[tokio::test]
async fn a_question_is_answered_with_a_tap() {
    let desk = Desk::open().await;
    let said = desk.meta.says(desk.ana, &desk.number, "hi");
    let asked = question("How was it?", &[("rate:12:5", "Great 👍"), ("rate:12:3", "So so"), ("rate:12:1", "Bad")]);
    assert!(matches!(desk.send(1, asked, Some(&said)).await, Outcome::Done(_)));
    let shown = desk.last().await;
    assert_eq!((shown.kind.as_str(), shown.text.as_str()), ("interactive", "How was it?"));
    assert_eq!(shown.quotes.as_ref(), Some(&said));
    let buttons: Vec<(&str, &str)> = shown.buttons.iter().map(|b| (b.id.as_str(), b.title.as_str())).collect();
    assert_eq!(buttons, [("rate:12:5", "Great 👍"), ("rate:12:3", "So so"), ("rate:12:1", "Bad")]);
    desk.events().await;
    assert!(desk.meta.taps(desk.ana, &shown.id, "rate:12:3").is_some());
    assert_eq!(desk.picked().await, ("rate:12:3".to_owned(), "So so".to_owned()));
    assert!(desk.meta.taps(desk.ana, &shown.id, "rate:12:2").is_none(), "there is no such button");
    desk.assert_in_order();
}

#[tokio::test]
async fn a_question_needs_an_open_window() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.forward(DAY_MS);
    desk.events().await;
    let Outcome::Done(receipt) = desk.send(1, question("How was it?", &[("a", "Fine")]), None).await else { panic!() };
    let events = desk.events().await;
    let [Event::Status(status)] = events.as_slice() else { panic!("{events:?}") };
    assert!(matches!(&status.state, Delivered::Failed(failure) if failure.code == 131_047));
    assert!(desk.meta.taps(desk.ana, &receipt.remote[0], "a").is_none(), "it is not on the phone");
    desk.assert_in_order();
}

#[tokio::test]
async fn what_whatsapp_would_not_take_is_refused_in_words() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    let long = "x".repeat(1025);
    let id = "x".repeat(257);
    let cases: [(Content, &str); 9] = [
        (question(" ", &[("a", "A")]), "There is no question to send."),
        (
            question(&long, &[("a", "A")]),
            "The question has 1025 characters; WhatsApp takes at most 1024 above buttons.",
        ),
        (question("?", &[]), "The question has no buttons."),
        (
            question("?", &[("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")]),
            "The question has 4 buttons; WhatsApp takes at most 3.",
        ),
        (question("?", &[("a", " ")]), "A button of the question has no label."),
        (
            question("?", &[("a", "A label of 21 letters")]),
            "The button \"A label of 21 letters\" has 21 characters; WhatsApp takes at most 20 on a button.",
        ),
        (question("?", &[(&id, "A")]), "The button \"A\" has no id that WhatsApp takes."),
        (question("?", &[("a", "A"), ("b", "A")]), "The button \"A\" is there twice."),
        (question("?", &[("a", "A"), ("a", "B")]), "The button \"B\" is there twice."),
    ];
    for (outbox, (content, says)) in (1..).zip(cases) {
        assert_eq!(refused(&desk.send(outbox, content, None).await).1, says);
    }
    let full = "y".repeat(1024);
    let id = "x".repeat(256);
    let widest = question(&full, &[(&id, "A label of 20 letter"), ("b", "B"), ("c", "C")]);
    assert!(matches!(desk.send(99, widest, None).await, Outcome::Done(_)));
    assert_eq!(desk.meta.accepted().len(), 1, "nothing else was asked of WhatsApp");
    desk.assert_in_order();
}

#[tokio::test]
async fn a_row_of_a_list_has_its_id() {
    let desk = Desk::open().await;
    let of = desk.meta.says(desk.ana, &desk.number, "hi");
    let (id, title) = ("slot:9".to_owned(), "Nine o'clock".to_owned());
    let row = meta::Content::ListReply { of, id, title, description: Some("Monday".to_owned()) };
    desk.meta.sends(desk.ana, &desk.number, row);
    assert_eq!(desk.picked().await, ("slot:9".to_owned(), "Nine o'clock".to_owned()));
    desk.assert_in_order();
}
