//! The people of the teams: who they are, what they can do, and whether they are there.

use serde::{Deserialize, Serialize};

/// How pressing a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Can wait.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Before others.
    High,
    /// At once; a person assigns it.
    Urgent,
}

impl Priority {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// Its name, as people type it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// Reads [`Priority::as_str`], in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str().eq_ignore_ascii_case(text))
    }
}

/// How a team's next conversation finds its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Whose last assignment lies furthest back.
    RoundRobin,
    /// Who uses the smallest share of their own capacity.
    LeastLoaded,
    /// Who has had nothing to do for the longest time.
    LongestIdle,
    /// Nobody by itself: it waits to be claimed.
    #[default]
    Manual,
}

impl Strategy {
    /// Its name, as the configuration spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::LeastLoaded => "least_loaded",
            Self::LongestIdle => "longest_idle",
            Self::Manual => "manual",
        }
    }
}
