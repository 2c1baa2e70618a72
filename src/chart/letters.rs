//! Text: the font, how wide a text is, and its dots.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendTextStyle, FontFamily, FontStyle};
use unicode_segmentation::UnicodeSegmentation;

use super::spelling;

/// What a viewer of SVG is asked for.
const FAMILY: &str = "DejaVu Sans Condensed, DejaVu Sans, Verdana, Segoe UI, sans-serif";
/// How high a small letter is, in parts of the size.
const SMALL_LETTER: f32 = 0.547;
/// How many shades an edge has: more are not seen, and pack badly.
const SHADES: f32 = 15.0;
/// The backends take their size for the distance between lines.
const LINE: f64 = 1.24;

static REGULAR: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(include_bytes!("font/DejaVuSansCondensed.ttf")).ok());
static BOLD: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(include_bytes!("font/DejaVuSansCondensed-Bold.ttf")).ok());

/// How thick letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn font(self) -> Option<&'static FontRef<'static>> {
        match self {
            Self::Regular => REGULAR.as_ref(),
            Self::Bold => BOLD.as_ref(),
        }
    }
}

/// Letters of one size.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    pub(super) weight: Weight,
    /// The font's size in dots.
    pub(super) size: f64,
    pub(super) colour: BackendColor,
    pub(super) align: HPos,
}

/// There is no font to draw with.
#[derive(Debug, thiserror::Error)]
#[error("the font cannot be read")]
pub(super) struct NoFont;

impl Letters {
    /// Whether there is a letter for a character.
    pub(super) fn has(self, c: char) -> bool {
        self.weight.font().is_some_and(|font| font.glyph_id(c).0 != 0)
    }

    /// How wide a text of [`spelling::as_seen`] is, in dots. What the font lacks is taken for as wide as it is high.
    pub(super) fn width(self, text: &str) -> f64 {
        let mut end = 0.0;
        self.each(text, |glyph, width| end = glyph.position.x + width);
        f64::from(end)
    }

    /// As much of a text as is not wider than `width` dots, with an ellipsis where it was cut.
    pub(super) fn fitting(self, text: &str, width: f64) -> String {
        if self.width(&spelling::as_seen(text)) <= width {
            return text.to_owned();
        }
        let parts: Vec<&str> = text.graphemes(true).collect();
        let cut = |n: usize| format!("{}…", parts[..n].concat().trim_end());
        let fits = (1..parts.len()).rev().map(cut).find(|cut| self.width(&spelling::as_seen(cut)) <= width);
        fits.unwrap_or_else(|| "…".to_owned())
    }

    /// Goes through the glyphs with their places on the base line and their widths.
    fn each(self, text: &str, mut then: impl FnMut(Glyph, f32)) {
        let Some(font) = self.weight.font() else { return };
        let size = self.size as f32;
        let scale = PxScale::from(size * font.height_unscaled() / font.units_per_em().unwrap_or(1.0));
        let scaled = font.as_scaled(scale);
        let mut x = 0.0;
        let mut before = None;
        for c in text.chars() {
            let id = font.glyph_id(c);
            if let Some(before) = before {
                x += scaled.kern(before, id);
            }
            let width = if id.0 == 0 { size } else { scaled.h_advance(id) };
            // Whole dots: a letter looks the same everywhere, and packs well.
            then(id.with_scale_and_position(scale, point(x.round(), 0.0)), width);
            x += width;
            before = Some(id);
        }
    }
}

impl BackendTextStyle for Letters {
    type FontError = NoFont;

    fn color(&self) -> BackendColor {
        self.colour
    }

    fn size(&self) -> f64 {
        self.size * LINE
    }

    fn style(&self) -> FontStyle {
        match self.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        }
    }

    /// Upright, a text stands with the middle of its small letters at its place.
    fn anchor(&self) -> Pos {
        Pos::new(self.align, VPos::Center)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FAMILY)
    }

    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), NoFont> {
        Ok(((0, 0), (self.width(text).round() as i32, 0)))
    }

    fn draw<E, DrawFunc: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        (left, middle): BackendCoord,
        mut draw: DrawFunc,
    ) -> Result<Result<(), E>, NoFont> {
        let font = self.weight.font().ok_or(NoFont)?;
        let base = (self.size as f32 * SMALL_LETTER / 2.0).round();
        let mut drawn = Ok(());
        self.each(text, |mut glyph, _| {
            glyph.position.y = base;
            let Some(outline) = font.outline_glyph(glyph) else { return };
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, cover| {
                let cover = (cover.clamp(0.0, 1.0) * SHADES).round() / SHADES;
                if cover > 0.0 && drawn.is_ok() {
                    let at = (left + corner.x as i32 + x as i32, middle + corner.y as i32 + y as i32);
                    drawn = draw(at.0, at.1, self.colour.mix(f64::from(cover)));
                }
            });
        });
        Ok(drawn)
    }
}
