-- In which language the console speaks to somebody; null: in the one that their browser asks for.
alter table access_account add column language varchar(16);
