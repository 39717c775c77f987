package dev.croft.access.internal;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens.Token;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** access_token in SQL. */
@Component
class TokenTable {

    private static final String COLUMNS = "id, name, role, host, app, created_at, expires_at, last_used_at";

    private final JdbcClient jdbc;

    TokenTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A token that was shown to the console, with the number of the account that owns it. */
    record Owned(Token token, long owner) {}

    long insert(
            long account,
            String name,
            Role role,
            Scope scope,
            String hash,
            Instant createdAt,
            @Nullable Instant expiresAt) {
        jdbc.sql("""
                        insert into access_token (account_id, name, role, host, app, hash, created_at, expires_at)
                        values (?, ?, ?, ?, ?, ?, ?, ?)
                        """)
                .params(
                        account,
                        name,
                        role.name(),
                        AccountTable.text(scope.host()),
                        AccountTable.text(scope.app()),
                        hash,
                        utc(createdAt),
                        utc(expiresAt))
                .update();
        return jdbc.sql("select id from access_token where hash = ?")
                .param(hash)
                .query(Long.class)
                .single();
    }

    List<Token> of(long account) {
        return jdbc.sql("select " + COLUMNS + " from access_token where account_id = ? order by id")
                .param(account)
                .query(TokenTable::token)
                .list();
    }

    Optional<Owned> byHash(String hash) {
        return jdbc.sql("select " + COLUMNS + ", account_id from access_token where hash = ?")
                .param(hash)
                .query((row, number) -> new Owned(token(row, number), row.getLong("account_id")))
                .optional();
    }

    Optional<Owned> find(long id) {
        return jdbc.sql("select " + COLUMNS + ", account_id from access_token where id = ?")
                .param(id)
                .query((row, number) -> new Owned(token(row, number), row.getLong("account_id")))
                .optional();
    }

    boolean delete(long account, long id) {
        return jdbc.sql("delete from access_token where account_id = ? and id = ?")
                        .params(account, id)
                        .update()
                == 1;
    }

    void used(long id, Instant when) {
        jdbc.sql("update access_token set last_used_at = ? where id = ?")
                .params(utc(when), id)
                .update();
    }

    private static Token token(ResultSet row, int number) throws SQLException {
        return new Token(
                row.getLong("id"),
                row.getString("name"),
                Role.valueOf(row.getString("role")),
                AccountTable.scope(row),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row.getObject("expires_at", OffsetDateTime.class)),
                instant(row.getObject("last_used_at", OffsetDateTime.class)));
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
