-- Up Migration

-- What a scaler asks at zero replicas: 1 if a timer is due or nearly so, else 0. Not how many: more replicas would only wait
-- for the same lock. A view, so that the scaler's role can be kept from everything else.
create view due_timers as
  select exists(select 1 from timers where due <= now() + interval '15 s')::int as due;
