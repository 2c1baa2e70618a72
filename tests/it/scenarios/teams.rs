//! The teams of the scenarios about owners.

use crate::world::{LEAD, Member, Setting, member};

/// Ana and Ben claim by hand, Lea leads them; beside them the team of billing, in which she and Mia sit.
pub const MANUAL: Setting = Setting {
    support: "leads = [\"lea\"]",
    discord: "server_members = true",
    agents: PEOPLE,
    rest: BILLING,
    ..Setting::PLAIN
};

/// The same with a router: Ana is asked first.
pub const ROUTED: Setting = Setting {
    support: "strategy = \"least_loaded\"\nleads = [\"lea\"]",
    discord: "server_members = true",
    agents: PEOPLE,
    rest: BILLING,
    ..Setting::PLAIN
};

/// Who is who in both.
pub const PEOPLE: &[Member] = &[
    member("ana", "support").with("capacity = 3"),
    member("ben", "support").with("capacity = 3"),
    member("lea", "billing").with(LEAD),
    member("mia", "billing"),
];

/// The other team.
pub const BILLING: &str = r#"
[[teams]]
name = "billing"
channel = "{billing}"
leads = ["lea"]
"#;
