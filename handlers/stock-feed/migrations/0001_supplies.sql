-- Up Migration

create table supplies (
  sku text primary key,
  quantity int not null check (quantity >= 0),
  updates int not null default 1,
  changed_at timestamptz not null default now()
);
