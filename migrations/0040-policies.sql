-- Policies as published versions. A version names the knobs it sets and whom it speaks for; services/fares resolves them into
-- sale_policy (what is in force, by line, stop and days) and refund_policy (each distinct set of terms, never changed, named by coupons).

create table policy_version (
  id integer generated always as identity primary key,
  -- {mode, carrier?, place?, line?} by code.
  scope jsonb not null,
  -- Days of travel. With an end it is a season's and goes before the whole year's.
  valid_from date not null,
  valid_to date,
  terms jsonb not null,
  note text not null,
  published_at timestamptz not null,
  published_by text not null,
  check (valid_to is null or valid_to >= valid_from)
);
create trigger append_only before update or delete on policy_version for each statement execute function append_only();

alter table refund_policy drop constraint refund_policy_code;
alter table refund_policy add column terms jsonb;
alter table refund_policy disable trigger append_only;
-- Coupons sold before this migration keep their refund tiers; what was not asked of them then is set to what was done.
update refund_policy set terms = jsonb_build_object(
  'presaleDays', sale.presale_days, 'newEnergyPresaleDays', sale.presale_days,
  'saleClosesMinutes', sale.sale_closes_minutes, 'vehicleSaleClosesMinutes', sale.sale_closes_minutes,
  'arrivesWithinMinutes', sale.check_in_opens_minutes, 'holdMinutes', sale.hold_minutes,
  'passengersPerOrder', sale.passengers_per_order, 'ticketsPerIdentityPerDay', null, 'journeyGapMinutes', null,
  'freeChildrenPerAdult', sale.free_children_per_adult, 'freeAgeMax', sale.free_age_max, 'halfAgeMax', sale.half_age_max,
  'halfSharePercentMax', null, 'aloneFromAge', 0, 'infantsPerAdult', 1,
  'checkInOpensMinutes', sale.check_in_opens_minutes, 'checkInClosesMinutes', sale.check_in_closes_minutes,
  'voidMinutes', sale.void_minutes, 'stationFee', 0, 'fuelSurcharge', 0, 'insurancePremium', 0,
  'refund', jsonb_build_object('code', refund_policy.code, 'name', refund_policy.name, 'source', refund_policy.source,
    'changedCountsAsLate', refund_policy.changed_counts_as_late, 'checkedCountsAsLate', refund_policy.changed_counts_as_late,
    'rounding', 5, 'roundingUnit', 'fen', 'formula', 0,
    'tiers', coalesce((select jsonb_agg(jsonb_build_object('atLeastSeconds', at_least_seconds, 'fareKind', fare_kind,
      'rate', trim_scale(rate)::text, 'minimum', minimum, 'fixed', fixed) order by at_least_seconds desc, fare_kind)
      from refund_tier where policy = refund_policy.id), '[]')),
  'change', jsonb_build_object('timesMax', 1, 'closesMinutes', 0, 'untilPortEntry', refund_policy.changed_counts_as_late,
    'lateFee', false, 'sameLine', true, 'sameStops', true, 'samePrice', false, 'lowerPrice', true, 'changedRefundable', true,
    'changedVoidable', false),
  'serviceFees', jsonb_build_object('counter', sale.service_fee, 'kiosk', sale.service_fee, 'web', sale.service_fee,
    'phone', sale.service_fee, 'agent', sale.service_fee, 'platform', sale.service_fee),
  'identityCheck', jsonb_build_object('ask', false, 'answerWithinMs', 1500, 'withoutAnswer', 'sell', 'matchHoldsHours', 24))
from (select distinct on (refund_policy) * from sale_policy order by refund_policy, line nulls first, id) as sale
where sale.refund_policy = refund_policy.id;
alter table refund_policy enable trigger append_only;

insert into policy_version (scope, valid_from, valid_to, terms, note, published_at, published_by)
select jsonb_strip_nulls(jsonb_build_object('mode', sale.mode, 'line', line.code)), sale.valid_from, sale.valid_to,
  refund_policy.terms || jsonb_build_object('presaleDays', sale.presale_days, 'saleClosesMinutes', sale.sale_closes_minutes,
    'holdMinutes', sale.hold_minutes, 'passengersPerOrder', sale.passengers_per_order,
    'freeChildrenPerAdult', sale.free_children_per_adult, 'freeAgeMax', sale.free_age_max, 'halfAgeMax', sale.half_age_max,
    'checkInOpensMinutes', sale.check_in_opens_minutes, 'checkInClosesMinutes', sale.check_in_closes_minutes,
    'voidMinutes', sale.void_minutes),
  'as it was before policies had versions', now(), 'migration'
from sale_policy as sale
join refund_policy on refund_policy.id = sale.refund_policy
left join line on line.id = sale.line
order by sale.id;

-- sale_policy is resolved from the versions and rebuilt as a whole: a row for a stop before its line's, that before its mode's.
alter table sale_policy drop constraint sale_policy_once;
alter table sale_policy add column position smallint check (position is null or line is not null);
alter table sale_policy add constraint sale_policy_once unique nulls not distinct (mode, line, position, valid_from);
drop table refund_tier;

-- The network and the versions sale_policy was last resolved from; services/fares resolves again when they have grown.
create table policy_build (
  id smallint primary key default 1 check (id = 1),
  versions integer not null,
  stops integer not null,
  built_at timestamptz not null
);
