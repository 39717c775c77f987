create function audit_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit_entry is append-only';
end $$;
create trigger audit_entry_not_changed before update or delete on audit_entry
    for each row execute function audit_append_only();
create trigger audit_entry_not_emptied before truncate on audit_entry
    for each statement execute function audit_append_only();
