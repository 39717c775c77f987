-- When a provider last vouched for somebody. API tokens ask no provider, so they are good for a while after that only.
alter table access_account add column vouched_at timestamp with time zone;
update access_account set vouched_at = current_timestamp where issuer is not null;
