-- Lost tickets: a re-issue gives a ticket's credentials the next edition, and a gate refuses every earlier one. The ticket is as it was.
alter table credential
  -- 0 as sold; each re-issue counts one on.
  add column edition smallint not null default 0 check (edition between 0 and 127),
  drop constraint credential_pkey,
  add primary key (ticket_no, form, edition);

create table credential_reissue (
  -- Chosen by the caller, so that a retry finds its own.
  id uuid primary key,
  ticket_no text not null references coupon (ticket_no),
  edition smallint not null check (edition between 1 and 127),
  reason text not null check (reason in ('lost', 'stolen', 'unreadable')),
  reissued_at timestamptz not null,
  reissued_by text not null,
  constraint credential_reissue_once unique (ticket_no, edition)
);
create trigger append_only before update or delete on credential_reissue for each statement execute function append_only();
select guard('credential_reissue');
