package dev.croft.access.internal;

import dev.croft.access.Grant;
import dev.croft.access.Grants;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** access_account and access_grant in SQL. */
@Component
class AccountTable {

    private static final String COLUMNS = "id, username, email, created_at";

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    AccountTable(JdbcClient jdbc, TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    boolean isEmpty() {
        return jdbc.sql("select count(*) from access_account").query(Long.class).single() == 0;
    }

    /** Both or nothing: an administrator without grants would keep everybody out, the claim being used up. */
    void insert(String username, String email, Grants grants, @Nullable String passwordHash, Instant createdAt) {
        transaction.executeWithoutResult(status -> {
            jdbc.sql("""
                            insert into access_account (username, email, password_hash, created_at)
                            values (?, ?, ?, ?)
                            """)
                    .params(Arrays.asList(
                            username, email, passwordHash, OffsetDateTime.ofInstant(createdAt, ZoneOffset.UTC)))
                    .update();
            long id = jdbc.sql("select id from access_account where username = ?")
                    .param(username)
                    .query(Long.class)
                    .single();
            grant(id, grants);
        });
    }

    /** Puts these grants in the place of those that the account has. */
    void grant(long account, Grants grants) {
        jdbc.sql("delete from access_grant where account_id = ?").param(account).update();
        for (Grant grant : grants.all()) {
            Scope scope = grant.scope();
            jdbc.sql("insert into access_grant (account_id, role, host, app) values (?, ?, ?, ?)")
                    .params(account, grant.role().name(), text(scope.host()), text(scope.app()))
                    .update();
        }
    }

    /** Everybody with what they hold now: nothing while they are disabled. */
    List<Account> all() {
        return read(" join access_account on access_account.id = account_id where disabled_at is null");
    }

    /** Everybody with what they hold while they are not disabled. */
    List<Account> everybody() {
        return read("");
    }

    private List<Account> read(String held) {
        Map<Long, List<Grant>> grants = new HashMap<>();
        jdbc.sql("select account_id, role, host, app from access_grant" + held).query((RowCallbackHandler)
                row -> grants.computeIfAbsent(row.getLong("account_id"), unused -> new ArrayList<>())
                        .add(grant(row)));
        return jdbc.sql("select " + COLUMNS + " from access_account order by username")
                .query((row, number) -> account(row, grants.getOrDefault(row.getLong("id"), List.of())))
                .list();
    }

    Optional<Account> find(String username) {
        return found("username = ?", username);
    }

    Optional<Account> find(long id) {
        return found("id = ?", id);
    }

    private Optional<Account> found(String condition, Object value) {
        return jdbc.sql("select " + COLUMNS + " from access_account where " + condition)
                .param(value)
                .query((row, number) -> account(row, List.of()))
                .optional()
                // Not while the row is read: that would hold a connection and wait for another.
                .map(found -> new Account(
                        found.id(),
                        found.username(),
                        found.email(),
                        Grants.of(grantsOf(found.id())),
                        found.createdAt()));
    }

    private List<Grant> grantsOf(long account) {
        return jdbc.sql("select role, host, app from access_grant join access_account on access_account.id = account_id"
                        + " where account_id = ? and disabled_at is null")
                .param(account)
                .query((row, number) -> grant(row))
                .list();
    }

    Optional<String> passwordHash(String username) {
        return jdbc.sql(
                        "select password_hash from access_account where username = ? and password_hash is not null and disabled_at is null")
                .param(username)
                .query(String.class)
                .optional();
    }

    Optional<String> language(String username) {
        return jdbc.sql("select language from access_account where username = ? and language is not null")
                .param(username)
                .query(String.class)
                .optional();
    }

    void changeLanguage(String username, @Nullable String language) {
        jdbc.sql("update access_account set language = ? where username = ?")
                .params(Arrays.asList(language, username))
                .update();
    }

    void changePasswordHash(String username, String passwordHash) {
        jdbc.sql("update access_account set password_hash = ? where username = ?")
                .params(passwordHash, username)
                .update();
    }

    private static Account account(ResultSet row, List<Grant> grants) throws SQLException {
        return new Account(
                row.getLong("id"),
                row.getString("username"),
                row.getString("email"),
                Grants.of(grants),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    private static Grant grant(ResultSet row) throws SQLException {
        return new Grant(Role.valueOf(row.getString("role")), scope(row));
    }

    /** From the columns host and app. */
    static Scope scope(ResultSet row) throws SQLException {
        String host = row.getString("host");
        String app = row.getString("app");
        return new Scope(host == null ? null : new HostName(host), app == null ? null : new AppName(app));
    }

    static @Nullable String text(@Nullable Object name) {
        return name == null ? null : name.toString();
    }
}
