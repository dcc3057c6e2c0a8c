-- Up Migration

-- What the message was and what it led to, kept when `outputs` is emptied: by these columns an operation is followed through the
-- databases of all its handlers. Processes of an earlier version leave them empty.
alter table inbox
  add column type text,
  add column correlation_id text,
  -- The id of the message that led to this one.
  add column cause_id uuid,
  -- The business id that the message is about: the key of its saga; of an operation's first message the first field whose name
  -- ends in `id`.
  add column subject text,
  add column attempt smallint,
  -- The routing keys of its outputs in their order, as JSON; `@` precedes a timer. Ids follow from id and position.
  add column sent text;

-- An operation is found by its first message, and all others from there by their ids: so one row in many is in these indexes.
create index inbox_correlation on inbox (correlation_id) where cause_id is null and correlation_id is not null;
create index inbox_subject on inbox (subject) where cause_id is null and subject is not null;
