-- Up Migration

-- What is known of each order: the union of what its events tell, so their order and repeats make no difference.
create table orders (
  order_id uuid primary key,
  -- From order.created.v1. An order is counted when these are known.
  created_at timestamptz,
  country text,
  currency text,
  total bigint,
  -- The steps that it has reached.
  reserved boolean,
  authorized boolean,
  scheduled boolean,
  captured boolean,
  confirmed boolean,
  -- From order.cancelled.v1.
  step text,
  reason text
) with (fillfactor = 70);

-- Of the orders that were placed on a day, in a country and a currency: how many reached each step, and the total of the confirmed ones.
create table days (
  day date not null,
  country text not null,
  currency text not null,
  created int not null,
  reserved int not null,
  authorized int not null,
  scheduled int not null,
  captured int not null,
  confirmed int not null,
  revenue bigint not null,
  primary key (day, country, currency)
) with (fillfactor = 70);

-- Of the orders that were placed on a day: how many were cancelled at which step, and why.
create table failures (
  day date not null,
  step text not null,
  reason text not null,
  orders int not null,
  primary key (day, step, reason)
);
