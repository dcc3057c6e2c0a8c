-- Up Migration

-- Every message of the system, appended once and never changed. A day is a partition, so that forgetting it costs nothing.
create table journal (
  recorded_at timestamptz not null default now(),
  record_id uuid not null,
  -- Claims of the producer, which may be anything.
  id text,
  type text,
  exchange text not null,
  key text not null,
  body text not null,
  encoding text not null,
  bytes int not null,
  correlation_id text,
  cause_id text,
  -- The business id that it is about: the first field of its body whose name ends in id.
  subject text,
  published_at timestamptz,
  producer text not null,
  app text,
  content_type text,
  priority int,
  headers json not null
) partition by range (recorded_at);

create index journal_time on journal (recorded_at, record_id);
create index journal_id on journal (id);
create index journal_correlation on journal (correlation_id);
create index journal_subject on journal (subject) where subject is not null;

-- Makes the partitions of today and tomorrow, and drops those older than so many days. Days are those of UTC.
create function keep_days(keep int) returns void language plpgsql as $$
declare
  today date := (now() at time zone 'UTC')::date;
  day date;
  old regclass;
begin
  if to_regclass('journal_' || to_char(today, 'YYYYMMDD')) is not null
    and to_regclass('journal_' || to_char(today + 1, 'YYYYMMDD')) is not null then
    return;
  end if;
  foreach day in array array[today, today + 1] loop
    execute format(
      'create table if not exists %I partition of journal for values from (%L) to (%L)',
      'journal_' || to_char(day, 'YYYYMMDD'), day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00'
    );
  end loop;
  for old in
    select inhrelid::regclass from pg_inherits join pg_class on oid = inhrelid
    where inhparent = 'journal'::regclass and relname < 'journal_' || to_char(today - keep, 'YYYYMMDD')
  loop
    execute format('drop table %s', old);
  end loop;
end $$;
