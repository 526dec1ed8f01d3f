-- Fares: where a price comes from, the ceiling it may not pass, and concessions as rows of the policy.
alter table fare
  -- Parameter 0021: the line's price, one set by hand (硬调票价), one by formula.
  add column source text not null default 'line' check (source in ('line', 'set', 'formula')),
  add column formula jsonb check ((source = 'formula') = (formula is not null)),
  add column published_at timestamptz,
  add column published_by text;

-- 上限票价 by stretch; the latest row valid on a fare's first day holds.
create table fare_ceiling (
  line integer not null,
  from_position smallint not null,
  to_position smallint not null,
  valid_from date not null,
  amount bigint not null check (amount >= 0),
  source text not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (line, from_position, to_position, valid_from),
  foreign key (line, from_position) references line_stop (line, position),
  foreign key (line, to_position) references line_stop (line, position),
  check (from_position < to_position)
);
create trigger append_only before update or delete on fare_ceiling for each statement execute function append_only();

create function ceiling_of(of_line integer, from_stop integer, to_stop integer, day date) returns bigint language sql stable as $$
  select amount from fare_ceiling
  where line = of_line and from_position = from_stop and to_position = to_stop and valid_from <= day
  order by valid_from desc limit 1
$$;

-- However a fare comes in: by hand, by formula, with a timetable.
create function check_fare_ceiling() returns trigger language plpgsql as $$
begin
  if new.full_fare > ceiling_of(new.line, new.from_position, new.to_position, new.valid_from) then
    raise exception 'a fare of line % is above its ceiling', new.line using errcode = 'LN011', constraint = 'fare_within_ceiling';
  end if;
  return new;
end $$;
create trigger within_ceiling before insert or update of full_fare on fare for each row execute function check_fare_ceiling();

-- Policies of earlier starts get the knobs that came with concessions: what was done before.
alter table policy_version disable trigger append_only;
update policy_version set terms = terms || '{"freeHeightMaxCm": null, "halfHeightMaxCm": null, "concessions": []}'
  where terms ? 'freeAgeMax' and not terms ? 'concessions';
alter table policy_version enable trigger append_only;
alter table refund_policy disable trigger append_only;
update refund_policy set terms = terms || '{"freeHeightMaxCm": null, "halfHeightMaxCm": null, "concessions": []}'
  where not terms ? 'concessions';
alter table refund_policy enable trigger append_only;

-- A plate is somebody's too.
create or replace function forget_order(of_order uuid, bands jsonb, at timestamptz) returns void language plpgsql as $$
begin
  delete from credential where ticket_no in (select ticket_no from coupon where order_id = of_order);
  update identity_verdict set document_digest = random_digest() where order_id = of_order;
  update ticket_order set request_digest = random_digest() where id = of_order;
  update vehicle set plate = '-' where order_id = of_order;
  update coupon set identity = '', forgotten_at = at, age_band = bands ->> position::text,
    document_digest = case when document_digest is not null then random_digest() end
  where order_id = of_order;
  delete from retention_due where order_id = of_order;
end $$;
