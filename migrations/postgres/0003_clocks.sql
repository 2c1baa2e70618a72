-- What customers are owed, since when and until when.
-- Times are unix milliseconds, 0 stands for never; flags are 0 or 1; nothing is null.

-- domain::clocks::Clocks
alter table conversation add column clocks text not null default '{}';
-- what their deadlines were made from: domain::targets::Targets::version
alter table conversation add column terms text not null default '';
create index conversation_terms on conversation (id, terms) where state <> 'closed';
-- what nobody owns, the most urgent first
create index conversation_unowned on conversation
    (team, (case when waiting_since = 0 then 1 else 0 end), due_at, waiting_since, id) where state = 'waiting';
-- what is owned and late
create index conversation_late on conversation (team, due_at) where state = 'owned' and waiting_since > 0;
-- what somebody owes
create index conversation_owed on conversation (owner, waiting_since, due_at) where state = 'owned' and waiting_since > 0;

-- The clocks of conversations, one row each from its beginning on.
create table clock (
    conversation bigint not null references conversation (id),
    -- which of its conversation, from 1
    nth bigint not null,
    -- domain::targets::Kind
    kind text not null check (kind in ('assign', 'first', 'next', 'resolve')),
    -- whose queue the conversation was in
    team text not null,
    -- as in conversation
    priority bigint not null,
    -- when it began
    since bigint not null,
    -- how long it might take, in open time; 0 when nothing was promised
    target_ms bigint not null,
    due_at bigint not null,
    -- pairs of times between which it did not count, as JSON
    pauses text not null,
    -- what the deadline was made from: domain::targets::Targets::version
    version text not null,
    -- domain::clocks::Came
    came text not null check (came in ('open', 'met', 'missed', 'dropped')),
    -- 0 while it runs
    ended_at bigint not null,
    -- who ended it: answered, took or closed; 0 for nobody
    by_agent bigint not null,
    -- how much open time it took
    took_ms bigint not null,
    -- how often the customer wrote again while it ran; told when it ends
    nudges bigint not null,
    -- how long they waited before the first of these; 0 when there was none
    first_nudge_ms bigint not null,
    primary key (conversation, nth)
);
create index clock_ended on clock (ended_at, kind) where came <> 'open';

-- The steps of ladders that have come, each once.
create table alarm (
    conversation bigint not null references conversation (id),
    -- which of its clocks
    nth bigint not null,
    -- which step of its ladder, from 0
    step bigint not null,
    -- domain::targets::Kind
    kind text not null,
    -- whose queue the conversation was in
    team text not null,
    -- whether the deadline had come
    slip bigint not null,
    -- whether it came amid so many that it stands in a list
    listed bigint not null,
    -- who owned it; 0 for nobody
    owner bigint not null,
    -- when it was to come
    due_at bigint not null,
    -- when it came, later than due_at when Baton was not running
    fired_at bigint not null,
    primary key (conversation, nth, step)
);
create index alarm_fired on alarm (fired_at);
-- what slipped lately in a team
create index alarm_slipped on alarm (team, fired_at, conversation) where slip = 1;

-- The posts that stand in channels and are brought up to date there.
create table standing (
    -- domain::effect::Standing::key
    what text not null,
    -- where it stands
    channel text not null,
    -- which it is
    post text not null,
    -- it has said that it is over: what comes next gets a post of its own
    over bigint not null,
    primary key (what, channel)
);
