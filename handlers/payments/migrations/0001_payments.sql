-- Up Migration

-- The bank's actions for each order. The order is the business key: a second command for it changes nothing.
create table payments (
  order_id uuid primary key,
  authorization_id text not null unique,
  currency text not null,
  -- In cents.
  amount bigint not null check (amount > 0),
  captured bigint not null default 0 constraint captured_within_amount check (captured between 0 and amount),
  refunded bigint not null default 0 constraint refunded_within_captured check (refunded between 0 and captured),
  status text not null default 'authorized' check (status in ('authorized', 'captured', 'voided', 'refunded')),
  version int not null default 1,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  constraint status_says_captured check ((status in ('captured', 'refunded')) = (captured > 0)),
  constraint status_says_refunded check ((status = 'refunded') = (refunded > 0))
) with (fillfactor = 80);
