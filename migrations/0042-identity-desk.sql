-- Looking at people: what the live check answered, who saw a full identity and why, and the clocks after which nobody can.

-- One row per question to the identity registry. The digest goes when the clock of identities has run.
create table identity_verdict (
  id integer generated always as identity primary key,
  order_id uuid not null,
  document_kind text not null,
  document_digest bytea not null check (octet_length(document_digest) = 32),
  verdict text not null check (verdict in ('match', 'mismatch', 'no-answer')),
  -- What was done about it.
  decision text not null check (decision in ('sold', 'sold-unverified', 'refused')),
  answered_in_ms integer not null check (answered_in_ms >= 0),
  asked_at timestamptz not null
);
create index identity_verdict_match on identity_verdict (document_digest, asked_at) where verdict = 'match';
create index identity_verdict_order on identity_verdict (order_id);

-- Never holds a name, a number or a digest: what was seen is named by its tickets.
create table identity_access (
  id integer generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  kind text not null check (kind in ('reveal', 'search')),
  reason text not null,
  note text not null,
  tickets text[] not null
);
create index identity_access_actor on identity_access (actor, at desc);
create trigger append_only before update or delete on identity_access for each statement execute function append_only();

-- How long what is kept (ticketing facts §9). The latest row valid today holds; the floor is the law's.
create table retention_clock (
  subject text not null,
  valid_from date not null,
  days integer not null,
  floor_days integer not null,
  source text not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (subject, valid_from),
  check (days >= floor_days)
);
create trigger append_only before update or delete on retention_clock for each statement execute function append_only();
insert into retention_clock (subject, valid_from, days, floor_days, source, published_at, published_by) values
  ('identity', '2020-01-01', 395, 365, '道路旅客运输及客运站管理规定 第五十二条：不少于1年', now(), 'migration'),
  ('video', '2020-01-01', 90, 90, '道路旅客运输及客运站管理规定 第五十二条：不少于90日', now(), 'migration'),
  ('orders', '2020-01-01', 1095, 1095, '电子商务法 第三十一条：不少于3年', now(), 'migration'),
  ('invoices', '2020-01-01', 1825, 1825, '发票管理办法：5年', now(), 'migration'),
  ('security-log', '2020-01-01', 365, 183, '网络安全法 第二十一条：不少于6个月', now(), 'migration'),
  ('sharing-records', '2020-01-01', 1095, 1095, '网络数据安全管理条例 第十二条：3年', now(), 'migration'),
  ('idempotency-keys', '2020-01-01', 30, 0, '平台选定', now(), 'migration');

-- Up to which day of travel identities are gone.
create table retention_progress (
  id smallint primary key default 1 check (id = 1),
  forgotten_until date not null
);
-- Orders whose clock has run and which are not forgotten yet, because something of them is open; looked at again each day.
create table retention_due (
  order_id uuid primary key references ticket_order,
  since date not null
);

alter table coupon
  add column forgotten_at timestamptz,
  -- All that stays of a birth date.
  add column age_band text check (age_band in ('0-6', '7-14', '15-17', '18-59', '60+'));

-- An order may be forgotten when nothing of it can move any more.
create function is_order_settled(of_order uuid, before date) returns boolean language sql stable as $$
  select placed.state <> 'LOCKED'
    and not exists (select from charge where charge.order_id = placed.id and charge.state in ('PENDING', 'UNKNOWN'))
    and not exists (select from refund where refund.order_id = placed.id and refund.state <> 'PAID')
    and not exists (
      select from coupon left join departure on departure.id = coupon.departure
      where coupon.order_id = placed.id
        and (coupon.state in ('SUSPENDED', 'REFUNDING') or coalesce(departure.day, coupon.open_until) >= before))
  from ticket_order as placed where placed.id = of_order
$$;

-- Irreversible: what was sealed is gone, what could be compared is chance. The ticket number, the leg, the price, the kind of document
-- and the age band stay.
create function forget_order(of_order uuid, bands jsonb, at timestamptz) returns void language plpgsql as $$
begin
  delete from credential where ticket_no in (select ticket_no from coupon where order_id = of_order);
  update identity_verdict set document_digest = random_digest() where order_id = of_order;
  update ticket_order set request_digest = random_digest() where id = of_order;
  update coupon set identity = '', forgotten_at = at, age_band = bands ->> position::text,
    document_digest = case when document_digest is not null then random_digest() end
  where order_id = of_order;
  delete from retention_due where order_id = of_order;
end $$;

create function random_digest() returns bytea language sql volatile as $$
  select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;
