-- Who takes a conversation, and how it passes from hand to hand.
-- Times are unix milliseconds, 0 stands for never; flags are 0 or 1; nothing is null.

-- How pressing it is: 0 low, 1 normal, 2 high, 3 urgent.
alter table conversation add column priority bigint not null default 1;
-- domain::passing::Passing
alter table conversation add column passing text not null default '{}';
-- when something about it changes by time alone
alter table conversation add column wake_at bigint not null default 0;
-- whether it waits in its team's queue for an owner
alter table conversation add column queued bigint not null default 0;
update conversation set queued = 1 where state = 'waiting' and waiting_since > 0;
create index conversation_queue on conversation (team, due_at, waiting_since, id) where queued = 1;
create index conversation_wake on conversation (wake_at) where wake_at > 0;
create index conversation_open_team on conversation (team, id) where state <> 'closed';

-- the routing decision behind a change of owner
alter table assignment add column decision bigint not null default 0;

-- what the team has tagged the customer with, a JSON array in alphabetical order
alter table contact add column tags text not null default '[]';
-- whether their conversations wait for a person to assign them
alter table contact add column vip bigint not null default 0;
-- whether nothing more is taken from them
alter table contact add column blocked bigint not null default 0;

-- the name in the configuration; empty for whoever is not in it
alter table agent add column key text not null default '';
-- what the configuration lets them do, beside their roles: agent, lead, manager, or empty
alter table agent add column rank text not null default '';
-- how many open conversations they may own
alter table agent add column capacity bigint not null default 0;
-- how many they own: changed in the transaction that changes an owner
alter table agent add column load bigint not null default 0;
-- domain::roster::Availability
alter table agent add column availability text not null default '{"said":"by_hours"}';
-- whether their working hours are open
alter table agent add column on_shift bigint not null default 1;
-- whether they are in the team chat
alter table agent add column here bigint not null default 1;
-- when hours, absence or ramp change by time alone
alter table agent add column turns_at bigint not null default 0;
-- when they were given something last
alter table agent add column assigned_at bigint not null default 0;
-- since when they have had nothing to do
alter table agent add column idle_since bigint not null default 0;
-- when they came, and how many they were given since: nobody who comes gets everything at once
alter table agent add column ramp_since bigint not null default 0;
alter table agent add column ramp_given bigint not null default 0;
update agent set load = (select count(*) from conversation c where c.owner = agent.id and c.state = 'owned');
create unique index agent_key on agent (key) where key <> '';
create index agent_turns on agent (turns_at) where turns_at > 0;

-- A person's seat in a team, with what each strategy orders them by: an assignment reads the first few of an index, however
-- large the team is.
create table seat (
    team text not null,
    agent bigint not null references agent (id),
    -- config, or role when a role of the workspace gave it
    source text not null check (source in ('config', 'role')),
    -- domain::roster::Standing at the last change
    standing text not null,
    -- the share of their capacity in use, in ten-thousandths
    share bigint not null,
    -- when the agent was given something last
    assigned_at bigint not null,
    -- domain::roster::Duty::idle_order
    idle_since bigint not null,
    primary key (team, agent)
);
create index seat_agent on seat (agent);
create index seat_share on seat (team, standing, share, assigned_at, agent);
create index seat_assigned on seat (team, standing, assigned_at, agent);
create index seat_idle on seat (team, standing, idle_since, assigned_at, agent);

-- How many of a team stand how: counting the seats of a large team would cost more than the assignment itself.
create table seat_count (
    team text not null,
    -- domain::roster::Standing
    standing text not null,
    -- how many of them
    n bigint not null,
    primary key (team, standing)
);

-- What people can do, the higher the better.
create table skill (
    -- what it is called
    skill text not null,
    agent bigint not null references agent (id),
    -- the higher the better
    level bigint not null check (level > 0),
    primary key (skill, agent)
);
create index skill_agent on skill (agent);

-- Threads that conversations have left: what is still written there belongs to what goes on elsewhere.
create table left_thread (
    -- domain::ids::ThreadRef
    thread text primary key not null,
    conversation bigint not null references conversation (id)
);

-- Why a conversation went to whom it went, with everything that was looked at.
create table routing_decision (
    id bigint primary key,
    conversation bigint not null references conversation (id),
    at bigint not null,
    -- the rules it was made by: domain::rule::Rules::version
    version text not null,
    -- domain::routing: request, slate and the arrival, as JSON
    inputs text not null,
    -- domain::routing::Choice
    choice text not null
);
create index routing_decision_conversation on routing_decision (conversation, id);

-- The templates Meta has approved.
create table template (
    -- lower case with underscores
    name text not null,
    -- its code, such as en_US
    language text not null,
    -- domain::template::Template
    content text not null,
    primary key (name, language)
);

-- What customers answered to "how was it?".
create table rating (
    conversation bigint not null references conversation (id),
    at bigint not null,
    -- the owner it is about
    agent bigint not null,
    -- from 1 for the first answer offered
    score bigint not null,
    -- what the customer saw on it
    label text not null,
    primary key (conversation, at)
);
