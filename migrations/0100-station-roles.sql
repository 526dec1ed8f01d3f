-- Dispatcher and station manager sign in; a sailing may be suspended (停航); a departure may be delayed.

-- Which roles there are is said in services/access/permit-rules.ts alone.
alter table sign_in_account drop constraint sign_in_account_role_check;
alter table sign_in_account add constraint sign_in_account_role check (role ~ '^[a-z][a-z-]*$');

alter table departure drop constraint departure_state_check;
alter table departure
  add constraint departure_state check (state in ('PLANNED', 'ON_SALE', 'SALE_STOPPED', 'REPORTED', 'CHECKING',
    'DISPATCHED', 'ARRIVED', 'DELAYED', 'SUSPENDED', 'CANCELLED', 'MERGED', 'MISSED')),
  -- When it was to leave, once it is delayed; departs_at is always the time that counts.
  add column planned_departs_at timestamptz,
  -- Whoever holds a ticket may change it or give it back without a fee, because the carrier failed him.
  add column fees_waived boolean not null default false;
