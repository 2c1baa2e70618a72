//! Cutting a text into posts.

use super::rich::Run;
use super::{Kind, Rich};

/// What [`split`] makes room for.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// UTF-16 units of one piece.
    pub limit: usize,
    /// Units kept free in the first piece.
    pub first: usize,
    /// Units kept free in the last piece; kept in every piece, since any may turn out to be the last.
    pub last: usize,
}

/// The text in pieces that each fit, cut between lines where that is possible, else between words. Never empty.
#[must_use]
pub fn split(text: &Rich, room: Room) -> Vec<Rich> {
    let mut pieces = Vec::new();
    let mut rest = text.clone().trimmed();
    loop {
        let free = room.limit.saturating_sub(room.last + if pieces.is_empty() { room.first } else { 0 }).max(2);
        if rest.units() <= free {
            pieces.push(rest);
            return pieces;
        }
        let (head, tail) = cut(&rest, free);
        pieces.push(head.trimmed());
        rest = tail.trimmed();
    }
}

/// The text in at most `limit` units, with a sign at the end where something is left out.
#[must_use]
pub fn clip(text: &Rich, limit: usize) -> Rich {
    if text.units() <= limit {
        return text.clone();
    }
    let (mut head, _) = cut(text, limit.saturating_sub(1).max(1));
    head = head.trimmed();
    let quote = head.runs.last().is_some_and(|run| run.look.quote);
    head.push("…", super::Look { quote, ..super::Look::default() });
    head
}

/// What is kept together.
fn is_whole(run: &Run) -> bool {
    matches!(run.look.kind, Some(Kind::Mention(_) | Kind::Moment(_)))
}

/// Cuts so that the first part fits into `free` units and neither part is empty.
fn cut(text: &Rich, free: usize) -> (Rich, Rich) {
    // Every place between two characters that fits: what stands before it, and whether it may be cut there.
    let (mut used, mut at) = (0, 0);
    let (mut hard, mut word, mut line) = (0, None, None);
    let mut before = ' ';
    'all: for run in &text.runs {
        for (n, c) in run.text.chars().enumerate() {
            let joined = matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{2060}' | '\u{1f3fb}'..='\u{1f3ff}')
                || matches!(before, '\u{200d}' | '\u{2060}');
            let inside = n > 0 && is_whole(run);
            if at > 0 && !inside {
                if !joined {
                    hard = at;
                }
                if before == '\n' || c == '\n' {
                    line = Some(at);
                } else if before.is_whitespace() || c.is_whitespace() {
                    word = Some(at);
                }
            }
            used += c.len_utf16();
            if used > free {
                break 'all;
            }
            at += 1;
            before = c;
        }
    }
    // A cut that leaves a piece half empty helps nobody.
    let far = |place: &usize| *place > at / 2;
    let place = line.filter(far).or(word.filter(far)).unwrap_or(if hard == 0 { at.max(1) } else { hard });
    halves(text, place)
}

fn halves(text: &Rich, place: usize) -> (Rich, Rich) {
    let (mut head, mut tail, mut left) = (Rich::default(), Rich::default(), place);
    for run in &text.runs {
        let byte = run.text.char_indices().nth(left).map_or(run.text.len(), |(byte, _)| byte);
        let (a, b) = run.text.split_at(byte);
        left -= a.chars().count();
        head.push(a, run.look.clone());
        tail.push(b, run.look.clone());
    }
    (head, tail)
}
