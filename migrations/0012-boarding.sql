-- Boarding: credentials that are separate from the tickets they stand for, and every check a gate made.
create table credential (
  ticket_no text not null references coupon (ticket_no),
  -- 'phone' carries a short-lived dynamic part when shown; 'slip' is printed and boards only together with the document.
  form text not null check (form in ('phone', 'slip')),
  -- The signed static part (services/boarding/ticket-code.ts).
  body bytea not null check (octet_length(body) <= 180),
  issued_at timestamptz not null,
  primary key (ticket_no, form)
);

create table boarding_check (
  id integer generated always as identity primary key,
  gate integer not null references gate,
  -- Chosen by the gate for each scan: a retried message finds its first answer.
  nonce uuid not null,
  -- Null when the code could not be read or proved.
  ticket_no text references coupon (ticket_no),
  means text not null check (means in ('code', 'slip', 'document')),
  result text not null check (result in ('OPEN', 'REFUSED')),
  -- The refusal's code, '' when the gate opened.
  code text not null default '',
  -- What the words of the refusal name: a time, a gate. Never a person.
  named jsonb not null default '{}',
  actor text not null,
  checked_at timestamptz not null,
  undone_at timestamptz,
  constraint boarding_check_nonce unique (gate, nonce)
);
-- A ticket opens one gate once, until that is undone.
create unique index boarding_check_once on boarding_check (ticket_no) where result = 'OPEN' and undone_at is null;
create index boarding_check_at on boarding_check (gate, checked_at desc);

select guard('boarding_check'), guard('credential');
