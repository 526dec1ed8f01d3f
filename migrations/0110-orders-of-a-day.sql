-- The landing page counts the tickets of the day. Orders lie on the disk in the order they were placed, so a few kilobytes of summary
-- find a day's; an order's own column of that time never changes, so selling does not feel it.
create index ticket_order_placed on ticket_order using brin (placed_at);
