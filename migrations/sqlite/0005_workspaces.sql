-- Several workspaces: what each takes within a minute, and what one of several programs does at a time.

-- Of what goes out in a scope that a platform limits, the most urgent first: 0 is what customers and agents wait for.
alter table outbox add column urgency bigint not null default 0;
create index lane_scope on lane (scope, due_at);

-- How much of what a platform takes within a minute is used up.
create table allowance (
    -- a scope of lanes
    scope text primary key,
    -- domain::allowance::Spent
    spent text not null
);

-- What one of several programs does at a time, such as asking a platform for news.
create table lease (
    -- what it is
    name text primary key,
    -- who does it: an id of each program
    holder text not null,
    until bigint not null
);

-- conversations that have no thread with a card in it yet
create index conversation_arriving on conversation (channel, id) where head = '' and state <> 'closed';
