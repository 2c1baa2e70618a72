//! The colours of a picture. Those of the parts differ in lightness as well as in hue, so that people who are colour-blind,
//! and paper, tell them apart.

use crate::domain::chart::Tone;

/// Red, green, blue.
pub(super) type Colour = (u8, u8, u8);

/// What a picture is painted with.
pub(super) struct Palette {
    /// The card.
    pub(super) card: Colour,
    /// Its edge.
    pub(super) edge: Colour,
    /// What is read first.
    pub(super) text: Colour,
    /// What is read beside it.
    pub(super) faint: Colour,
    /// Lines of a scale, and the room a bar may fill.
    pub(super) track: Colour,
    /// The mark of a limit.
    pub(super) limit: Colour,
    calm: Colour,
    watch: Colour,
    alarm: Colour,
    other: Colour,
}

/// For chats, most of which are dark.
pub(super) const DARK: Palette = Palette {
    card: (0x23, 0x27, 0x30),
    edge: (0x3d, 0x44, 0x52),
    text: (0xf2, 0xf4, 0xf8),
    faint: (0xa9, 0xb1, 0xc0),
    track: (0x36, 0x3c, 0x49),
    limit: (0xd5, 0xda, 0xe4),
    calm: (0x5a, 0xa2, 0xd8),
    watch: (0xf2, 0xc1, 0x4e),
    alarm: (0xe0, 0x5d, 0x44),
    other: (0xb0, 0x8a, 0xd6),
};

/// For files, which are read on white and printed.
pub(super) const LIGHT: Palette = Palette {
    card: (0xff, 0xff, 0xff),
    edge: (0xd8, 0xdc, 0xe4),
    text: (0x1c, 0x21, 0x2b),
    faint: (0x5b, 0x64, 0x74),
    track: (0xe8, 0xeb, 0xf0),
    limit: (0x3d, 0x44, 0x52),
    calm: (0x2b, 0x7b, 0xba),
    watch: (0xe8, 0xa8, 0x1c),
    alarm: (0xc4, 0x3c, 0x22),
    other: (0x8a, 0x5c, 0xb8),
};

impl Palette {
    pub(super) fn of(&self, tone: Tone) -> Colour {
        match tone {
            Tone::Calm => self.calm,
            Tone::Watch => self.watch,
            Tone::Alarm => self.alarm,
            Tone::Other => self.other,
        }
    }
}
