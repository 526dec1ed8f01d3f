-- What decides whether a departure is on sale stands with the policy in force, so that a search says it without opening the terms:
-- from which minute of the first day, after its vehicle's report, how long before a stop on the way, and each channel's own closing.
alter table sale_policy
  add column presale_opens_minute smallint not null default 0,
  add column sells_after_report boolean not null default false,
  -- Null: as at the first stop; 0: once the vehicle has reported.
  add column passing_opens_minutes smallint,
  -- Minutes before departure: of channels without their own, then of those with.
  add column closes_minutes integer not null default 0,
  add column closes_minutes_by jsonb not null default '{}';
update sale_policy
set presale_opens_minute = (terms ->> 'presaleOpensMinute')::smallint, sells_after_report = (terms ->> 'sellsAfterReport')::boolean,
  passing_opens_minutes = (terms ->> 'passingOpensMinutes')::smallint, closes_minutes = (terms ->> 'saleClosesMinutes')::integer,
  closes_minutes_by = terms -> 'saleClosesMinutesBy'
from refund_policy
where refund_policy.id = sale_policy.refund_policy;
