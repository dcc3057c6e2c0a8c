-- Up Migration

-- Every piece ever received is available, reserved or shipped: a constraint checks the sum on every change.
-- The fillfactor is low, because a busy product's row is rewritten a hundred times in one transaction.
create table stock (
  sku text primary key,
  received int not null check (received >= 0),
  available int not null check (available >= 0),
  reserved int not null default 0 check (reserved >= 0),
  shipped int not null default 0 check (shipped >= 0),
  -- Falling below this threshold is reported once.
  low_below int not null default 100 check (low_below >= 0),
  version int not null default 1,
  changed_at timestamptz not null default now(),
  constraint nothing_appears_or_vanishes check (received = available + reserved + shipped)
) with (fillfactor = 10);

-- One row per order: the order is the business key, regardless of the ids of its commands.
create table reservations (
  order_id uuid primary key,
  state text not null check (state in ('reserved', 'rejected', 'released', 'committed')),
  -- [{ "sku": …, "quantity": … }], one entry per SKU; empty if nothing was reserved.
  lines jsonb not null default '[]',
  -- The reason for the rejection.
  reason text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  check ((state = 'rejected') = (reason is not null))
) with (fillfactor = 80);

insert into stock (sku, received, available)
select sku, 1000000, 1000000
from unnest(array[
  'BOOK-1', 'PEN-1', 'LAPTOP-1', 'PHONE-1', 'CHARGER-1', 'HEADPHONES-1', 'MUG-1', 'CHAIR-1', 'DESK-1', 'LAMP-1'
]) as sku;

-- In the catalogue, but never in stock.
insert into stock (sku, received, available) values ('RARE-1', 0, 0);
