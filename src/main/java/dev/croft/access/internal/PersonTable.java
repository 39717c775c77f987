package dev.croft.access.internal;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What is known of accounts beside what {@link AccountTable} reads: who is disabled, who is invited. */
@Component
class PersonTable {

    private final JdbcClient jdbc;

    PersonTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** So that two changes at the same moment cannot each leave the other's administrator as the last. */
    void lock() {
        jdbc.sql("select id from access_account order by id for update")
                .query(Long.class)
                .list();
    }

    Set<Long> disabled() {
        return new HashSet<>(jdbc.sql("select id from access_account where disabled_at is not null")
                .query(Long.class)
                .list());
    }

    void disable(long account, @Nullable Instant when) {
        jdbc.sql("update access_account set disabled_at = ? where id = ?")
                .param(when == null ? null : utc(when))
                .param(account)
                .update();
    }

    boolean delete(long account) {
        return jdbc.sql("delete from access_account where id = ?")
                        .param(account)
                        .update()
                == 1;
    }

    Map<Long, Instant> invited() {
        Map<Long, Instant> all = new HashMap<>();
        jdbc.sql("select account_id, expires_at from access_invitation").query((RowCallbackHandler) row -> all.put(
                row.getLong("account_id"),
                row.getObject("expires_at", OffsetDateTime.class).toInstant()));
        return all;
    }

    void invite(long account, String hash, Instant until) {
        uninvite(account);
        jdbc.sql("insert into access_invitation (account_id, hash, expires_at) values (?, ?, ?)")
                .params(account, hash, utc(until))
                .update();
    }

    /** Whatever link there is works no more. */
    void uninvite(long account) {
        jdbc.sql("delete from access_invitation where account_id = ?")
                .param(account)
                .update();
    }

    Optional<Long> invited(String hash, Instant now) {
        return jdbc.sql("select account_id from access_invitation where hash = ? and expires_at > ?")
                .params(hash, utc(now))
                .query(Long.class)
                .optional();
    }

    /** Whether it was still there: of two who use a link at the same moment, one does. */
    boolean useUp(String hash) {
        return jdbc.sql("delete from access_invitation where hash = ?")
                        .param(hash)
                        .update()
                == 1;
    }

    /** Whether a provider says who they are. */
    /** For whom a provider vouches. */
    Set<Long> vouchedFor() {
        return new HashSet<>(jdbc.sql("select id from access_account where issuer is not null")
                .query(Long.class)
                .list());
    }

    /** Somebody who administers everything and is not disabled, and by what they may be known. */
    record Administrator(
            long id, boolean hasPassword, @Nullable String issuer) {}

    List<Administrator> administrators() {
        return jdbc.sql("""
                        select distinct a.id, a.password_hash, a.issuer from access_account a
                        join access_grant g on g.account_id = a.id
                        where a.disabled_at is null and g.role = 'ADMIN' and g.host is null
                        """)
                .query((row, number) -> new Administrator(
                        row.getLong("id"), row.getString("password_hash") != null, row.getString("issuer")))
                .list();
    }

    private static OffsetDateTime utc(Instant when) {
        return OffsetDateTime.ofInstant(when, ZoneOffset.UTC);
    }
}
