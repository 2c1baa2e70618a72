//! Baton runs a team's WhatsApp customers from inside its own team chat.
//!
//! Each WhatsApp conversation becomes a card and a thread in the team's Discord, or a topic of its forum on Telegram. It is
//! given to somebody by rule, skill and load, or claimed with a button; they answer by writing in the thread and hand it on
//! with a note. This page is about how that is built; the README is about how it is used.
//!
//! # One sentence
//!
//! Everything that happens is an inbox row; everything we do is an outbox row; between them stands one pure decision in one
//! transaction.
//!
//! ```text
//!  doors in                   store                the desk               store             doors out
//!  WhatsApp ─ web ─────────┐                                                             ┌─ whatsapp ─ customer
//!  Discord  ─ gateway ─────┤  ┌───────┐  intake  ┌──────────────┐  ┌────────┐  delivery  ├─ discord ─ thread
//!  Telegram ─ poll or web ─┤  │       │          │              │  │        │            ├─ telegram ─ topic
//!  clock    ─ scheduler ───┼─►│ inbox │ ───────► │ desk::handle │ ►│ outbox │ ─────────► ┘
//!  outcomes ─ delivery ────┤  └───────┘          │  one Tx      │  └────────┘
//!  itself   ─ desk ────────┘                     │  pure domain │
//!                                                └──────────────┘
//! ```
//!
//! # Floors
//!
//! A module may import only what stands below it; a test reads every `use` and fails on an arrow upwards.
//!
//! | floor | modules | may import |
//! |---|---|---|
//! | 6 | `main` | [`app`], [`config`], [`store`], [`clock`] |
//! | 5 | [`app`], the composition root: the only one that knows every module | all |
//! | 4 | [`web`], [`intake`], [`delivery`], [`scheduler`]: the loops | port, clock, store, metrics, links, domain; intake also the desk, delivery the chart |
//! | 3 | [`whatsapp`], [`discord`], [`telegram`]: adapters, strangers to one another | domain, port, secret; never store or desk |
//! | 3 | [`desk`]: one event in, one transaction, effects out | domain, store |
//! | 2 | [`store`]: one SQL text, two databases; the only place with SQL | domain |
//! | 2 | [`config`], [`port`], [`clock`], [`metrics`], [`links`], [`secret`] | domain |
//! | 2 | [`chart`]: draws figures, for [`delivery`] and for files | domain |
//! | 1 | [`domain`]: values and decisions; no async, no I/O, no clock, no randomness | nothing of ours |
//! | – | [`playground`]: stand-ins for Meta, Discord and Telegram and the demo's page, which speak wire protocols only | nothing of ours |
//!
//! # What is deliberately absent
//!
//! - *The domain never awaits.* It has no clock either: `now` is an argument, and so is every id.
//! - *No network call while a transaction is open.* A row is `sending` in the database before the network is touched.
//! - *Adapters never decide.* They translate what happened and perform what was decided, and an [`port::Outcome`] says whether
//!   it is certain: done, refused, later, or unknown.
//! - *Nothing that matters lives only in memory.* What is kept there (learned rate limits, which mark stands on a post) can
//!   be lost at any instant.
//! - *A webhook is not answered before its commit,* and nothing is decided before its answer.
//! - *The loops between inbox and outbox do not queue behind the traffic.* They have a thread of their own, since a
//!   transaction asks the database some twenty times, and everybody waits for it.
//! - *What goes to the customer is decided in one place* (the desk), and everything else stays inside.
//!
//! # The walk of one message
//!
//! 1. Maria writes. Meta posts a webhook; [`web`] checks the signature over the bytes as they came, the adapter cuts the body
//!    into items, each with a unique key and the *lane* of its customer, and the [`intake::Letterbox`] commits them together
//!    with everybody else who waits. Only then 200 is answered. A repeated key changes nothing.
//! 2. [`intake`] takes the oldest rows, has their door's adapter translate them to [`domain::event::Event`]s, and hands the
//!    batch to [`desk::handle`] inside one transaction. What cannot be translated or decided becomes a dead letter with its
//!    reason; nobody waits behind it.
//! 3. The desk loads what the batch names with a handful of set-based statements, decides each event in memory, and writes
//!    what follows table by table: the customer, conversation #1, the message, and four effects in the lane `c:1`: card,
//!    thread, head, post. The same transaction marks the rows done.
//! 4. [`delivery`] leases the lane, marks its head `sending`, commits, renders the card from the state as it is now, and calls
//!    the Discord adapter. The answer is recorded with the card's id, in one transaction with the lane's next row. Card,
//!    thread, head and post follow one another; other lanes do not wait.
//! 5. Ana presses Claim. The gateway puts the click into the inbox; intake and desk make her the owner (epoch 1 in the
//!    append-only record), and three effects follow: the answer only she sees, a line in the thread, the new card. A second
//!    click on the same button finds an owner and is told who and since when.
//! 6. Ana writes in the thread. The desk sees that she owns the conversation, stops the customer's clock, and puts a `Send`
//!    into the lane `w:1`. Its outbox id travels as opaque data: if the answer is lost, the status that carries it settles
//!    what happened; if none comes, Ana is asked. Nothing is sent twice by itself.
//!
//! # Who gets it, and how it passes on
//!
//! - *A decision is a function of what is stored beside it.* [`domain::rule`] names the team, [`domain::routing::choose`]
//!   the person, from a request and a slate of candidates; both are kept with the choice ([`domain::decision`]), so that
//!   `/why` and `baton why --recompute` need nothing else.
//! - *The database is the index.* Everybody has a seat in each of their teams, in the order of every strategy
//!   ([`store::seat`]); a decision reads the nearest and counts the rest, so its cost does not grow with the team.
//! - *An owner changes in one place* (the desk's `owner`): the record, the loads of both, the window, what everybody is told.
//!   Whatever may change an owner holds the desk's one row first, so that no two transactions count the same load.
//! - *What follows is told, not called.* Somebody has room, somebody left, a time has come: each is an inbox row of Baton's
//!   own ([`domain::event::Own`]), decided in its turn, once, after a crash as well, and in pieces of bounded size.
//! - *A handoff is an offer* until it is accepted: the sender owns. To another team the conversation gets a new thread, with
//!   the card, the transcript and the files from the record; the old one is locked and points there.
//!
//! # What is owed, and until when
//!
//! - *Clocks follow.* Which clocks of a conversation run, since when and what ends them is one pure function of what the
//!   conversation was and is ([`domain::clocks::Clocks::follow`]), called after every decision; nothing else touches one. Each
//!   is a row from its beginning on ([`store::clock`]).
//! - *One walk.* Deadlines, elapsed time and `/sla` are sums over the same open spans ([`domain::calendar`]).
//! - *One time wakes.* The earliest of everything that time alone changes about a conversation is its `wake_at`, an index over
//!   what is to come; the sleeper's cost is that of what is due. A step of a ladder that comes is counted in the clock, so
//!   that it comes once.
//! - *What stands in a channel is one post.* Alarms, the list of many alarms and boards each have a row that says where they
//!   stand ([`store::standing`]); what they tell is looked up when they are edited, a board a second after what it shows has
//!   changed. Summaries tell the moment they were due, and are decided like everything else: a row of the inbox whose key is
//!   the summary's name and time, so that any number of programs post it once ([`scheduler`], [`domain::schedule`]).
//! - *Pictures are data until they are performed* ([`domain::chart`]): they travel in outbox rows and are drawn beside the
//!   loops, in a moment nobody waits for.
//!
//! # What is asked of the record
//!
//! - *Words are cut here, not in the database* ([`domain::search`]): both index the same words, so that any script is found
//!   alike, and what people type holds letters and digits alone when a database sees it. The words of a message are written
//!   in the transaction that writes it.
//! - *Questions are loaded with the batch,* each answer bounded: a page, a file of one megabyte, the figures of so many clocks
//!   ([`desk::stats`]). What is larger is for `baton report`, which reads one picture of everything beside the desk.
//!
//! # Several team chats
//!
//! - *An id says whose it is* ([`domain::workspace`]): nothing else has to be carried beside a channel, a thread, a post or a
//!   person to know where they are. Somebody may have an id in each workspace; who is called where is looked up by the channel
//!   the conversation is in.
//! - *What differs is data* ([`domain::card::Caps`]): where cards do not stand in a channel, the card is the first post of its
//!   thread, shows the customer's first words, and nothing else is decided otherwise. A conversation that passes to a team
//!   elsewhere gets a new thread there as it would in another channel.
//! - *What a platform takes within a minute is kept in the outbox* ([`domain::allowance`], [`delivery`]): calls are written
//!   down as used in the transaction that takes their rows, before they are made, so that a restart and several programs
//!   exceed nothing. What has no room waits as a row: customers' words and answers first, then calls to people, then cards,
//!   marks and signs, each of the last in its newest form alone. When little is left, what a customer wrote one after the other
//!   goes out in one post; when more write for the first time than can have threads, they stand in one list until they have.
//! - *News are taken before they are confirmed* ([`telegram::poll`]): an update is in the inbox before Telegram is told so, and
//!   one program asks at a time, by a lease.
//!
//! # Exactly once, as far as it exists
//!
//! Telegram has no such means, and a bot cannot read what stands in a topic: a post whose answer was lost is repeated, and may
//! stand there twice. Discord posts carry a nonce made from the outbox id, a thread has the id of the message it was started from, edits and
//! reactions can be repeated: what a crash leaves `sending` there is simply tried again. WhatsApp offers nothing of the kind,
//! so a send whose answer was lost is never repeated by Baton: see [`delivery`].

pub mod app;
pub mod chart;
pub mod clock;
pub mod config;
pub mod crash;
pub mod delivery;
pub mod desk;
pub mod discord;
pub mod domain;
pub mod intake;
pub mod links;
pub mod metrics;
pub mod playground;
pub mod port;
pub mod scheduler;
pub mod secret;
pub mod store;
pub mod telegram;
pub mod web;
pub mod whatsapp;
