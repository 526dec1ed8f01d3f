-- Discounts of cards (S17): what a ride costs a holder, by city and date. A new scheme is a new row; nothing published is edited.
create table discount_scheme (
  id text not null,
  -- GB/T 13497, four digits.
  city text not null check (city ~ '^\d{4}$'),
  valid_from date not null,
  valid_to date,
  -- Where the rule was read, or that it was inferred, and from what.
  source text not null,
  sample boolean not null,
  -- clearing/rating/discounts/discount-scheme.ts
  terms jsonb not null,
  constraint discount_scheme_id primary key (id),
  constraint discount_scheme_dates check (valid_to >= valid_from)
);
create index discount_scheme_in_force on discount_scheme (city, valid_from);
create trigger append_only before update or delete on discount_scheme for each statement execute function append_only();
