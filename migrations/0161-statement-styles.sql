-- The look a statement was first made in. Made again, however much later, it is made in that look, and is the same bytes:
-- 1 a page and CSV; 2 also a workbook and a PDF.
alter table statement_number add column style smallint not null default 1;
alter table statement_number alter column style drop default;
