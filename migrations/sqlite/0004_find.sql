-- What was said and what customers are called, by its words: what /find looks in.
-- Each word once, in the spelling of domain::search, which has letters and digits alone. The rows of both are written by the
-- store, and go with what they are about.

-- by message
create virtual table spoken using fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = none,
    prefix = '3 4 5');
-- by contact
create virtual table known_as using fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = none);
create trigger message_unspoken after delete on message begin delete from spoken where rowid = old.id; end;
create trigger contact_unknown after delete on contact begin delete from known_as where rowid = old.id; end;

-- Up to which message what was said before there was an index is in it; below 0 once all is, and the customers with it.
insert into counter (name, next) values ('spoken', 0);

-- what happened in a period
create index assignment_at on assignment (at);
create index conversation_opened on conversation (opened_at, id);
-- what waits and is not given out
create index conversation_kept_back on conversation (team, waiting_since, id)
    where state = 'waiting' and queued = 0 and waiting_since > 0;
