//! How a world differs from the ordinary one.

/// What is configured differently.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// Lines for the team `support`, with ids as in `rest`.
    pub support: &'static str,
    /// The team of the second number; `support` when empty.
    pub second: &'static str,
    /// Lines for `[reply]`.
    pub reply: &'static str,
    /// Lines for `[conversations]`.
    pub conversations: &'static str,
    /// Lines for the section `[whatsapp]`.
    pub whatsapp: &'static str,
    /// Lines for the section `[discord]`, where there is one.
    pub discord: &'static str,
    /// Lines for the section `[telegram]`, where there is one.
    pub telegram: &'static str,
    /// Lines for `[server]`.
    pub server: &'static str,
    /// Who is named, in this order.
    pub agents: &'static [Member],
    /// Lines for the rest, in which `{ana}`, `{ben}`, `{lea}`, `{mia}`, `{support}`, `{billing}`, `{backoffice}`,
    /// `{operator}`, `{agent_role}` and `{lead_role}` stand for ids; the roles are there on Discord alone.
    pub rest: &'static str,
    /// Keep Discord's and WhatsApp's limits.
    pub limits: bool,
    /// Calls that Telegram takes in one forum within a minute; 0 where it does not count them.
    pub calls: u32,
}

impl Setting {
    /// The ordinary world.
    pub const PLAIN: Self = Self {
        support: "",
        second: "",
        reply: "",
        conversations: "",
        whatsapp: "",
        discord: "",
        telegram: "",
        server: "",
        agents: &[],
        rest: "",
        limits: false,
        calls: 0,
    };
}

/// An agent who is named in the configuration and bears the identity of that name on the workspace.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    name: &'static str,
    team: &'static str,
    more: &'static str,
}

/// Somebody in a team, or in none when it is empty.
pub const fn member(name: &'static str, team: &'static str) -> Member {
    Member { name, team, more: "" }
}

/// Who leads.
pub const LEAD: &str = "rank = \"lead\"";

impl Member {
    /// The same with further lines.
    pub const fn with(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    /// Their name, which is also that of their identity.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The lines of the configuration, with `{name}` for the identity on `workspace`.
    pub fn lines(&self, workspace: &str) -> String {
        let Self { name, team, more } = self;
        let teams = if team.is_empty() { String::new() } else { format!("teams = [\"{team}\"]\n") };
        format!("[[agents]]\nname = \"{name}\"\n{workspace} = \"{{{name}}}\"\n{teams}{more}\n")
    }
}
