//! Pictures of figures, as data: what is shown in words and numbers. How it is drawn is decided elsewhere.

use serde::{Deserialize, Serialize};

/// How many bars one picture holds; what is beyond them is not drawn.
pub const MOST_BARS: usize = 50;
/// How many steps of time one picture holds; what is beyond them is not drawn.
pub const MOST_STEPS: usize = 120;

/// A picture of figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// When and of what, in one line; may be empty.
    pub subtitle: String,
    /// What stands there when there are no figures.
    pub empty: String,
    /// The figures.
    pub figure: Figure,
}

/// The form of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "figure", rename_all = "snake_case")]
pub enum Figure {
    /// A bar for each of several people or things, side by side on one scale.
    Bars(Bars),
    /// What changed over time.
    Course(Course),
}

/// Lying bars, each made of the same parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bars {
    /// What the parts of every bar are, from its beginning on.
    pub parts: Vec<Part>,
    /// What the mark on a bar stands for; empty where there is none.
    pub limit: String,
    /// The bars, in groups.
    pub groups: Vec<Group>,
}

/// What a colour stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the legend.
    pub name: String,
    /// How it looks.
    pub tone: Tone,
}

/// How a part looks: four colours that people who are colour-blind tell apart as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Calm,
    /// To be watched.
    Watch,
    /// To be acted on.
    Alarm,
    /// Something else beside it.
    Other,
}

/// Bars that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its heading; empty for none.
    pub name: String,
    /// A remark beside the heading; may be empty.
    pub remark: String,
    /// Its bars from top to bottom.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Whose it is.
    pub name: String,
    /// How much of each part; as many as there are parts.
    pub parts: Vec<i64>,
    /// Where the mark stands; none where there is no limit.
    pub limit: Option<i64>,
    /// A remark at its end; may be empty.
    pub remark: String,
}

/// Figures over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// What stands under each step of time, the oldest first.
    pub steps: Vec<String>,
    /// The lines of the scale, from below; the topmost bounds what is shown.
    pub scale: Vec<Rung>,
    /// What is shown, the first behind the others.
    pub series: Vec<Series>,
}

/// A line of a scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Where it stands, in the unit of the values.
    pub at: i64,
    /// What stands beside it.
    pub name: String,
}

/// One row of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// What it is.
    pub part: Part,
    /// How it is drawn.
    pub shape: Shape,
    /// A value for each step; none where nothing was measured.
    pub values: Vec<Option<i64>>,
}

/// How a row of values is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// As columns: how many there were.
    Columns,
    /// As a line: how much it was at each step.
    Line,
}

impl Bar {
    /// All of it.
    #[must_use]
    pub fn sum(&self) -> i64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add((*part).max(0)))
    }
}

/// The lines of a scale that reaches `most`: from 0 on, at most six, each a multiple of the smallest of `sizes` that makes
/// so few of them, or of that size times a power of ten when none is large enough.
#[must_use]
pub fn rungs(most: i64, sizes: &[i64]) -> Vec<i64> {
    const RUNGS: i64 = 5;
    let most = most.max(1);
    let few = |size: &i64| *size > 0 && most.div_euclid(*size) < RUNGS;
    let size = sizes.iter().copied().find(few).unwrap_or_else(|| {
        let largest = sizes.iter().copied().max().unwrap_or(1).max(1);
        let grown = [1, 2, 5, 10].map(|times: i64| largest.saturating_mul(times));
        let decades = (0..18).map(|power| 10i64.saturating_pow(power));
        let mut sizes = decades.flat_map(|decade| grown.map(|size| size.saturating_mul(decade)));
        sizes.find(few).unwrap_or(i64::MAX)
    });
    let up = most / size + i64::from(most % size != 0);
    (0..=up).map(|nth| size.saturating_mul(nth)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scales_have_few_round_lines() {
        assert_eq!(rungs(0, &[1, 2, 5]), [0, 1]);
        assert_eq!(rungs(4, &[1, 2, 5]), [0, 1, 2, 3, 4]);
        assert_eq!(rungs(9, &[1, 2, 5]), [0, 2, 4, 6, 8, 10]);
        assert_eq!(rungs(13, &[1, 2, 5]), [0, 5, 10, 15]);
        assert_eq!(rungs(999, &[1, 2, 5]), [0, 250, 500, 750, 1000]);
        assert_eq!(rungs(50, &[1, 15, 30]), [0, 15, 30, 45, 60]);
    }

    proptest! {
        #[test]
        fn every_value_fits_its_scale(most in any::<i64>(), sizes in proptest::collection::vec(any::<i64>(), 0..4)) {
            let rungs = rungs(most, &sizes);
            prop_assert!((2..=7).contains(&rungs.len()), "{rungs:?}");
            prop_assert!(rungs.last().is_some_and(|top| *top >= most), "{rungs:?}");
            prop_assert!(rungs.windows(2).all(|pair| pair[0] < pair[1]), "{rungs:?}");
        }
    }
}
