-- Electronic invoices of tickets (数电票, ticketing facts §6): asked for through a port, taken back by a red letter, made again once.
create table coupon_invoice (
  ticket_no text primary key references coupon (ticket_no),
  -- NONE is the absence of a row.
  state text not null check (state in ('REQUESTED', 'ISSUED', 'RED_REQUESTED', 'RED', 'REISSUED')),
  -- 1, and 2 once it was made again.
  attempt smallint not null default 1 check (attempt in (1, 2)),
  -- The buyer (购买方): a company or a person.
  title text not null,
  tax_number text check (tax_number ~ '^[0-9A-Z]{15,20}$'),
  amount bigint not null check (amount > 0),
  number text check (number ~ '^[0-9]{20}$'),
  next_attempt_at timestamptz not null
);
create index coupon_invoice_due on coupon_invoice (next_attempt_at) where state in ('REQUESTED', 'RED_REQUESTED');

-- Every document the tax platform gave out, blue or red: kept five years, never edited.
create table invoice_document (
  number text primary key check (number ~ '^[0-9]{20}$'),
  ticket_no text not null references coupon_invoice (ticket_no),
  colour text not null check (colour in ('blue', 'red')),
  -- Of a red one: the blue one it takes back.
  reverses text references invoice_document,
  title text not null,
  tax_number text,
  -- Negative when red.
  amount bigint not null,
  -- What the line of a passenger-transport invoice says: route, day, vehicle, class. The passenger stays sealed in the coupon.
  journey jsonb not null,
  issued_at timestamptz not null,
  check ((colour = 'red') = (reverses is not null) and (colour = 'red') = (amount < 0)),
  constraint invoice_document_reversed_once unique (reverses)
);
create index invoice_document_ticket on invoice_document (ticket_no);
create trigger append_only before update or delete on invoice_document for each statement execute function append_only();

select guard('coupon_invoice'), guard('invoice_document');

-- The simulated tax platform is an outside party that happens to live in our database. It answers a key's second question.
create table simulated_tax_document (
  key text primary key,
  number text not null,
  issued_at timestamptz not null
);
create sequence simulated_tax_serial maxvalue 999999999999999;

-- A ticket whose invoice stands is not refunded or changed: the red letter comes first. The ticket's row, which both lock, decides
-- between an invoice and a refund that come at the same time.
create function has_standing_invoice(of_ticket text) returns boolean language sql stable as $$
  select exists (select from coupon_invoice where ticket_no = of_ticket and state <> 'RED')
$$;

create function refuse_invoiced_refund() returns trigger language plpgsql as $$
begin
  if has_standing_invoice(new.ticket_no) then
    raise exception 'ticket % has an invoice', new.ticket_no using errcode = 'LN010', constraint = 'red_letter_first';
  end if;
  return new;
end $$;
create trigger red_letter_first before insert on refund_item for each row execute function refuse_invoiced_refund();

-- 'ticket_not_changeable' is what a change that cannot be made is refused with.
create function refuse_invoiced_change() returns trigger language plpgsql as $$
begin
  if has_standing_invoice(new.ticket_no) then
    raise exception 'ticket % has an invoice', new.ticket_no using errcode = 'LN010', constraint = 'ticket_not_changeable';
  end if;
  return new;
end $$;
create trigger red_letter_first before update of state on coupon for each row when (new.state = 'CHANGED')
  execute function refuse_invoiced_change();
