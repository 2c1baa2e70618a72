//! The only list of commands: the parser, its examples, `/help`, the registration in a workspace and the README's table are
//! made from it.

/// What one command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Its name without slash.
    pub name: &'static str,
    /// What it does, at most 100 characters.
    pub about: &'static str,
    /// One that works.
    pub example: &'static str,
    /// Its arguments in the order of the text.
    pub args: &'static [Arg],
}

/// An argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arg {
    /// Lower-case name.
    pub name: &'static str,
    /// What it is, at most 100 characters.
    pub about: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be given.
    pub required: bool,
}

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A conversation's number.
    Conversation,
    /// Words for Baton or the team.
    Text,
    /// Words for the customer or the record, which may begin with a number.
    Speech,
    /// One of the team.
    Person,
    /// One of the team, or a team.
    PersonOrTeam,
    /// A team.
    Team,
    /// A prepared text.
    Canned,
    /// A template.
    Template,
    /// A priority.
    Priority,
    /// One of the commands.
    Command,
}

impl Spec {
    /// Whether it is about one conversation.
    #[must_use]
    pub fn in_conversation(&self) -> bool {
        self.args.first().is_some_and(|arg| arg.kind == Kind::Conversation)
    }

    /// Whether its text may begin with a number of its own.
    pub(super) fn speaks(&self) -> bool {
        self.args.iter().any(|arg| arg.kind == Kind::Speech)
    }

    pub(super) fn takes_only_number(&self) -> bool {
        self.in_conversation() && self.args.len() == 1
    }

    /// The beginning of what it does: all commands together fit into one post.
    #[must_use]
    pub fn brief(&self) -> &'static str {
        let end = [",", ";", ":", " ("].iter().filter_map(|mark| self.about.find(mark)).min();
        end.map_or(self.about, |end| &self.about[..end])
    }

    /// Its arguments as people write them: `[number] to note`.
    #[must_use]
    pub fn usage(&self) -> String {
        let shown =
            self.args.iter().map(|arg| if arg.required { arg.name.to_owned() } else { format!("[{}]", arg.name) });
        shown.collect::<Vec<_>>().join(" ")
    }
}

const NUMBER: Arg = optional("number", "The conversation's number, when not in its thread", Kind::Conversation);
const REASON: Arg = optional("reason", "Why, for the record", Kind::Text);
const NOTE: Arg = optional("note", "What they should know", Kind::Text);

const fn required(name: &'static str, about: &'static str, kind: Kind) -> Arg {
    Arg { name, about, kind, required: true }
}

const fn optional(name: &'static str, about: &'static str, kind: Kind) -> Arg {
    Arg { name, about, kind, required: false }
}

const fn spec(name: &'static str, about: &'static str, example: &'static str, args: &'static [Arg]) -> Spec {
    Spec { name, about, example, args }
}

