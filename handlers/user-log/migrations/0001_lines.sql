-- Up Migration

create table lines (
  line_id uuid primary key,
  severity text not null,
  text text not null,
  times int not null,
  -- Of the operation in which it was written first.
  correlation_id text not null,
  written_at timestamptz not null
);

create index lines_time on lines (written_at);
