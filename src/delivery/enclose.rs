//! Makes the files that an effect brings, where it is performed: pictures take their time, and neither a transaction nor the
//! loop of delivery waits for them.

use crate::chart;
use crate::domain::reply::Enclosed;
use crate::port::{Attachment, Call, Job};

/// Makes what the post or reply of a job encloses. What cannot be made is left out: the text beside it says the same.
pub(super) async fn enclose(job: &mut Job) {
    let (enclosed, files) = match &mut job.call {
        Call::Post { post, files, .. } => (&mut post.files, files),
        Call::Answer { reply, files, .. } => (&mut reply.files, files),
        _ => return,
    };
    let enclosed = std::mem::take(enclosed);
    if enclosed.is_empty() {
        return;
    }
    let made = tokio::task::spawn_blocking(move || enclosed.into_iter().filter_map(made).collect::<Vec<_>>()).await;
    match made {
        Ok(made) => files.extend(made),
        Err(error) => tracing::error!(%error, "Files could not be made: {error}"),
    }
}

fn made(enclosed: Enclosed) -> Option<Attachment> {
    match enclosed {
        Enclosed::Text { name, text } => Some(Attachment::made(name, "text/plain; charset=utf-8", text.into_bytes())),
        Enclosed::Picture { name, chart, alt } => match chart::png(&chart) {
            Ok(bytes) => Some(Attachment { alt, ..Attachment::made(name, "image/png", bytes) }),
            Err(error) => {
                tracing::error!(%error, "{name} was left out: {error}");
                None
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card::Post;
    use crate::domain::chart::{Bars, Chart, Figure};
    use crate::domain::ids::{ChannelRef, OutboxId, Time};
    use crate::port::{Place, Source};

    // story: VI-05
    #[tokio::test]
    async fn what_a_post_encloses_is_made_for_it() {
        let empty = "Nothing happened.".to_owned();
        let figure = Figure::Bars(Bars { parts: Vec::new(), limit: String::new(), groups: Vec::new() });
        let chart = Chart { title: "The day".to_owned(), subtitle: String::new(), empty, figure };
        let post = Post::line("The day in figures")
            .enclosing(Enclosed::Picture { name: "day.png".to_owned(), chart, alt: "Nothing happened.".to_owned() })
            .enclosing(Enclosed::Text { name: "day.csv".to_owned(), text: "a,b".to_owned() });
        // It travels in the outbox.
        let post: Post = serde_json::from_str(&serde_json::to_string(&post).unwrap()).unwrap();
        let channel = ChannelRef("7".to_owned());
        let call = Call::Post { place: Place { channel, thread: None }, post, reply_to: None, files: Vec::new() };
        let mut job = Job { outbox: OutboxId(1), attempt: 1, first_tried: Time(1), now: Time(1), call };
        enclose(&mut job).await;
        let Call::Post { files, .. } = job.call else { panic!("another call") };
        let told: Vec<_> = files.iter().map(|f| (f.name.as_str(), f.mime.as_str(), f.alt.as_str())).collect();
        assert_eq!(told, [("day.png", "image/png", "Nothing happened."), ("day.csv", "text/plain; charset=utf-8", "")]);
        let Source::Made(png) = &files[0].source else { panic!("not made") };
        assert!(png.starts_with(b"\x89PNG") && files[0].size == png.len() as u64);
    }
}
