-- Up Migration

create table errors (
  line_id uuid primary key,
  source text not null,
  text text not null,
  times int not null,
  -- Of the operation in which it was written first: the log of the source names it too.
  correlation_id text not null,
  written_at timestamptz not null
);

create index errors_time on errors (written_at);