/// Every command.
pub const COMMANDS: &[Spec] = &[
    spec("claim", "Become the owner of a conversation", "/claim 12", &[NUMBER]),
    spec("release", "Give a conversation back to the queue", "/release waiting for the warehouse", &[NUMBER, REASON]),
    spec("ack", "Say that you are on it, before you answer", "/ack", &[NUMBER]),
    spec(
        "assign",
        "Make somebody the owner, whatever their load (leads)",
        "/assign @ana knows this customer",
        &[NUMBER, required("to", "Whom", Kind::Person), NOTE],
    ),
    spec(
        "handoff",
        "Pass a conversation on, with what the next one has to know",
        "/handoff @ana refund over limit",
        &[
            NUMBER,
            required("to", "Whom, or which team", Kind::PersonOrTeam),
            optional("note", "What they have to know; a lead may add --anyway", Kind::Text),
        ],
    ),
    spec("accept", "Take the conversation that is being handed to you", "/accept", &[NUMBER]),
    spec("decline", "Do not take it, and say why", "/decline I am in a meeting", &[NUMBER, REASON]),
    spec(
        "reply",
        "Send a message to the customer",
        "/reply Your parcel left this morning.",
        &[NUMBER, required("text", "What to send", Kind::Speech)],
    ),
    spec(
        "note",
        "Keep a note in the record; the customer never sees it",
        "/note promise: call back before noon",
        &[NUMBER, required("text", "The note", Kind::Speech)],
    ),
    spec(
        "canned",
        "Send a prepared text; it is shown to you first",
        "/canned opening_hours",
        &[NUMBER, required("name", "Which", Kind::Canned)],
    ),
    spec(
        "template",
        "Send a template, the only way after 24 hours of silence",
        "/template order_update Maria | 2041",
        &[
            NUMBER,
            required("name", "Which", Kind::Template),
            optional("values", "What goes into its places, separated by |", Kind::Text),
        ],
    ),
    spec(
        "contact",
        "Write to somebody first, with a template",
        "/contact +4915112345678 order_update Maria | 2041",
        &[
            required("phone", "Their number, with + and country", Kind::Text),
            required("name", "Which template", Kind::Template),
            optional("values", "What goes into its places, separated by |", Kind::Text),
        ],
    ),
    spec("close", "End a conversation and fold its thread away", "/close refunded", &[NUMBER, REASON]),
    spec("reopen", "Continue a conversation after its end", "/reopen 12", &[NUMBER]),
    spec("pending", "It waits for the customer", "/pending", &[NUMBER]),
    spec(
        "snooze",
        "Leave it until a time, or until the customer writes",
        "/snooze tomorrow 9:00",
        &[NUMBER, required("until", "2h, 14:00, tomorrow 9:00, or reply", Kind::Text)],
    ),
    spec(
        "priority",
        "How pressing it is: low, normal, high or urgent",
        "/priority high",
        &[NUMBER, required("priority", "low, normal, high or urgent", Kind::Priority)],
    ),
    spec(
        "tag",
        "Put tags on the customer, or take them off with a minus",
        "/tag wholesale -trial",
        &[NUMBER, required("tags", "Tags, separated by spaces", Kind::Text)],
    ),
    spec(
        "vip",
        "The customer's conversations wait for a person to assign them",
        "/vip on",
        &[NUMBER, optional("switch", "on or off", Kind::Text)],
    ),
    spec("whois", "Who owns a conversation, since when, and until when an answer is due", "/whois 12", &[NUMBER]),
    spec("sla", "How each deadline of a conversation came about", "/sla 12", &[NUMBER]),
    spec("why", "Why a conversation went to whom it went", "/why 12", &[NUMBER]),
    spec(
        "load",
        "What everybody of a team carries, or one of them",
        "/load support",
        &[optional("of", "Which team, or whom; every team when not given", Kind::PersonOrTeam)],
    ),
    spec(
        "unassigned",
        "What nobody owns, the most urgent first",
        "/unassigned support",
        &[
            optional("team", "Which; every team when not given", Kind::Team),
            optional("page", "Which page of a long list", Kind::Text),
        ],
    ),
    spec(
        "queue",
        "What waits for an owner, in the order in which it is given out, and why it still waits",
        "/queue support",
        &[
            optional("team", "Which; every team when not given", Kind::Team),
            optional("page", "Which page of a long list", Kind::Text),
        ],
    ),
    spec("mine", "What you own, the most urgent first", "/mine", &[]),
    spec(
        "history",
        "All conversations with a customer, and the owners of one of them",
        "/history +4915112345678",
        &[NUMBER, optional("customer", "Or their name, user name or phone", Kind::Text)],
    ),
    spec("transcript", "Everything said in a conversation, as a file", "/transcript 12", &[NUMBER]),
    spec(
        "find",
        "Search what was said and customers' names, newest first",
        "/find blue bike",
        &[required("text", "Words, or how they begin; --page 2 for more", Kind::Speech)],
    ),
    spec(
        "stats",
        "How fast customers were answered, and by whom",
        "/stats support 30d",
        &[
            optional("who", "A team or somebody; every team when not given", Kind::PersonOrTeam),
            optional("period", "today, yesterday, 7d, 30d, 2026-11 or 2026-11-01..2026-11-15", Kind::Text),
        ],
    ),
    spec(
        "away",
        "You get nothing new; what waits for you is passed on",
        "/away until 14:00 lunch",
        &[
            optional("until", "30m, 14:00, tomorrow; for good when not given", Kind::Text),
            optional("reason", "Why, for your team", Kind::Text),
        ],
    ),
    spec("available", "You get new conversations, whatever your working hours say", "/available", &[]),
    spec("back", "You are back: your working hours count again", "/back", &[]),
    spec(
        "reassign",
        "Pass on everything somebody owns (managers)",
        "/reassign @ana support Ana is ill",
        &[
            required("from", "Whose conversations", Kind::Person),
            required("to", "To whom, or which team", Kind::PersonOrTeam),
            NOTE,
        ],
    ),
    spec(
        "block",
        "Take nothing more from a customer (leads); off undoes it",
        "/block spam",
        &[NUMBER, optional("reason", "Why; off to undo it", Kind::Text)],
    ),
    spec("help", "The commands, or one of them", "/help handoff", &[optional("command", "Which", Kind::Command)]),
];
