-- Up Migration

-- One row for each replica that waits for a dependency, for as long as it is seen: a replica that was killed leaves its row behind.
create table pauses (
  replica uuid primary key,
  dependency text not null,
  since timestamptz not null default now(),
  seen timestamptz not null default now()
);
