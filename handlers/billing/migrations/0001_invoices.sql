-- Up Migration

-- The tax that a price includes, by the country of delivery. An order to a country without a row is not invoiced until it has one.
create table tax_rules (
  country text primary key check (country ~ '^[A-Z]{2}$'),
  name text not null,
  -- A hundredth of a percent: 1900 are 19 %.
  basis_points int not null check (basis_points between 0 and 10000)
);

insert into tax_rules (country, name, basis_points) values
  ('AT', 'VAT', 2000), ('BE', 'VAT', 2100), ('CH', 'VAT', 810), ('CZ', 'VAT', 2100), ('DE', 'VAT', 1900), ('DK', 'VAT', 2500),
  ('ES', 'VAT', 2100), ('FI', 'VAT', 2550), ('FR', 'VAT', 2000), ('GB', 'VAT', 2000), ('GR', 'VAT', 2400), ('IE', 'VAT', 2300),
  ('IT', 'VAT', 2200), ('JP', 'Consumption tax', 1000), ('NL', 'VAT', 2100), ('NO', 'VAT', 2500), ('PL', 'VAT', 2300),
  ('PT', 'VAT', 2300), ('SE', 'VAT', 2500), ('US', 'Sales tax', 0);

-- The last number of each year. It is raised in the transaction that stores its invoice, and its row is locked until the end of that:
-- a number that is not used is given back. A sequence would leave a gap.
create table numbers (
  year int primary key,
  last int not null check (last > 0)
) with (fillfactor = 10);

-- Written once and never changed. One invoice per order: the order is the business key.
create table invoices (
  order_id uuid primary key,
  customer_id text not null,
  year int not null,
  number int not null check (number > 0),
  issued_on date not null,
  currency text not null,
  -- In the smallest unit of the currency, as the tax that the total includes.
  total bigint not null check (total > 0),
  tax bigint not null check (tax between 0 and total),
  pdf bytea not null,
  created_at timestamptz not null default now(),
  constraint number_once unique (year, number)
);
-- A PDF is compressed already.
alter table invoices alter column pdf set storage external;
