//! The teams of the scenarios about owners.

use crate::world::Setting;

/// Ana and Ben claim by hand, Lea leads them; beside them the team of billing, in which she and Mia sit.
pub const MANUAL: Setting =
    Setting { support: "leads = [\"lea\"]", discord: "server_members = true", rest: PEOPLE, ..Setting::PLAIN };

/// The same with a router: Ana is asked first.
pub const ROUTED: Setting = Setting {
    support: "strategy = \"least_loaded\"\nleads = [\"lea\"]",
    discord: "server_members = true",
    rest: PEOPLE,
    ..Setting::PLAIN
};

pub const PEOPLE: &str = r#"
[[teams]]
name = "billing"
channel = "{billing}"
leads = ["lea"]
[[agents]]
name = "ana"
discord = "{ana}"
teams = ["support"]
capacity = 3
[[agents]]
name = "ben"
discord = "{ben}"
teams = ["support"]
capacity = 3
[[agents]]
name = "lea"
discord = "{lea}"
teams = ["billing"]
rank = "lead"
[[agents]]
name = "mia"
discord = "{mia}"
teams = ["billing"]
"#;
