//! Makes the files that an effect brings, where it is performed: pictures take their time, and neither a transaction nor the
//! loop of delivery waits for them.

use crate::chart;
use crate::domain::reply::Enclosed;
use crate::port::{Attachment, Call, Job};

/// Adds what is enclosed to the call of a job. What cannot be made is left out: the text beside it says the same.
pub(super) async fn enclose(job: &mut Job, enclosed: Vec<Enclosed>) {
    let (Call::Post { files, .. } | Call::Answer { files, .. }) = &mut job.call else { return };
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
