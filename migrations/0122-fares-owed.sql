-- What is owed for a conflict is collected, or forgiven by two: somebody proposes why not, a station manager agrees.
alter table gate_conflict
  add column proposed text check (proposed in ('waived', 'same-passenger', 'gate-fault', 'passenger-absent')),
  add column proposed_note text,
  add column proposed_at timestamptz,
  add column proposed_by text,
  add constraint gate_conflict_proposed check ((proposed is null) = (proposed_at is null) and (proposed is null) = (proposed_by is null)),
  -- Not of those settled before there was a second.
  add constraint gate_conflict_by_two check (owed = 0 or coalesce(resolution, 'collected') = 'collected'
    or (resolution is not distinct from proposed and resolved_by is distinct from proposed_by)) not valid;
