//! Figures over time: columns and lines above the steps of time, on the lines of a scale.

use plotters_backend::DrawingBackend;

use super::canvas::{Align, Canvas, Look};
use super::letters::Weight;
use super::{MARGIN, Undrawn};
use crate::domain::chart::{Course, MOST_STEPS, Series, Shape};

/// How much it takes, with what stands under it.
pub(super) const HEIGHT: f64 = 232.0;
/// How high the topmost line of the scale stands over the lowest.
const HIGH: f64 = 190.0;
/// Room above the topmost line.
const ABOVE: f64 = 12.0;
/// The widest column.
const BROAD: f64 = 30.0;
/// With more steps than these, a line has no dots.
const DOTTED: usize = 45;
/// The widest name of a line of the scale that is not cut.
const WIDEST: f64 = 90.0;

/// Where what stands.
struct Plot {
    left: f64,
    base: f64,
    /// How much a step takes.
    step: f64,
    most: f64,
    count: usize,
}

impl Plot {
    fn x(&self, nth: usize) -> f64 {
        self.left + (nth as f64 + 0.5) * self.step
    }

    fn high(&self, value: i64) -> f64 {
        (value.max(0) as f64 / self.most).min(1.0) * HIGH
    }
}

/// Draws it from `top` on.
pub(super) fn draw<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    course: &Course,
    top: f64,
    width: f64,
) -> Result<(), Undrawn> {
    let palette = canvas.palette();
    let look = Look { size: 12.0, weight: Weight::Regular, colour: palette.faint, align: Align::Right };
    let scale = || course.scale.iter().take(8);
    let names = scale().map(|rung| canvas.width(&rung.name, look)).fold(0.0, f64::max).min(WIDEST);
    let count = course.series.iter().map(|series| series.values.len()).max().unwrap_or(0).clamp(1, MOST_STEPS);
    let left = MARGIN + names + 12.0;
    let plot = Plot {
        left,
        base: top + ABOVE + HIGH,
        step: (MARGIN + width - left) / count as f64,
        most: scale().map(|rung| rung.at).max().unwrap_or(0).max(1) as f64,
        count,
    };
    for rung in scale() {
        let y = plot.base - plot.high(rung.at);
        canvas.fill((left, y, MARGIN + width - left, 1.0), palette.track)?;
        canvas.text(&rung.name, (left - 12.0, y), WIDEST, look)?;
    }
    names_of_steps(canvas, course, &plot, Look { align: Align::Middle, ..look })?;
    let columns: Vec<&Series> = course.series.iter().filter(|series| series.shape == Shape::Columns).collect();
    for (nth, series) in columns.iter().enumerate() {
        as_columns(canvas, series, &plot, (nth, columns.len()))?;
    }
    for series in course.series.iter().filter(|series| series.shape == Shape::Line) {
        as_line(canvas, series, &plot)?;
    }
    Ok(())
}

/// As many names as stand side by side.
fn names_of_steps<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    course: &Course,
    plot: &Plot,
    look: Look,
) -> Result<(), Undrawn> {
    let steps = &course.steps[..course.steps.len().min(plot.count)];
    let widest = steps.iter().map(|step| canvas.width(step, look)).fold(0.0, f64::max).min(WIDEST) + 10.0;
    let every = (widest / plot.step).ceil().max(1.0) as usize;
    for (nth, step) in steps.iter().enumerate().step_by(every) {
        canvas.text(step, (plot.x(nth), plot.base + 18.0), WIDEST, look)?;
    }
    Ok(())
}

fn values<'a>(series: &'a Series, plot: &Plot) -> impl Iterator<Item = (usize, Option<i64>)> + use<'a> {
    series.values.iter().copied().enumerate().take(plot.count)
}

fn as_columns<B: DrawingBackend>(
    canvas: &mut Canvas<B>,
    series: &Series,
    plot: &Plot,
    (nth, of): (usize, usize),
) -> Result<(), Undrawn> {
    let colour = canvas.palette().of(series.part.tone);
    let broad = (plot.step * 0.7 / of as f64).min(BROAD);
    let first = -broad * of as f64 / 2.0;
    for (step, value) in values(series, plot) {
        let high = value.map_or(0.0, |value| plot.high(value));
        if high > 0.0 {
            let left = plot.x(step) + first + broad * nth as f64;
            let gap = if of > 1 { broad * 0.08 } else { 0.0 };
            canvas.fill((left + gap, plot.base - high, broad - 2.0 * gap, high), colour)?;
        }
    }
    Ok(())
}

fn as_line<B: DrawingBackend>(canvas: &mut Canvas<B>, series: &Series, plot: &Plot) -> Result<(), Undrawn> {
    let colour = canvas.palette().of(series.part.tone);
    let points: Vec<Option<(f64, f64)>> =
        values(series, plot).map(|(step, value)| Some((plot.x(step), plot.base - plot.high(value?)))).collect();
    for run in points.split(Option::is_none) {
        let run: Vec<(f64, f64)> = run.iter().flatten().copied().collect();
        if run.len() > 1 {
            canvas.line(&run, 2.0, colour)?;
        }
        if run.len() == 1 || plot.count <= DOTTED {
            for point in run {
                canvas.disc(point, 3.0, colour)?;
            }
        }
    }
    Ok(())
}
