-- Up Migration

-- One row for each saga, ended ones too: an answer that comes late still has to be undone.
create table sagas (
  key text not null,
  saga text not null,
  status text not null,
  step text not null,
  start json,
  told json not null,
  failure json,
  deadline timestamptz not null,
  version int not null,
  -- The key first, so that a plan made while the table is empty is still right when it is large.
  primary key (key, saga)
) with (fillfactor = 50);
-- No other index, and half of each page left free: a step must stay a heap-only update.
