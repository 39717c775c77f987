create trigger audit_entry_not_changed before update on audit_entry for each row
    call 'dev.croft.audit.internal.AppendOnly';
create trigger audit_entry_not_deleted before delete on audit_entry for each row
    call 'dev.croft.audit.internal.AppendOnly';
