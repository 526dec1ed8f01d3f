-- Consistency is asked for between two sizes, by anybody; heads come every minute.
create index ticket_log_head_size on ticket_log_head (size, id);
