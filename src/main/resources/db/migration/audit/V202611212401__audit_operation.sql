create index audit_entry_operation on audit_entry (operation);
