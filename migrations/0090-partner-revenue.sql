-- How far the money of a partner leg is in the ledger: sold, ridden, ended. The legs still to be looked at are few.
alter table partner_leg add column posted text not null default 'no' check (posted in ('no', 'issue', 'use', 'end'));
create index partner_leg_unposted on partner_leg (posted) where posted in ('no', 'issue');

-- A partner is a carrier of ticket revenue like any other.
alter table partner add column carrier text references carrier (code);
