-- Whoever is invited has no password yet.
alter table access_account alter column password_hash drop not null;
alter table access_account add column disabled_at timestamp with time zone;

-- Links by which people choose a password. Only the SHA-256 is kept: a link has 256 random bits, and is good once.
create table access_invitation (
    account_id bigint                   primary key references access_account (id) on delete cascade,
    hash       varchar(64)              not null unique,
    expires_at timestamp with time zone not null
);
