-- Up Migration

create table guests (name text primary key, times integer not null);
