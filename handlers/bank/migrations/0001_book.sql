-- Up Migration

-- The bank's book: one entry per authorization request, declined ones included.
create table authorizations (
  -- A version 7 UUID: ids sort by time.
  id text primary key,
  -- The shop's reference. Two entries with the same reference are two payments.
  reference text not null,
  currency text not null,
  card text not null,
  -- In cents.
  amount bigint not null check (amount > 0),
  captured bigint not null constraint captured_within_amount check (captured between 0 and amount),
  refunded bigint not null constraint refunded_within_captured check (refunded between 0 and captured),
  status text not null check (status in ('authorized', 'declined', 'captured', 'voided', 'refunded')),
  reason text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
) with (fillfactor = 80);

-- Requests that had an effect, by Idempotency-Key, with their answers: kept for ever.
create table requests (
  key text primary key,
  request text not null,
  answer json not null,
  answered_at timestamptz not null default now()
);
