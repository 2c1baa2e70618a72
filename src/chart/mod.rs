//! Draws a [`Chart`]: as PNG for chats, as SVG for files.
//!
//! Properties kept: the same chart gives the same bytes; nothing in a chart can make drawing fail or take long, since bars,
//! steps and letters are bounded; text of a chart is data. A picture stands on a card of its own, so that it is read on a
//! dark and on a light chat alike.

mod bars;
mod canvas;
mod course;
mod letters;
mod palette;
mod spelling;

use plotters_backend::DrawingBackend;
use plotters_bitmap::BitMapBackend;
use plotters_svg::SVGBackend;

use crate::domain::chart::{Chart, Figure};
use canvas::{Align, Canvas, Look};
use letters::Weight;
use palette::Palette;

/// How many dots of a PNG stand for one of the picture's own units, so that it is sharp on dense screens.
const DENSITY: u32 = 2;
/// How wide a picture is, in its own units: what a chat shows beside its text without shrinking it much.
const WIDTH: u32 = 640;
/// Between the edge of the card and what stands on it.
const MARGIN: f64 = 24.0;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a picture could not be drawn: {0}")]
pub struct Undrawn(String);

/// The chart as PNG, on a dark card.
///
/// # Errors
/// When the library that draws or packs refuses, which no chart should bring about.
pub fn png(chart: &Chart) -> Result<Vec<u8>, Undrawn> {
    let (width, height) = (WIDTH * DENSITY, height(chart) * DENSITY);
    let mut dots = vec![0; width as usize * height as usize * 3];
    {
        let backend = BitMapBackend::with_buffer(&mut dots, (width, height));
        draw(chart, Canvas::new(backend, f64::from(DENSITY), &palette::DARK, true))?;
    }
    let mut packed = Vec::new();
    let mut encoder = png::Encoder::new(&mut packed, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&dots)?;
        writer.finish()
    });
    written.map_err(|error| Undrawn(error.to_string()))?;
    Ok(packed)
}

/// The chart as SVG, on a light card.
///
/// # Errors
/// When the library that draws refuses, which no chart should bring about.
pub fn svg(chart: &Chart) -> Result<String, Undrawn> {
    let mut text = String::new();
    {
        let backend = SVGBackend::with_string(&mut text, (WIDTH, height(chart)));
        draw(chart, Canvas::new(backend, 1.0, &palette::LIGHT, false))?;
    }
    Ok(text)
}

/// How high the picture is, in its own units: what drawing it on nothing comes to.
fn height(chart: &Chart) -> u32 {
    let end = head_end(chart)
        + match &chart.figure {
            _ if is_empty(chart) => EMPTY,
            Figure::Bars(bars) => bars::height(bars),
            Figure::Course(_) => course::HEIGHT,
        };
    (end + MARGIN).ceil() as u32
}

/// What is said instead of figures takes this much.
const EMPTY: f64 = 56.0;

fn is_empty(chart: &Chart) -> bool {
    match &chart.figure {
        Figure::Bars(bars) => bars.groups.iter().all(|group| group.bars.is_empty() && group.name.is_empty()),
        Figure::Course(course) => course.series.iter().all(|series| series.values.iter().all(Option::is_none)),
    }
}

/// Where the title and what belongs to it end.
fn head_end(chart: &Chart) -> f64 {
    let subtitle = if chart.subtitle.is_empty() { 0.0 } else { 21.0 };
    let legend = if is_empty(chart) { 0.0 } else { 26.0 };
    MARGIN + 24.0 + subtitle + legend + 6.0
}

fn draw<B: DrawingBackend>(chart: &Chart, mut canvas: Canvas<B>) -> Result<(), Undrawn> {
    let inner = f64::from(WIDTH) - 2.0 * MARGIN;
    canvas.card(f64::from(WIDTH), f64::from(height(chart)))?;
    let palette: &Palette = canvas.palette();
    let title = Look { size: 18.0, weight: Weight::Bold, colour: palette.text, align: Align::Left };
    let mut middle = MARGIN + 11.0;
    canvas.text(&chart.title, (MARGIN, middle), inner, title)?;
    let small = Look { size: 12.5, weight: Weight::Regular, colour: palette.faint, align: Align::Left };
    if !chart.subtitle.is_empty() {
        middle += 23.0;
        canvas.text(&chart.subtitle, (MARGIN, middle), inner, small)?;
    }
    if is_empty(chart) {
        let at = (f64::from(WIDTH) / 2.0, head_end(chart) + EMPTY / 2.0);
        canvas.text(&chart.empty, at, inner, Look { align: Align::Middle, size: 14.0, ..small })?;
        return canvas.finish();
    }
    canvas.legend(&chart.figure, (MARGIN, middle + 26.0), inner)?;
    match &chart.figure {
        Figure::Bars(bars) => bars::draw(&mut canvas, bars, head_end(chart), inner)?,
        Figure::Course(course) => course::draw(&mut canvas, course, head_end(chart), inner)?,
    }
    canvas.finish()
}

#[cfg(test)]
mod tests;
