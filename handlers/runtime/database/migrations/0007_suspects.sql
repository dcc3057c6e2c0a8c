-- Up Migration

-- Messages of an ordered handler that may have ended its process, while they are under way. A row that is found when its message is delivered
-- again means that the process ended meanwhile.
create table suspects (
  id uuid primary key,
  -- How often that has happened, this time included.
  deaths int not null default 1,
  marked_at timestamptz not null default now()
);
