-- Up Migration

-- Messages of an ordered handler that wait for an earlier one of their key to be handled. The first of each key is tried again when it is
-- due, or rests until an operator sends it on.
create table parked (
  position bigint generated always as identity primary key,
  id uuid not null unique,
  key text not null,
  -- The message as it was delivered.
  message text not null,
  history text not null,
  -- Null for a message behind another one, and for one that rests.
  due timestamptz,
  -- How often it was taken since its last failure: more than once means that the process ended with it.
  leases int not null default 0,
  -- Why it rests, and its last error.
  reason text,
  error text,
  parked_at timestamptz not null default now(),
  -- Handled: the row stays until the messages that it led to are confirmed.
  done boolean not null default false
);
create index parked_key on parked (key, position) where not done;
create index parked_due on parked (due) where due is not null;

-- A scaler wakes the handler for them as for timers.
create or replace view due_timers as
  select (exists(select 1 from timers where due <= now() + interval '15 s')
    or exists(select 1 from parked where due <= now() + interval '15 s'))::int as due;

-- Messages of an ordered handler that may have ended its process, while they are under way. A row that is left when its session has gone
-- means that the process ended meanwhile.
create table suspects (
  id uuid primary key,
  -- How often that has happened, apart from the last mark.
  deaths int not null default 0,
  -- The server's process of the session that marked it last.
  marked_by int not null,
  marked_at timestamptz not null default clock_timestamp()
);
