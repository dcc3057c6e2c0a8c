-- Up Migration

-- What each day brought, in cents: written once, when the day is over.
create table days (
  day date not null,
  currency text not null,
  captured bigint not null,
  refunded bigint not null,
  orders int not null,
  primary key (day, currency)
);
