//! Lying bars: a name, the figures, the bar with the mark of its limit, and a remark, in columns.

use plotters_backend::DrawingBackend;

use super::Undrawn;
use super::canvas::{Align, Canvas, Look};
use super::letters::Weight;
use super::{MARGIN, palette::Palette};
use crate::domain::chart::{Bar, Bars, Group, MOST_BARS, Part};

/// From one bar to the next.
const ROW: f64 = 27.0;
/// How thick a bar is.
const THICK: f64 = 14.0;
/// How much a heading takes, with the room above it.
const HEADING: f64 = 40.0;
/// Between two columns.
const GAP: f64 = 14.0;
/// Between a figure and its limit.
const SLASH: f64 = 4.0;
/// Capitals and figures are higher than small letters, by whose middle text stands.
const LOWER: f64 = 1.0;
/// The widest names and remarks that are not cut.
const WIDEST: f64 = 172.0;
/// A bar that is longer than so many times the highest limit is torn, so that the others can still be compared.
const TORN: f64 = 2.0;
/// Something is never drawn as nothing.
const LEAST: f64 = 3.0;

/// How high the bars are with their headings.
pub(super) fn height(bars: &Bars) -> f64 {
    shown(bars).map(|(group, bars)| heading(group) + bars.len() as f64 * ROW).sum()
}

/// The groups, with as many of their bars as there is room for.
fn shown(bars: &Bars) -> impl Iterator<Item = (&Group, &[Bar])> {
    let groups = bars.groups.iter().take(MOST_BARS);
    groups.scan(MOST_BARS, |left, group| {
        let shown = group.bars.len().min(*left);
        *left -= shown;
        Some((group, &group.bars[..shown]))
    })
}

fn heading(group: &Group) -> f64 {
    if group.name.is_empty() { 0.0 } else { HEADING }
}

/// Where the columns stand.
struct Columns {
    /// How much a name may take.
    name: f64,
    /// Where figures end.
    figure: f64,
    /// Where bars begin.
    bar: f64,
    /// How long the longest is.
    length: f64,
    /// Where remarks begin, and how much they may take.
    remark: (f64, f64),
    /// What the longest bar that is not torn stands for.
    most: f64,
}

struct Looks {
    name: Look,
    figure: Look,
    limit: Look,
    remark: Look,
}

fn looks(palette: &Palette) -> Looks {
    let name = Look { size: 13.5, weight: Weight::Regular, colour: palette.text, align: Align::Left };
    Looks {
        name,
        figure: Look { align: Align::Right, weight: Weight::Bold, ..name },
        limit: Look { colour: palette.faint, ..name },
        remark: Look { size: 12.5, colour: palette.faint, ..name },
    }
}

fn limit(bar: &Bar) -> String {
    bar.limit.map_or_else(String::new, |limit| format!("/ {limit}"))
}

fn columns<B: DrawingBackend>(canvas: &Canvas<B>, bars: &Bars, looks: &Looks, width: f64) -> Columns {
    let all: Vec<&Bar> = shown(bars).flat_map(|(_, bars)| bars).collect();
    let widest = |of: &dyn Fn(&Bar) -> f64| all.iter().map(|bar| of(bar)).fold(0.0, f64::max);
    let name = widest(&|bar| canvas.width(&bar.name, looks.name)).min(WIDEST);
    let sum = widest(&|bar| canvas.width(&bar.sum().to_string(), looks.figure));
    let limit = widest(&|bar| canvas.width(&limit(bar), looks.limit));
    let remark = widest(&|bar| canvas.width(&bar.remark, looks.remark)).min(WIDEST);
    let figure = MARGIN + name + GAP + sum;
    let begin = figure + if limit > 0.0 { SLASH + limit } else { 0.0 } + GAP;
    let rest = if remark > 0.0 { remark + GAP } else { 0.0 };
    let length = (MARGIN + width - begin - rest).max(40.0);
    let (sums, limits) = (widest(&|bar| bar.sum() as f64), widest(&|bar| bar.limit.unwrap_or(0) as f64));
    let most = if limits > 0.0 { sums.clamp(limits, limits * TORN) } else { sums.max(1.0) };
    Columns { name, figure, bar: begin, length, remark: (begin + length + GAP, remark), most }
}

/// Draws them from `top` on.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    bars: &Bars,
    top: f64,
    width: f64,
) -> Result<(), Undrawn> {
    let palette = canvas.palette();
    let looks = looks(palette);
    let columns = columns(canvas, bars, &looks, width);
    let mut top = top;
    for (group, shown) in shown(bars) {
        if !group.name.is_empty() {
            let at = (MARGIN, top + HEADING - 16.0);
            canvas.fill((MARGIN, top + 7.0, width, 1.0), palette.track)?;
            let name = Look { weight: Weight::Bold, size: 14.0, ..looks.name };
            let half = width * 0.6;
            canvas.text(&group.name, at, half, name)?;
            let after = canvas.width(&group.name, name).min(half) + 10.0;
            canvas.text(&group.remark, (at.0 + after, at.1), width - after, looks.remark)?;
        }
        top += heading(group);
        for bar in shown {
            let middle = top + ROW / 2.0;
            let text = middle + LOWER;
            canvas.text(&bar.name, (MARGIN, text), columns.name, looks.name)?;
            canvas.text(&bar.sum().to_string(), (columns.figure, text), width, looks.figure)?;
            canvas.text(&limit(bar), (columns.figure + SLASH, text), width, looks.limit)?;
            one(canvas, bars, bar, &columns, middle)?;
            canvas.text(&bar.remark, (columns.remark.0, text), columns.remark.1, looks.remark)?;
            top += ROW;
        }
    }
    Ok(())
}

fn one<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    bars: &Bars,
    bar: &Bar,
    columns: &Columns,
    middle: f64,
) -> Result<(), Undrawn> {
    let palette = canvas.palette();
    let (left, top) = (columns.bar, middle - THICK / 2.0);
    let sum = bar.sum() as f64;
    let is_torn = sum > columns.most;
    let long = |value: i64| value.max(0) as f64 / columns.most.max(sum) * columns.length;
    let room = bar.limit.map_or(columns.length, long);
    if room > 0.0 {
        canvas.fill((left, top, room, THICK), palette.track)?;
    }
    let parts: Vec<(&Part, i64)> = bars.parts.iter().zip(bar.parts.iter().copied()).filter(|(_, n)| *n > 0).collect();
    let mut lengths: Vec<f64> = parts.iter().map(|(_, value)| long(*value).max(LEAST)).collect();
    let over = lengths.iter().sum::<f64>() - columns.length;
    if let Some(longest) = lengths.iter_mut().max_by(|a, b| a.total_cmp(b)).filter(|_| over > 0.0) {
        *longest = (*longest - over).max(LEAST);
    }
    let mut x = left;
    for ((part, _), length) in parts.iter().zip(lengths) {
        // A hair of the card between two parts.
        let gap = if x > left { 1.0 } else { 0.0 };
        canvas.fill((x, top, length, THICK), palette.card)?;
        canvas.fill((x + gap, top, length - gap, THICK), palette.of(part.tone))?;
        x += length;
    }
    if is_torn {
        for slit in [12.0, 7.0] {
            canvas.fill((left + columns.length - slit, top, 2.0, THICK), palette.card)?;
        }
    }
    match bar.limit {
        Some(limit) if !bars.limit.is_empty() => {
            let at = left + long(limit).min(columns.length);
            canvas.fill((at - 1.0, top - 3.0, 2.0, THICK + 6.0), palette.limit)
        }
        _ => Ok(()),
    }
}
