package dev.croft.access.internal;

import dev.croft.access.Role;
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

    private static final String COLUMNS =
            "access_token.id, access_token.name, access_token.role, access_token.created_at, expires_at, last_used_at";

    private final JdbcClient jdbc;

    TokenTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** A token that was shown to the console, with the account that owns it. */
    record Owned(Token token, Account owner) {}

    long insert(long account, String name, Role role, String hash, Instant createdAt, @Nullable Instant expiresAt) {
        jdbc.sql("""
                        insert into access_token (account_id, name, role, hash, created_at, expires_at)
                        values (?, ?, ?, ?, ?, ?)
                        """)
                .params(account, name, role.name(), hash, utc(createdAt), utc(expiresAt))
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
        return jdbc.sql("select " + COLUMNS + ", access_account.id as owner_id, username, email,"
                        + " access_account.role as owner_role, access_account.created_at as owner_created_at"
                        + " from access_token join access_account on access_account.id = account_id where hash = ?")
                .param(hash)
                .query((row, number) -> new Owned(
                        token(row, number),
                        new Account(
                                row.getLong("owner_id"),
                                row.getString("username"),
                                row.getString("email"),
                                Role.valueOf(row.getString("owner_role")),
                                row.getObject("owner_created_at", OffsetDateTime.class)
                                        .toInstant())))
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
