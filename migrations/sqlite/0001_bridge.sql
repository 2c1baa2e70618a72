-- Everything that happens is an inbox row; everything we do is an outbox row; between them stands what is known.
-- Times are unix milliseconds, 0 stands for never; an empty text or id 0 stands for none; nothing is null.

-- Numbers given out one after the other inside the transaction that uses them.
create table counter (
    -- what is counted: conversation
    name text primary key,
    -- the next number to give out
    next bigint not null
);
insert into counter (name, next) values ('conversation', 1);

-- Shares of the lanes: a worker that holds a slot's row handles its lanes alone, so that lanes stay in order.
create table slot (
    -- 0 to 63; a lane's slot is a hash of its name
    slot bigint primary key
);
insert into slot (slot) with recursive n (n) as (select 0 union all select n + 1 from n where n < 63) select n from n;

-- What happened outside, as it was told, until it is handled and for eight days after that as memory against doubles.
create table inbox (
    -- in order of arrival
    id integer primary key autoincrement,
    -- sixteen bytes that grow with time: see port::Key
    key blob not null unique,
    -- which adapter translates it
    door text not null,
    -- handled in order within a lane
    lane text not null,
    slot bigint not null,
    -- the platform's own words; emptied once handled
    body text not null,
    state text not null check (state in ('new', 'done', 'dead')),
    arrived_at bigint not null,
    -- why it is dead, else empty
    reason text not null
);
create index inbox_new on inbox (id) where state = 'new';
create index inbox_dead on inbox (id) where state = 'dead';
create index inbox_arrived on inbox (arrived_at) where state = 'done';

create table contact (
    id bigint primary key,
    -- profile name as WhatsApp gave it
    name text not null,
    -- user name without @
    username text not null,
    -- digits without +, empty when withheld
    phone text not null,
    -- business-scoped user id
    bsuid text not null,
    created_at bigint not null
);

-- Every name WhatsApp has ever known a customer by.
create table contact_alias (
    kind text not null check (kind in ('phone', 'bsuid', 'parent')),
    value text not null,
    contact bigint not null references contact (id),
    primary key (kind, value)
);
create index contact_alias_contact on contact_alias (contact);

create table agent (
    id bigint primary key,
    -- the name the workspace shows
    name text not null,
    created_at bigint not null
);

-- Whom a workspace's user stands for.
create table identity (
    -- which workspace: discord
    place text not null,
    remote text not null,
    agent bigint not null references agent (id),
    primary key (place, remote)
);
create index identity_agent on identity (agent);

create table conversation (
    -- the short number people type
    id bigint primary key,
    contact bigint not null references contact (id),
    -- the business number, by Meta's phone_number_id
    number text not null,
    team text not null,
    -- which workspace its card and thread are in
    place text not null,
    state text not null check (state in ('waiting', 'owned', 'closed')),
    -- the owner, or the last one when closed
    owner bigint not null,
    -- since when the state holds
    since bigint not null,
    -- raised with every change of owner
    epoch bigint not null,
    opened_at bigint not null,
    -- start of the first message, for the card
    opening text not null,
    waiting_since bigint not null,
    nudges bigint not null,
    due_at bigint not null,
    last_inbound_at bigint not null,
    last_inbound text not null,
    read_upto text not null,
    previous bigint not null,
    -- where it is shown; written by delivery alone, but for a thread that is gone
    channel text not null,
    card text not null,
    thread text not null,
    head text not null,
    -- the newest post of a person that was handled
    seen text not null,
    version bigint not null
);
create unique index conversation_open on conversation (contact, number) where state <> 'closed';
create index conversation_contact on conversation (contact, number, id);
create index conversation_thread on conversation (thread) where thread <> '';
create index conversation_owner on conversation (owner, id) where state = 'owned';

-- The append-only record of owners: one row for each epoch of a conversation.
create table assignment (
    conversation bigint not null references conversation (id),
    epoch bigint not null,
    from_agent bigint not null,
    to_agent bigint not null,
    -- who caused it, 0 for the customer or Baton
    by_agent bigint not null,
    how text not null,
    note text not null,
    at bigint not null,
    primary key (conversation, epoch)
);

create table message (
    id bigint primary key,
    conversation bigint not null references conversation (id),
    direction text not null check (direction in ('in', 'out', 'echo', 'note', 'held')),
    author bigint not null,
    -- domain::content::Content
    content text not null,
    -- domain::content::Around
    around text not null,
    at bigint not null,
    progress text not null,
    failure_code bigint not null,
    failure text not null,
    quote bigint not null,
    wamid text not null,
    -- earlier texts, oldest first, as JSON
    earlier text not null,
    -- taken back by its author
    revoked_at bigint not null
);
create index message_conversation on message (conversation, at, id);

-- Every id a platform gave to something of ours, both ways.
create table remote_ref (
    -- whatsapp, discord
    place text not null,
    remote text not null,
    message bigint not null references message (id),
    -- mirror: shows or is the message; prompt: asks about it
    part text not null check (part in ('mirror', 'prompt', 'line')),
    primary key (place, remote)
);
create index remote_ref_message on remote_ref (message, place, part);

create table media (
    id bigint primary key,
    message bigint not null references message (id),
    -- domain::content::File as announced
    file text not null,
    -- which door holds it: whatsapp, discord
    door text not null,
    -- the business number it came to
    number text not null,
    state text not null check (state in ('announced', 'late', 'stored', 'lost')),
    -- what was stored
    size bigint not null,
    sha256 text not null,
    mime text not null,
    -- why it was lost
    reason text not null
);
create index media_message on media (message);

-- What is to be done outside, until it is done and for some days after that.
create table outbox (
    -- in the order of decisions
    id integer primary key autoincrement,
    lane text not null,
    -- within a lane the smallest goes first: what is being tried -1, making the card and thread 0, a customer's message its
    -- own time, anything else the time of the decision
    rank bigint not null,
    -- domain::effect::Effect
    effect text not null,
    -- what it is the newest form of, empty when every one counts
    newest text not null,
    -- pending -> sending -> done | unknown | dead; an unknown one that a person was asked about is asked
    state text not null check (state in ('pending', 'sending', 'unknown', 'asked', 'done', 'dead')),
    attempt bigint not null,
    first_tried bigint not null,
    created_at bigint not null,
    -- not before this; a message waits here for its author to think again
    due_at bigint not null,
    -- why it is dead or waits
    reason text not null
);
create unique index outbox_newest on outbox (newest) where state = 'pending' and newest <> '';
create index outbox_active on outbox (lane, rank, id) where state in ('pending', 'sending', 'unknown');
create index outbox_dead on outbox (id) where state = 'dead';
create index outbox_done on outbox (created_at) where state = 'done';

-- One row for each lane with something to do: who works on it and when its head is due.
create table lane (
    lane text primary key,
    -- pauses reach lanes by this
    scope text not null,
    due_at bigint not null,
    lease_until bigint not null,
    -- rises with every lease, so that a late result of an earlier holder is not believed
    fence bigint not null,
    -- rises with every new row, so that an emptied lane is not dropped under a new one
    seq bigint not null
);
create index lane_due on lane (due_at);

-- What must not be called until when.
create table pause (
    scope text primary key,
    until bigint not null,
    why text not null
);
