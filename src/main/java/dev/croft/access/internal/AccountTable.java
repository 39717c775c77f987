package dev.croft.access.internal;

import dev.croft.access.Role;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** access_account in SQL. */
@Component
class AccountTable {

    private static final String COLUMNS = "id, username, email, role, created_at";

    private final JdbcClient jdbc;

    AccountTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    boolean isEmpty() {
        return jdbc.sql("select count(*) from access_account").query(Long.class).single() == 0;
    }

    void insert(String username, String email, Role role, String passwordHash, Instant createdAt) {
        jdbc.sql("""
                        insert into access_account (username, email, role, password_hash, created_at)
                        values (?, ?, ?, ?, ?)
                        """)
                .params(username, email, role.name(), passwordHash, OffsetDateTime.ofInstant(createdAt, ZoneOffset.UTC))
                .update();
    }

    List<Account> all() {
        return jdbc.sql("select " + COLUMNS + " from access_account order by username")
                .query(AccountTable::account)
                .list();
    }

    Optional<Account> find(String username) {
        return jdbc.sql("select " + COLUMNS + " from access_account where username = ?")
                .param(username)
                .query(AccountTable::account)
                .optional();
    }

    Optional<String> passwordHash(String username) {
        return jdbc.sql("select password_hash from access_account where username = ?")
                .param(username)
                .query(String.class)
                .optional();
    }

    void changePasswordHash(String username, String passwordHash) {
        jdbc.sql("update access_account set password_hash = ? where username = ?")
                .params(passwordHash, username)
                .update();
    }

    static Account account(ResultSet row, int number) throws SQLException {
        return new Account(
                row.getLong("id"),
                row.getString("username"),
                row.getString("email"),
                Role.valueOf(row.getString("role")),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
