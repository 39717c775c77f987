package dev.croft.access.internal;

import dev.croft.kernel.SealedRows;
import dev.croft.kernel.Seals;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** access_session in SQL. */
@Component
class SessionTable implements SealedRows {

    private final JdbcClient jdbc;
    private final JsonMapper json;
    /** Looked up when it is needed: the vault needs the accounts first. */
    private final ObjectProvider<Seals> seals;

    SessionTable(JdbcClient jdbc, JsonMapper json, ObjectProvider<Seals> seals) {
        this.jdbc = jdbc;
        this.json = json;
        this.seals = seals;
    }

    /** @param hash of the cookie's value */
    record Row(
            long id,
            String hash,
            long account,
            String browser,
            String device,
            String address,
            Instant since,
            Instant lastSeen,
            @Nullable String provider,
            @Nullable String sid) {}

    /** What the provider gave: by which it knows the sign-in again, and by which it can be asked about it. */
    record Tokens(@Nullable String id, @Nullable String refresh) {}

    Row insert(
            String hash,
            long account,
            String browser,
            String device,
            String address,
            Instant now,
            @Nullable String provider,
            @Nullable String sid,
            @Nullable Tokens tokens) {
        jdbc.sql(
                        "insert into access_session (hash, account_id, browser, device, address, since, last_seen, provider, sid,"
                                + " tokens) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .params(
                        hash,
                        account,
                        browser,
                        device,
                        address,
                        utc(now),
                        utc(now),
                        provider,
                        sid,
                        sealed(hash, tokens))
                .update();
        return byHash(hash).orElseThrow();
    }

    Optional<Row> byHash(String hash) {
        return jdbc.sql("select * from access_session where hash = ?")
                .param(hash)
                .query(SessionTable::row)
                .optional();
    }

    Optional<Row> find(long id) {
        return jdbc.sql("select * from access_session where id = ?")
                .param(id)
                .query(SessionTable::row)
                .optional();
    }

    List<Row> all() {
        return jdbc.sql("select * from access_session order by last_seen desc, id")
                .query(SessionTable::row)
                .list();
    }

    List<Row> of(long account) {
        return jdbc.sql("select * from access_session where account_id = ? order by last_seen desc, id")
                .param(account)
                .query(SessionTable::row)
                .list();
    }

    /** Empty as well when the vault is shut: then the provider is asked later. */
    Optional<Tokens> tokens(Row session) {
        return jdbc.sql("select tokens from access_session where id = ? and tokens is not null")
                .param(session.id())
                .query((row, number) -> row.getBytes(1))
                .optional()
                .map(kept -> json.readValue(seals.getObject().open(kept, place(session.hash())), Tokens.class));
    }

    void keep(Row session, Tokens tokens) {
        jdbc.sql("update access_session set tokens = ? where id = ?")
                .params(sealed(session.hash(), tokens), session.id())
                .update();
    }

    void seen(long id, Instant when) {
        jdbc.sql("update access_session set last_seen = ? where id = ?")
                .params(utc(when), id)
                .update();
    }

    boolean delete(long id) {
        return jdbc.sql("delete from access_session where id = ?").param(id).update() > 0;
    }

    @Override
    public void sealAgain(Again again) {
        record Sealed(long id, String hash, byte[] tokens) {}
        jdbc.sql("select id, hash, tokens from access_session where tokens is not null")
                .query((row, number) -> new Sealed(row.getLong(1), row.getString(2), row.getBytes(3)))
                .list()
                .forEach(each -> jdbc.sql("update access_session set tokens = ? where id = ?")
                        .params(again.from(each.tokens(), place(each.hash())), each.id())
                        .update());
    }

    private byte @Nullable [] sealed(String hash, @Nullable Tokens tokens) {
        return tokens == null ? null : seals.getObject().seal(json.writeValueAsBytes(tokens), place(hash));
    }

    private static String place(String hash) {
        return "provider's tokens of the session " + hash;
    }

    private static Row row(ResultSet row, int number) throws SQLException {
        return new Row(
                row.getLong("id"),
                row.getString("hash"),
                row.getLong("account_id"),
                row.getString("browser"),
                row.getString("device"),
                row.getString("address"),
                row.getObject("since", OffsetDateTime.class).toInstant(),
                row.getObject("last_seen", OffsetDateTime.class).toInstant(),
                row.getString("provider"),
                row.getString("sid"));
    }

    private static OffsetDateTime utc(Instant time) {
        return OffsetDateTime.ofInstant(time, ZoneOffset.UTC);
    }
}
