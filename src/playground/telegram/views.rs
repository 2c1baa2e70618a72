//! What can be seen of the world from outside, for tests and for the live page.

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;

/// A supergroup.
#[derive(Debug, Clone, Serialize)]
pub struct ForumView {
    /// Id.
    pub id: i64,
    /// Title.
    pub title: String,
    /// Whether topics are on.
    pub topics_enabled: bool,
    /// People in it.
    pub members: Vec<i64>,
}

/// A person or a bot.
#[derive(Debug, Clone, Serialize)]
pub struct UserView {
    /// Id.
    pub id: i64,
    /// First name.
    pub name: String,
    /// User name, without `@`.
    pub username: Option<String>,
    /// Whether it is a bot.
    pub bot: bool,
}

/// A topic of a forum; General is none.
#[derive(Debug, Clone, Serialize)]
pub struct TopicView {
    /// Id, the same as that of the message that made it.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Colour of the icon.
    pub icon_color: u32,
    /// Emoji shown as icon, by its id.
    pub icon_custom_emoji_id: Option<String>,
    /// The same as the emoji itself.
    pub icon: Option<String>,
    /// Whether it is closed.
    pub closed: bool,
    /// Whether it has been deleted.
    pub deleted: bool,
}

/// A message as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    /// Id, counted within its chat.
    pub id: i64,
    /// The chat.
    pub chat: i64,
    /// The topic; absent in General and in private chats.
    pub topic: Option<i64>,
    /// Who wrote it.
    pub author: i64,
    /// The author's name; the group's title for anonymous administrators.
    pub author_name: String,
    /// Text or caption.
    pub text: String,
    /// The same with its entities as HTML.
    pub html: String,
    /// Entities as Telegram writes them.
    pub entities: Vec<Value>,
    /// Rows of the inline keyboard.
    pub buttons: Vec<Vec<ButtonView>>,
    /// Files.
    pub attachments: Vec<AttachmentView>,
    /// What is neither text nor file (`location`, `contact`), as Telegram writes it.
    pub other: Option<Value>,
    /// Emoji and who put them.
    pub reactions: Vec<(String, Vec<i64>)>,
    /// The message it answers.
    pub reply_to: Option<i64>,
    /// The part of that message it quotes.
    pub quote: Option<String>,
    /// The album it belongs to.
    pub media_group: Option<String>,
    /// When it was sent, unix seconds.
    pub date: u64,
    /// Whether it was edited.
    pub edited: bool,
    /// Whether it has been deleted.
    pub deleted: bool,
    /// Whether it is pinned.
    pub pinned: bool,
    /// The field of a service message, such as `forum_topic_closed`.
    pub service: Option<String>,
    /// Whether it was sent without a sound.
    pub silent: bool,
}

impl MessageView {
    /// The data of the button with this label.
    #[must_use]
    pub fn button(&self, label: &str) -> Option<&str> {
        self.buttons.iter().flatten().find(|b| b.label == label)?.data.as_deref()
    }

    /// The labels of its buttons, in order.
    #[must_use]
    pub fn labels(&self) -> Vec<&str> {
        self.buttons.iter().flatten().map(|b| b.label.as_str()).collect()
    }
}

/// A button of an inline keyboard.
#[derive(Debug, Clone, Serialize)]
pub struct ButtonView {
    /// What stands on it.
    pub label: String,
    /// What a press sends to the bot.
    pub data: Option<String>,
    /// What a press opens.
    pub url: Option<String>,
}

/// A file of a message.
#[derive(Debug, Clone, Serialize)]
pub struct AttachmentView {
    /// File name.
    pub name: String,
    /// Field of the message: `photo`, `document`, `voice` …
    pub kind: String,
    /// Media type.
    pub mime: String,
    /// Content; not part of the JSON.
    #[serde(skip)]
    pub bytes: Bytes,
}

/// The answer to a press of a button.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CallbackAnswer {
    /// What is shown, empty for nothing.
    pub text: String,
    /// Whether it is shown as an alert.
    pub show_alert: bool,
    /// What is opened.
    pub url: Option<String>,
}

/// A press of a button.
#[derive(Debug, Clone, Serialize)]
pub struct CallbackView {
    /// Id.
    pub id: String,
    /// Who pressed.
    pub user: i64,
    /// The chat of the message.
    pub chat: i64,
    /// The message with the button.
    pub message: i64,
    /// The button's data.
    pub data: String,
    /// How the bot answered, if it did.
    pub answer: Option<CallbackAnswer>,
}
