-- Rules of sale that were constants or missing: how long each channel holds a place (parameters 1008, 1009), departures sold only once
-- their vehicle has reported (1020), stops on the way whose sale opens shortly before (过路, 1034), and how many children without a seat
-- a coach takes (1012, 1061; R13). Policies of earlier starts get what was done before.
alter table policy_version disable trigger append_only;
update policy_version
set terms = terms || '{"holdMinutesBy": {}, "sellsAfterReport": false, "passingOpensMinutes": null, "freeChildShare": {"unit": "percent", "value": 10}}'
where terms ? 'freeAgeMax' and not terms ? 'freeChildShare';
alter table policy_version enable trigger append_only;
alter table refund_policy disable trigger append_only;
update refund_policy
set terms = terms || '{"holdMinutesBy": {}, "sellsAfterReport": false, "passingOpensMinutes": null, "freeChildShare": {"unit": "percent", "value": 10}}'
where not terms ? 'freeChildShare';
alter table refund_policy enable trigger append_only;

-- A share of the seats, or a number of children, by the policy of the line; a tenth where there is none.
create function free_children(share jsonb, places integer) returns integer language sql immutable as $$
  select case share ->> 'unit' when 'places' then (share ->> 'value')::integer
    else places * coalesce((share ->> 'value')::integer, 10) / 100 end
$$;

-- As in migration 0030, free children by policy.
create or replace function generate_day(of_day date, today date) returns integer language sql as $$
  with open_line as materialized (
    select line.id, line.mode, child.share
    from line
    -- The longest period any stop of the line has; each sale asks for its own.
    left join lateral (
      select coalesce(max(presale_days) filter (where sale_policy.line is not null), max(presale_days)) as presale_days from sale_policy
      where sale_policy.mode = line.mode and (sale_policy.line is null or sale_policy.line = line.id)
        and valid_from <= of_day and (valid_to is null or valid_to >= of_day)) as policy on true
    left join lateral (
      select refund_policy.terms -> 'freeChildShare' as share
      from sale_policy join refund_policy on refund_policy.id = sale_policy.refund_policy
      where sale_policy.mode = line.mode and (sale_policy.line is null or sale_policy.line = line.id) and sale_policy.position is null
        and valid_from <= of_day and (valid_to is null or valid_to >= of_day)
      order by sale_policy.line nulls last, sale_policy.valid_from desc limit 1) as child on line.mode = 'coach'
    where of_day <= today + coalesce(policy.presale_days, 15)),
  wanted as materialized (
    select running.*, open_line.mode, open_line.share from plans_running(of_day, of_day) as running
    join open_line on open_line.id = running.line),
  generated as (
    insert into departure (line, number, day, departs_at, places, kind, first_departs_at)
    select line, number, day, departs_at, places, kind, first_departs_at from wanted
    order by line, departs_at
    on conflict do nothing
    returning id, line, number, departs_at),
  fresh as materialized (
    select generated.id, generated.departs_at, wanted.plan, wanted.mode, wanted.kind, wanted.places, wanted.share
    from generated join wanted using (line, number)),
  seats as (
    insert into seat_map (departure, occupied)
    select id, array_fill(0, array[places]) from fresh where mode = 'coach' and kind <> 'shuttle'),
  pools as (
    insert into capacity_pool (departure, pool, capacity)
    select id, 'passenger', places from fresh where mode = 'ferry' or kind = 'shuttle'
    union all select id, 'free-child', free_children(share, places) from fresh where mode = 'coach'),
  loadings as (
    insert into departure_loading (departure, position, departs_at, gate)
    select fresh.id, loading.position, fresh.departs_at + stop.minutes * interval '1 minute', loading.gate
    from fresh join plan_loading as loading using (plan)
    join departure_plan on departure_plan.id = fresh.plan
    join line_stop as stop on stop.line = departure_plan.line and stop.position = loading.position),
  cabins as (
    insert into departure_cabin (departure, cabin, places)
    select fresh.id, plan_cabin.cabin, plan_cabin.places from fresh join plan_cabin using (plan))
  select count(*)::integer from generated
$$;
