package dev.croft.vault.internal;

import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
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

/** The tables of this module in SQL. What is sealed is bytes here. */
@Component
class SecretTable {

    /** Where a value belongs: it opens nowhere else. */
    record Place(HostName host, SecretOwner owner, String name) {

        String kind() {
            return owner.app() == null ? "service" : "app";
        }

        String ownerName() {
            AppName app = owner.app();
            return app == null ? String.valueOf(owner.service()) : app.value();
        }

        /** None of the parts has a line break. */
        String context(long version) {
            return String.join("\n", "croft-vault/1", host.value(), kind(), ownerName(), name, Long.toString(version));
        }
    }

    /** @param placedAt what the box said when it got this version; null: it has not got it yet */
    @SuppressWarnings("ArrayRecordComponent") // Rows are never compared.
    record Row(
            Place place,
            long version,
            String dataKey,
            byte[] sealed,
            int bytes,
            Instant changedAt,
            String changedBy,
            @Nullable Instant placedAt) {}

    /** The data key as it is kept. */
    @SuppressWarnings("ArrayRecordComponent")
    record Wrapped(
            String id,
            String kek,
            byte[] salt,
            byte[] wrapped,
            byte @Nullable [] recoveryWrapped,
            @Nullable Instant recoveryMadeAt,
            @Nullable String recoveryMadeBy) {}

    private static final String PLACE = " where host = ? and kind = ? and owner = ? and name = ?";

    private final JdbcClient jdbc;

    SecretTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    // ---- the key

    Optional<Wrapped> key() {
        return jdbc.sql("select * from vault_key")
                .query((row, number) -> new Wrapped(
                        row.getString("id"),
                        row.getString("kek"),
                        row.getBytes("salt"),
                        row.getBytes("wrapped"),
                        row.getBytes("recovery_wrapped"),
                        instant(row, "recovery_made_at"),
                        row.getString("recovery_made_by")))
                .optional();
    }

    void insertKey(Wrapped key, Instant now) {
        jdbc.sql("insert into vault_key (id, kek, salt, wrapped, recovery_wrapped, recovery_made_at, recovery_made_by,"
                        + " created_at) values (?, ?, ?, ?, ?, ?, ?, ?)")
                .params(
                        key.id(),
                        key.kek(),
                        key.salt(),
                        key.wrapped(),
                        key.recoveryWrapped(),
                        utc(key.recoveryMadeAt()),
                        key.recoveryMadeBy(),
                        utc(now))
                .update();
    }

    void replaceKey(Wrapped key, Instant now) {
        jdbc.sql("delete from vault_key").update();
        insertKey(key, now);
    }

    // ---- values

    int count() {
        return jdbc.sql("select count(*) from vault_secret")
                .query(Integer.class)
                .single();
    }

    List<Row> all() {
        return jdbc.sql("select * from vault_secret")
                .query((row, number) -> row(row))
                .list();
    }

    List<Row> of(HostName host) {
        return jdbc.sql("select * from vault_secret where host = ? order by kind, owner, name")
                .param(host.value())
                .query((row, number) -> row(row))
                .list();
    }

    Optional<Row> find(Place place) {
        return jdbc.sql("select * from vault_secret" + PLACE)
                .params(place.host().value(), place.kind(), place.ownerName(), place.name())
                .query((row, number) -> row(row))
                .optional();
    }

    void insert(Row row) {
        Place place = row.place();
        jdbc.sql("insert into vault_secret (host, kind, owner, name, version, data_key, sealed, bytes, changed_at,"
                        + " changed_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .params(
                        place.host().value(),
                        place.kind(),
                        place.ownerName(),
                        place.name(),
                        row.version(),
                        row.dataKey(),
                        row.sealed(),
                        row.bytes(),
                        utc(row.changedAt()),
                        row.changedBy())
                .update();
    }

    /** False when somebody else was faster. */
    boolean update(Row row, long before) {
        Place place = row.place();
        return jdbc.sql("update vault_secret set version = ?, data_key = ?, sealed = ?, bytes = ?, changed_at = ?,"
                                + " changed_by = ?, placed_at = null" + PLACE + " and version = ?")
                        .params(
                                row.version(),
                                row.dataKey(),
                                row.sealed(),
                                row.bytes(),
                                utc(row.changedAt()),
                                row.changedBy(),
                                place.host().value(),
                                place.kind(),
                                place.ownerName(),
                                place.name(),
                                before)
                        .update()
                > 0;
    }

    /** The same value and version under another key. */
    void reseal(Place place, String dataKey, byte[] sealed) {
        jdbc.sql("update vault_secret set data_key = ?, sealed = ?" + PLACE)
                .params(dataKey, sealed, place.host().value(), place.kind(), place.ownerName(), place.name())
                .update();
    }

    /** False when that version is not the newest any more. */
    boolean placed(Place place, long version, Instant at) {
        return jdbc.sql("update vault_secret set placed_at = ?" + PLACE + " and version = ?")
                        .params(utc(at), place.host().value(), place.kind(), place.ownerName(), place.name(), version)
                        .update()
                > 0;
    }

    void delete(Place place) {
        jdbc.sql("delete from vault_secret" + PLACE)
                .params(place.host().value(), place.kind(), place.ownerName(), place.name())
                .update();
    }

    private static Row row(ResultSet row) throws SQLException {
        String owner = row.getString("owner");
        return new Row(
                new Place(
                        new HostName(row.getString("host")),
                        "app".equals(row.getString("kind"))
                                ? SecretOwner.of(new AppName(owner))
                                : SecretOwner.ofService(owner),
                        row.getString("name")),
                row.getLong("version"),
                row.getString("data_key"),
                row.getBytes("sealed"),
                row.getInt("bytes"),
                row.getObject("changed_at", OffsetDateTime.class).toInstant(),
                row.getString("changed_by"),
                instant(row, "placed_at"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant time) {
        return time == null ? null : OffsetDateTime.ofInstant(time, ZoneOffset.UTC);
    }
}
