-- Supervision of the service (S24, 12328): ratings and cases tied to a ticket and its history, deadlines as data, and claims paid back through
-- the payment they came from without ending the ticket.

create table ticket_rating (
  ticket_no text primary key references coupon (ticket_no),
  departure integer not null,
  punctuality smallint not null check (punctuality between 1 and 5),
  comfort smallint not null check (comfort between 1 and 5),
  staff smallint not null check (staff between 1 and 5),
  rated_at timestamptz not null
);
create index ticket_rating_departure on ticket_rating (departure);
create trigger append_only before update or delete on ticket_rating for each statement execute function append_only();

-- How long each kind may take. The hotline's own deadlines were not readable: these rows are ours, and a new row changes them.
create table case_deadline (
  kind text not null check (kind in ('complaint', 'claim', 'enquiry', 'suggestion')),
  effective_from date not null,
  accept_hours integer not null check (accept_hours > 0),
  answer_days integer not null check (answer_days > 0),
  primary key (kind, effective_from)
);
create trigger append_only before update or delete on case_deadline for each statement execute function append_only();
insert into case_deadline values
  ('complaint', '2020-01-01', 24, 10), ('claim', '2020-01-01', 24, 10), ('enquiry', '2020-01-01', 24, 5), ('suggestion', '2020-01-01', 72, 30);

create sequence case_number;
create table service_case (
  id uuid primary key,
  number text not null unique,
  kind text not null,
  subject text not null check (subject in ('overcharge', 'missed-connection', 'delay', 'cancellation', 'refund', 'staff', 'safety',
    'cleanliness', 'luggage', 'sale', 'other')),
  ticket_no text references coupon (ticket_no),
  -- 'role:account' of whoever opened it; a clerk opens it for a caller.
  owner text not null,
  -- What is claimed back.
  asked bigint check (asked > 0),
  state text not null check (state in ('RECEIVED', 'REFUSED', 'ACCEPTED', 'TRANSFERRED', 'ANSWERED', 'CLOSED', 'WITHDRAWN')),
  -- Code of the carrier or place it was handed to.
  party text,
  request_digest bytea not null check (octet_length(request_digest) = 32),
  opened_at timestamptz not null,
  accept_by timestamptz not null,
  answer_by timestamptz not null,
  answered_at timestamptz,
  constraint case_claim check ((asked is not null) = (kind = 'claim')),
  constraint case_claim_ticket check (kind <> 'claim' or ticket_no is not null)
);
create index service_case_open on service_case (answer_by) where state in ('RECEIVED', 'ACCEPTED', 'TRANSFERRED', 'ANSWERED');
create index service_case_owner on service_case (owner, opened_at);
create index service_case_ticket on service_case (ticket_no);

create table case_event (
  id integer generated always as identity primary key,
  case_id uuid not null references service_case,
  event text not null check (event in ('open', 'accept', 'refuse', 'transfer', 'answer', 'settle', 'close', 'reopen', 'withdraw', 'overdue')),
  at timestamptz not null,
  actor text not null,
  -- People write about people: sealed, with the case and the event's number in it authenticated.
  words bytea,
  ordinal integer not null,
  constraint case_event_once unique (case_id, ordinal)
);
create trigger append_only before update or delete on case_event for each statement execute function append_only();

-- Money given back on a ticket that stays what it is: paid like a refund, to the charges that paid for it.
alter table refund drop constraint refund_reason;
alter table refund add constraint refund_reason
  check (reason in ('passenger', 'carrier', 'void', 'late-payment', 'change', 'overrule', 'waitlist', 'claim'));
alter table revenue_line drop constraint revenue_line_kind_check;
alter table revenue_line add constraint revenue_line_kind_check
  check (kind in ('issue', 'use', 'unused', 'refund', 'void', 'change', 'claim'));
-- More than one claim may be owed on a ticket; everything else happens to it once.
alter table revenue_line drop constraint revenue_line_once;
create unique index revenue_line_once on revenue_line (ticket_no, kind) where kind <> 'claim';
create table ticket_claim (
  refund uuid primary key references refund,
  event integer not null unique references ticket_event,
  ticket_no text not null references coupon (ticket_no),
  amount bigint not null check (amount > 0),
  cause text not null check (cause in ('overcharge', 'service-failure')),
  -- Null when nobody had to ask.
  case_id uuid references service_case,
  settled_at timestamptz not null,
  actor text not null
);
create index ticket_claim_ticket on ticket_claim (ticket_no);
-- What our own data prove is paid once.
create unique index ticket_claim_proven_once on ticket_claim (ticket_no, cause) where case_id is null;
create trigger append_only before update or delete on ticket_claim for each statement execute function append_only();

select guard('ticket_rating'), guard('service_case'), guard('case_event'), guard('ticket_claim');
