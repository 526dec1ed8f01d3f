-- All roles a participant can have: 0208 was written beside 0185 and left its authorities out.
alter table participant drop constraint participant_role;
alter table participant add constraint participant_role check (role in
  ('issuer', 'acquirer', 'clearing-centre', 'national-centre', 'carrier', 'station', 'channel', 'platform', 'agent', 'authority'));
