-- The edits once more, as texts with values: a page says them in its reader's language. The seal is on the English words, and a
-- phrase counts only while it says just those. Older rows have none.
alter table audit_entry add column phrases varchar(400000);
