-- Up Migration

-- One row for each message that was handled. Its outputs are kept until the broker has confirmed them:
-- a redelivery publishes them again, so the delivery that was not acknowledged is the relay.
create table inbox (
  id uuid primary key,
  body_hash text not null,
  outputs text,
  handled_at timestamptz not null default now()
) with (fillfactor = 50);
-- BRIN, because emptying `outputs` must stay a heap-only update.
create index inbox_handled_at on inbox using brin (handled_at);

-- Messages for later. A row is its own delivery: deleting it is its acknowledgement.
create table timers (
  id uuid primary key,
  due timestamptz not null,
  name text,
  message text not null
);
create index timers_due on timers (due);
create index timers_name on timers (name) where name is not null;

-- Messages that were stored outside of any delivery (an HTTP request) and are not confirmed yet.
create table outbox (
  id uuid primary key,
  message text not null,
  stored_at timestamptz not null default now()
);
create index outbox_stored_at on outbox (stored_at);
