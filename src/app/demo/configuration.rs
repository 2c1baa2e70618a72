//! The demo's configuration: what a real one holds, with the stand-ins' addresses.

use std::fmt::Write;

/// What the demo's configuration names.
pub(super) struct Places {
    pub(super) dir: String,
    pub(super) graph: String,
    pub(super) business_account: String,
    pub(super) number: String,
    pub(super) discord: String,
    pub(super) guild: String,
    /// The channels of support and workshop.
    pub(super) channels: [String; 2],
    pub(super) telegram: String,
    /// The forum of billing.
    pub(super) forum: String,
    /// The channel of boards and summaries.
    pub(super) managers: String,
    pub(super) operator: String,
    /// The roles of agents, leads and managers.
    pub(super) roles: [String; 3],
    /// Each person's name, user id on Discord, user id on Telegram if they are there, and the rest of their entry.
    pub(super) people: Vec<(String, String, Option<String>, &'static str)>,
}

/// Who works at the bike shop: name, role on Discord, whether they are on Telegram as well, and what the configuration says
/// of them.
pub(super) const PEOPLE: [(&str, usize, bool, &str); 6] = [
    ("Ana", 0, false, "teams = [\"support\"]\nskills = { spanish = 3 }"),
    ("Ben", 0, true, "teams = [\"support\", \"workshop\", \"billing\"]\nskills = { brakes = 2 }"),
    ("Chris", 0, false, "teams = [\"workshop\"]\ncapacity = 3\nskills = { brakes = 3 }"),
    ("Dina", 0, true, "teams = [\"billing\"]"),
    ("Lea", 1, true, "teams = [\"support\"]\ncapacity = 2\nrank = \"lead\""),
    ("Mo", 2, true, "rank = \"manager\""),
];

impl Places {
    /// As it would stand in a file.
    pub(super) fn configuration(&self) -> String {
        let Self { dir, graph, business_account, number, discord, guild, managers, operator, telegram, forum, .. } =
            self;
        let [support, workshop] = &self.channels;
        let [agent, lead, manager] = &self.roles;
        let mut text = format!(
            r#"
[server]
listen = "127.0.0.1:0"
grace_seconds = 5

[database]
url = "sqlite://{dir}/baton.db"

[media]
dir = "{dir}/media"

[whatsapp]
graph_url = "{graph}"
business_account = "{business_account}"
uncertain_seconds = 10

[[whatsapp.numbers]]
id = "{number}"
name = "Sunny Bikes"
team = "support"

[discord]
api_url = "{discord}"
guild = "{guild}"
operator_channel = "{operator}"
server_members = true

# Telegram takes 20 calls a minute in one group, which is the default here; the stand-in does not count them.
[telegram]
api_url = "{telegram}"
calls_per_minute = 0

# Support claims by hand, so that you can; the workshop is given what comes.
[[teams]]
name = "support"
channel = "{support}"
board = "{managers}"
leads = ["lea"]

[[teams]]
name = "workshop"
channel = "{workshop}"
board = "{managers}"
strategy = "least_loaded"
sticky = true
relax_after_minutes = 2
overflow = "support"
overflow_after_minutes = 5
leads = ["lea"]

# A forum on Telegram is a channel like any other.
[[teams]]
name = "billing"
channel = "{forum}"
board = "{managers}"
strategy = "round_robin"
leads = ["lea"]

[roles]
agent = ["{agent}"]
lead = ["{lead}"]
manager = ["{manager}"]
agent_name = "the role Agent"

[[rules]]
name = "angry"
when = {{ words = ["lawyer", "scam"] }}
priority = "urgent"

[[rules]]
name = "invoices"
when = {{ words = ["invoice", "refund", "charged", "rechnung"] }}
team = "billing"
tags = ["billing"]

[[rules]]
name = "brakes"
when = {{ words = ["brake", "brakes", "bremse"] }}
team = "workshop"
skills = ["brakes"]
priority = "high"

[[rules]]
name = "repairs"
when = {{ words = ["chain", "tyre", "repair", "service", "gear"] }}
team = "workshop"

[[rules]]
name = "everything else"

[routing]
capacity = 4

[targets.default]
resolve = {{ high = "8h", normal = "8h" }}

[[summaries]]
name = "every hour"
cron = "0 0 * * * *"
channel = "{managers}"

[canned]
hours = "We are open Monday to Saturday, 9:00 to 19:00."
welcome = "Hello {{customer}}, this is {{agent}} at Sunny Bikes. How can I help?"
ready = "Good news, {{customer}}: your bike is ready. You can pick it up any time we are open."

[automatic]
survey = "How was it?"
survey_options = ["Great", "Fine", "Not good"]
"#
        );
        for (name, user, telegram, entry) in &self.people {
            let _ = write!(text, "\n[[agents]]\nname = \"{}\"\ndiscord = \"{user}\"\n", name.to_lowercase());
            if let Some(id) = telegram {
                let _ = writeln!(text, "telegram = \"{id}\"");
            }
            let _ = writeln!(text, "{entry}");
        }
        text
    }
}
