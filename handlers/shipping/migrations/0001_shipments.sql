-- Up Migration

-- The bookings of the stand-in carrier.
create table shipments (
  order_id uuid primary key,
  tracking_id text not null unique,
  country text not null,
  postal_code text not null,
  status text not null default 'scheduled' check (status in ('scheduled', 'cancelled')),
  version int not null default 1,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
) with (fillfactor = 80);
