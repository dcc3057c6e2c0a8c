-- Up Migration

-- The orders that the warehouses pick: a row for each order, in the region whose warehouse it leaves from.
create table picks (
  order_id uuid primary key,
  -- Null for an order of another region, and for one of which the end is known before its creation.
  region text,
  country text,
  state text not null default 'waiting' check (state in ('waiting', 'ready', 'dropped')),
  changed_at timestamptz not null default now()
) with (fillfactor = 80);

-- The pick list of a region, oldest first.
create index picks_ready on picks (region, changed_at) where state = 'ready';
