-- Up Migration

-- The customers' requests: the command as first published, so that the same Idempotency-Key gets the same response.
-- Rows never change; later events of an order are rows of `timeline`.
create table requests (
  order_id uuid primary key,
  customer_id text not null,
  fingerprint text not null,
  correlation_id text not null,
  command json not null,
  created_at timestamptz not null default clock_timestamp()
);
create index requests_customer on requests (customer_id, created_at desc, order_id desc);

-- One row per event type of an order. The highest rank determines the order's status, so events may arrive in any order and
-- more than once.
create table timeline (
  order_id uuid not null,
  rank smallint not null,
  type text not null,
  status text,
  attempts integer not null,
  reason text,
  tracking_id text,
  at timestamptz not null,
  primary key (order_id, rank)
);

create view orders as
select
  requests.order_id as id,
  requests.customer_id,
  coalesce(latest.status, 'received') as status,
  (requests.command ->> 'total')::bigint as total,
  requests.command ->> 'currency' as currency,
  latest.reason,
  latest.tracking_id,
  requests.correlation_id,
  requests.command,
  requests.created_at,
  (select count(*) from timeline where timeline.order_id = requests.order_id)::integer as version
from requests
left join lateral (
  select status, reason, tracking_id
  from timeline
  where timeline.order_id = requests.order_id and status is not null
  order by rank desc
  limit 1
) as latest on true;
