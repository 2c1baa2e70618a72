-- What was said and what customers are called, by its words: what /find looks in.
-- Each word once, in the spelling of domain::search, which has letters and digits alone. The rows of both are written by the
-- store, and go with what they are about.

create table spoken (
    -- the message
    rowid bigint primary key references message (id) on delete cascade,
    -- with a space between them
    words text not null
);
create index spoken_words on spoken using gin (array_to_tsvector(string_to_array(words, ' ')))
    with (gin_pending_list_limit = 512);

create table known_as (
    -- the contact
    rowid bigint primary key references contact (id) on delete cascade,
    -- with a space between them
    words text not null
);
create index known_as_words on known_as using gin (array_to_tsvector(string_to_array(words, ' ')))
    with (gin_pending_list_limit = 512);

-- Up to which message what was said before there was an index is in it; below 0 once all is, and the customers with it.
insert into counter (name, next) values ('spoken', 0);

-- what happened in a period
create index assignment_at on assignment (at);
create index conversation_opened on conversation (opened_at, id);
-- what waits and is not given out
create index conversation_kept_back on conversation (team, waiting_since, id)
    where state = 'waiting' and queued = 0 and waiting_since > 0;
