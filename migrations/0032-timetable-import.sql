-- What was sent to be imported and the fate of every row: taken, or refused with a reason. The same bytes with the same parameters are
-- one import.
create table timetable_import (
  id integer generated always as identity primary key,
  digest bytea not null check (octet_length(digest) = 32),
  parameters text not null,
  name text not null,
  format text not null check (format in ('csv', 'gtfs')),
  -- The draft it made; null when it brought no departures.
  version integer references timetable_version,
  rows integer not null,
  refused integer not null,
  -- Files of the archive that have no meaning for us.
  ignored text[] not null,
  received_at timestamptz not null,
  received_by text not null,
  constraint timetable_import_once unique (digest, parameters),
  check (refused between 0 and rows)
);

create table timetable_import_refusal (
  import integer not null references timetable_import,
  file text not null,
  -- The physical line the row begins at, the header being line 1.
  line integer not null,
  reason text not null,
  detail text not null,
  primary key (import, file, line)
);

select guard('timetable_import'), guard('timetable_import_refusal');
