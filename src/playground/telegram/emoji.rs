//! The emoji Telegram takes: icons of topics and reactions.

/// Icons of topics, as `getForumTopicIconStickers` lists them.
pub const ICONS: [&str; 24] = [
    "💬", "❗", "✅", "⏳", "🔥", "👀", "💤", "⭐", "📞", "⁉️", "📰", "💡", "⚡️", "🎙", "🔝", "📣", "🗣", "🆒", "📆",
    "📁", "🔎", "🏁", "🤖", "💰",
];

/// The id by which an icon is named; empty for an emoji that is none.
#[must_use]
pub fn icon_id(emoji: &str) -> String {
    let at = ICONS.iter().position(|icon| *icon == emoji);
    at.map(|at| (5_312_016_608_254_762_256_u64 + 1_013 * at as u64).to_string()).unwrap_or_default()
}

/// The emoji of an icon's id.
pub(super) fn icon(id: &str) -> Option<&'static str> {
    ICONS.into_iter().find(|emoji| icon_id(emoji) == id)
}

/// The colours a topic's icon may have.
pub(super) const COLORS: [u32; 6] = [7_322_096, 16_766_590, 13_338_331, 9_367_192, 16_749_490, 16_478_047];

/// The emoji a bot may react with.
pub const REACTIONS: [&str; 73] = [
    "❤",
    "👍",
    "👎",
    "🔥",
    "🥰",
    "👏",
    "😁",
    "🤔",
    "🤯",
    "😱",
    "🤬",
    "😢",
    "🎉",
    "🤩",
    "🤮",
    "💩",
    "🙏",
    "👌",
    "🕊",
    "🤡",
    "🥱",
    "🥴",
    "😍",
    "🐳",
    "❤\u{200d}🔥",
    "🌚",
    "🌭",
    "💯",
    "🤣",
    "⚡",
    "🍌",
    "🏆",
    "💔",
    "🤨",
    "😐",
    "🍓",
    "🍾",
    "💋",
    "🖕",
    "😈",
    "😴",
    "😭",
    "🤓",
    "👻",
    "👨\u{200d}💻",
    "👀",
    "🎃",
    "🙈",
    "😇",
    "😨",
    "🤝",
    "✍",
    "🤗",
    "🫡",
    "🎅",
    "🎄",
    "☃",
    "💅",
    "🤪",
    "🗿",
    "🆒",
    "💘",
    "🙉",
    "🦄",
    "😘",
    "💊",
    "🙊",
    "😎",
    "👾",
    "🤷\u{200d}♂",
    "🤷",
    "🤷\u{200d}♀",
    "😡",
];
