-- Holding and releasing a participant: one person proposes, another approves; until then nothing changes.
create table participant_hold (
  id integer generated always as identity primary key,
  participant smallint not null references participant,
  action text not null check (action in ('hold', 'release')),
  reason text not null,
  maker text not null,
  proposed_at timestamptz not null,
  checker text,
  approved_at timestamptz,
  constraint participant_hold_two_persons check (checker is null or checker <> maker),
  constraint participant_hold_approved check ((checker is null) = (approved_at is null))
);
-- One proposal at a time.
create unique index participant_hold_open on participant_hold (participant) where approved_at is null;
select guard('participant_hold');
