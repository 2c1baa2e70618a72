//! What figures are drawn on: a picture's own units, colours and text, whatever it becomes.

use plotters_backend::text_anchor::HPos;
use plotters_backend::{BackendColor, BackendStyle, DrawingBackend};

use super::Undrawn;
use super::letters::{Letters, Weight};
use super::palette::{Colour, Palette};
use super::spelling;
use crate::domain::chart::{Figure, Part};

/// A picture while it is drawn.
pub(super) struct Canvas<B> {
    backend: B,
    /// Dots of a unit.
    density: f64,
    palette: &'static Palette,
    /// Whether it becomes dots, so that letters are drawn here and not by whoever shows the picture.
    dots: bool,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) colour: Colour,
    pub(super) align: Align,
}

/// Which end of a text stands at its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Align {
    Left,
    Middle,
    Right,
}

/// A rectangle: its left and upper edge, its width and its height.
pub(super) type Area = (f64, f64, f64, f64);

struct Stroke(BackendColor, u32);

impl BackendStyle for Stroke {
    fn color(&self) -> BackendColor {
        self.0
    }

    fn stroke_width(&self) -> u32 {
        self.1
    }
}

impl<B: DrawingBackend> Canvas<B> {
    pub(super) fn new(backend: B, density: f64, palette: &'static Palette, dots: bool) -> Self {
        Self { backend, density, palette, dots }
    }

    pub(super) fn palette(&self) -> &'static Palette {
        self.palette
    }

    /// Paints the card.
    pub(super) fn card(&mut self, width: f64, height: f64) -> Result<(), Undrawn> {
        self.fill((0.0, 0.0, width, height), self.palette.edge)?;
        self.fill((1.0, 1.0, width - 2.0, height - 2.0), self.palette.card)
    }

    /// Fills a rectangle; one thinner than a dot is a dot.
    pub(super) fn fill(&mut self, (x, y, width, height): Area, colour: Colour) -> Result<(), Undrawn> {
        let (left, top) = (self.dot(x), self.dot(y));
        let (right, bottom) = (self.dot(x + width).max(left + 1), self.dot(y + height).max(top + 1));
        self.backend.draw_rect((left, top), (right, bottom), &opaque(colour), true).map_err(undrawn)
    }

    /// Draws a line from point to point.
    pub(super) fn line(&mut self, points: &[(f64, f64)], width: f64, colour: Colour) -> Result<(), Undrawn> {
        if self.dots {
            return points.windows(2).try_for_each(|ends| self.stroke(ends[0], ends[1], width / 2.0, colour));
        }
        let points: Vec<(i32, i32)> = points.iter().map(|(x, y)| (self.dot(*x), self.dot(*y))).collect();
        let stroke = Stroke(opaque(colour), (width * self.density).round() as u32);
        self.backend.draw_path(points, &stroke).map_err(undrawn)
    }

    /// Draws a dot of this radius.
    pub(super) fn disc(&mut self, (x, y): (f64, f64), radius: f64, colour: Colour) -> Result<(), Undrawn> {
        if self.dots {
            return self.stroke((x, y), (x, y), radius, colour);
        }
        let (at, radius) = ((self.dot(x), self.dot(y)), (radius * self.density).round() as u32);
        self.backend.draw_circle(at, radius, &opaque(colour), true).map_err(undrawn)
    }

    /// Everything within a radius of a line, with soft edges, which the backend's own lines and circles do not have.
    fn stroke(&mut self, a: (f64, f64), b: (f64, f64), radius: f64, colour: Colour) -> Result<(), Undrawn> {
        let scaled = |(x, y): (f64, f64)| (x * self.density, y * self.density);
        let (a, b, radius) = (scaled(a), scaled(b), radius * self.density);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let square = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
        let around = |p: f64, q: f64| ((p.min(q) - radius - 1.0) as i32, (p.max(q) + radius + 1.0) as i32);
        let ((left, right), (top, bottom)) = (around(a.0, b.0), around(a.1, b.1));
        for y in top..=bottom {
            for x in left..=right {
                let (px, py) = (f64::from(x) + 0.5 - a.0, f64::from(y) + 0.5 - a.1);
                let along = ((px * dx + py * dy) / square).clamp(0.0, 1.0);
                let cover = (radius + 0.5 - (px - along * dx).hypot(py - along * dy)).clamp(0.0, 1.0);
                if cover > 0.0 {
                    self.backend.draw_pixel((x, y), opaque(colour).mix(cover)).map_err(undrawn)?;
                }
            }
        }
        Ok(())
    }

    /// Writes one line, its small letters' middle at the place, cut to `width`.
    pub(super) fn text(&mut self, text: &str, (x, y): (f64, f64), width: f64, look: Look) -> Result<(), Undrawn> {
        let letters = self.letters(look);
        let mut text = letters.fitting(&self.spelled(text, look), width * self.density);
        if self.dots {
            text = spelling::as_seen(&text);
        }
        self.backend.draw_text(&text, &letters, (self.dot(x), self.dot(y))).map_err(undrawn)
    }

    /// How wide a text would be.
    pub(super) fn width(&self, text: &str, look: Look) -> f64 {
        let seen = spelling::as_seen(&self.spelled(text, look));
        (self.letters(look).width(&seen) / self.density).ceil()
    }

    /// Says what the colours mean, in one line.
    pub(super) fn legend(&mut self, figure: &Figure, (x, y): (f64, f64), width: f64) -> Result<(), Undrawn> {
        let look = Look { size: 12.0, weight: Weight::Regular, colour: self.palette.faint, align: Align::Left };
        let (parts, limit): (Vec<&Part>, &str) = match figure {
            Figure::Bars(bars) => (bars.parts.iter().collect(), &bars.limit),
            Figure::Course(course) => (course.series.iter().map(|series| &series.part).collect(), ""),
        };
        let end = x + width;
        let mut x = x;
        let limit = (!limit.is_empty()).then_some((limit, None));
        let entries = parts.into_iter().map(|part| (part.name.as_str(), Some(part.tone))).chain(limit);
        for (name, tone) in entries.take(6) {
            match tone {
                Some(tone) => self.fill((x, y - 5.0, 10.0, 10.0), self.palette.of(tone))?,
                None => self.fill((x + 4.0, y - 7.0, 2.0, 14.0), self.palette.limit)?,
            }
            let room = (end - x - 16.0).max(0.0);
            self.text(name, (x + 16.0, y), room, look)?;
            x += 16.0 + self.width(name, look).min(room) + 20.0;
            if x > end - 30.0 {
                break;
            }
        }
        Ok(())
    }

    /// Ends the picture.
    pub(super) fn finish(mut self) -> Result<(), Undrawn> {
        self.backend.present().map_err(undrawn)
    }

    fn spelled(&self, text: &str, look: Look) -> String {
        let line = spelling::one_line(text);
        if !self.dots {
            return line;
        }
        let letters = self.letters(look);
        spelling::in_letters(&line, |c| letters.has(c))
    }

    fn letters(&self, look: Look) -> Letters {
        let align = match look.align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        Letters { weight: look.weight, size: look.size * self.density, colour: opaque(look.colour), align }
    }

    fn dot(&self, at: f64) -> i32 {
        (at * self.density).round() as i32
    }
}

fn opaque(rgb: Colour) -> BackendColor {
    BackendColor { alpha: 1.0, rgb }
}

fn undrawn(error: impl std::fmt::Display) -> Undrawn {
    Undrawn(error.to_string())
}
