-- Up Migration

-- What happened to the points of each customer, appended once and never changed. Everything else in this database follows from it.
create table point_events (
  customer_id text not null,
  version int not null check (version > 0),
  type text not null check (type in ('earned', 'taken back', 'barred')),
  order_id uuid not null,
  data jsonb not null,
  recorded_at timestamptz not null default now(),
  -- Two transactions that decided on the same state cannot both append: the second one fails and decides again.
  constraint one_event_per_version primary key (customer_id, version)
);

-- The state that follows from the events of a customer, so that a decision need not read all of them.
create table customers (
  customer_id text primary key,
  version int not null,
  points bigint not null check (points >= 0)
) with (fillfactor = 80);

create table orders (
  order_id uuid primary key,
  customer_id text not null,
  total bigint not null,
  points bigint not null check (points >= 0),
  status text not null check (status in ('earned', 'returned', 'cancelled'))
) with (fillfactor = 80);
