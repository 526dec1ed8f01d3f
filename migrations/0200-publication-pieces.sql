-- A publication is made piece by piece, by as many processes as want to: the lines of each source file, then the digest and signature
-- of each large file, then what each participant gets beside them. A piece that is made stays made when its maker dies. The rows are
-- there only while a day is being made.
create table publication_piece (
  day date not null references clearing_day (day),
  number integer not null,
  -- 1 lines, 2 large files, 3 small files: a stage begins when the one before is done.
  stage smallint not null check (stage between 1 and 3),
  work jsonb not null,
  result jsonb,
  primary key (day, number)
);
select guard('publication_piece');
