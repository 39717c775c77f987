-- Enrolled boxes, with the host key that a person approved.
create table fleet_host (
    name        varchar(31)              primary key,
    address     varchar(253)             not null,
    port        integer                  not null,
    ssh_user    varchar(64)              not null,
    fingerprint varchar(100)             not null,
    enrolled_at timestamp with time zone not null
);
