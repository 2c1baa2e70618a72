//! The demo's configuration: what a real one holds, with the stand-ins' addresses.

/// What the demo's configuration names.
pub(super) struct Places {
    pub(super) dir: String,
    pub(super) graph: String,
    pub(super) number: String,
    pub(super) discord: String,
    pub(super) guild: String,
    pub(super) channel: String,
    pub(super) operator: String,
    pub(super) agent: String,
    pub(super) lead: String,
}

impl Places {
    /// As it would stand in a file.
    pub(super) fn configuration(&self) -> String {
        let Self { dir, graph, number, discord, guild, channel, operator, agent, lead } = self;
        format!(
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
uncertain_seconds = 10

[[whatsapp.numbers]]
id = "{number}"
name = "Sunny Bikes"
team = "support"

[discord]
api_url = "{discord}"
guild = "{guild}"
operator_channel = "{operator}"

[[teams]]
name = "support"
channel = "{channel}"

[roles]
agent = ["{agent}"]
lead = ["{lead}"]
agent_name = "the role Agent"
"#
        )
    }
}
