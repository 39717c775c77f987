package dev.croft.alerts.internal;

import dev.croft.alerts.Alert;
import dev.croft.alerts.Alert.Cause;
import dev.croft.alerts.Alert.State;
import dev.croft.alerts.Alert.Words;
import dev.croft.alerts.AlertKind;
import dev.croft.alerts.Rule;
import dev.croft.alerts.Silence;
import dev.croft.alerts.internal.DiskFit.Reading;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.PhraseJson;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** alerts_alert, alerts_rule, alerts_silence and alerts_disk in SQL. */
@Component
class AlertStore {

    private static final int UID_BYTES = 16;
    private static final int DETAIL_MOST = 16_000;
    private static final int SUBJECT_MOST = 300;
    private static final Phrase NOTHING = Phrase.data("");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final JdbcClient jdbc;
    private final JsonMapper json = JsonMapper.builder().build();

    AlertStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param told whether it was given to the channels */
    record Row(Alert alert, String uid, Instant stateSince, boolean told) {}

    /** As it is written. */
    private record KeptCause(
            String operation,
            String kind,
            @Nullable String app,
            String title,
            String by,
            Instant at,
            List<String> edits) {}

    static OffsetDateTime utc(Instant at) {
        return OffsetDateTime.ofInstant(at.truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC);
    }

    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    static String uid() {
        byte[] bytes = new byte[UID_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    // ---- alerts

    static String key(AlertKind kind, HostName host, String subject) {
        return kind.wireName() + " " + host + " " + bounded(subject);
    }

    static String bounded(String subject) {
        return subject.length() > SUBJECT_MOST ? subject.substring(0, SUBJECT_MOST) : subject;
    }

    /** Those of a box that are not over. */
    List<Row> open(HostName host) {
        return jdbc.sql("select * from alerts_alert where host = ? and open_key is not null order by id")
                .param(host.value())
                .query(this::row)
                .list();
    }

    List<Row> firing() {
        return jdbc.sql(
                        "select * from alerts_alert where open_key is not null and raised_at is not null order by id desc")
                .query(this::row)
                .list();
    }

    List<Row> raised(@Nullable Long before, int limit) {
        return jdbc.sql("select * from alerts_alert where raised_at is not null and id < ? order by id desc limit ?")
                .params(before == null ? Long.MAX_VALUE : before, limit)
                .query(this::row)
                .list();
    }

    Optional<Row> find(long id) {
        return jdbc.sql("select * from alerts_alert where id = ? and raised_at is not null")
                .param(id)
                .query(this::row)
                .optional();
    }

    /** How often the same thing was raised since. */
    int raisedSince(AlertKind kind, HostName host, String subject, Instant since) {
        return jdbc.sql(
                        "select count(*) from alerts_alert where kind = ? and host = ? and subject = ? and raised_at > ?")
                .params(kind.wireName(), host.value(), bounded(subject), utc(since))
                .query(Integer.class)
                .single();
    }

    Row insert(HostName host, Observed found, double value, Instant began, Instant now) {
        String uid = uid();
        var keys = new GeneratedKeyHolder();
        jdbc.sql(
                        "insert into alerts_alert (uid, kind, host, app, subject, open_key, state, state_since, began_at, seen_at,"
                                + " measured, words, told) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, false)")
                .params(
                        uid,
                        found.kind().wireName(),
                        host.value(),
                        found.app() == null ? null : found.app().value(),
                        bounded(found.subject()),
                        key(found.kind(), host, found.subject()),
                        wire(State.RISING),
                        utc(now),
                        utc(began),
                        utc(now),
                        value,
                        words(found.words()))
                .update(keys, "id");
        long id = Objects.requireNonNull(keys.getKey()).longValue();
        return jdbc.sql("select * from alerts_alert where id = ?")
                .param(id)
                .query(this::row)
                .single();
    }

    void forget(long id) {
        jdbc.sql("delete from alerts_alert where id = ?").param(id).update();
    }

    /** What it is now; words and value only while it is wrong. */
    void seen(long id, @Nullable Observed wrong, @Nullable Double value, Instant now) {
        if (wrong == null || value == null) {
            jdbc.sql("update alerts_alert set seen_at = ? where id = ?")
                    .params(utc(now), id)
                    .update();
        } else {
            jdbc.sql("update alerts_alert set seen_at = ?, measured = ?, words = ? where id = ?")
                    .params(utc(now), value, words(wrong.words()), id)
                    .update();
        }
    }

    void enter(long id, State state, Instant since) {
        jdbc.sql("update alerts_alert set state = ?, state_since = ? where id = ?")
                .params(wire(state), utc(since), id)
                .update();
    }

    void raise(long id, @Nullable String detail, @Nullable Cause cause, Instant now) {
        jdbc.sql(
                        "update alerts_alert set state = ?, state_since = ?, raised_at = ?, detail = ?, cause = ? where id = ?")
                .params(wire(State.FIRING), utc(now), utc(now), cut(detail), cause(cause), id)
                .update();
    }

    void end(long id, Instant now) {
        jdbc.sql("update alerts_alert set state = ?, state_since = ?, over_at = ?, open_key = null where id = ?")
                .params(wire(State.OVER), utc(now), utc(now), id)
                .update();
    }

    void told(long id) {
        jdbc.sql("update alerts_alert set told = true where id = ?").param(id).update();
    }

    void forgetBefore(Instant before) {
        jdbc.sql("delete from alerts_alert where over_at < ?")
                .param(utc(before))
                .update();
        jdbc.sql("delete from alerts_disk where read_at < ?").param(utc(before)).update();
        jdbc.sql("delete from alerts_silence where until_at < ?")
                .param(utc(before))
                .update();
    }

    private static String wire(State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    static AlertKind kind(String wireName) {
        return AlertKind.valueOf(wireName.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static @Nullable String cut(@Nullable String detail) {
        // What a log says may hold what PostgreSQL takes for no text.
        String clean = detail == null ? null : detail.replace("\0", "");
        return clean == null || clean.length() <= DETAIL_MOST ? clean : clean.substring(clean.length() - DETAIL_MOST);
    }

    private String words(Words words) {
        return Objects.requireNonNullElse(PhraseJson.of(List.of(words.what(), words.why(), words.next())), "[]")
                .replace("\\u0000", "");
    }

    private @Nullable String cause(@Nullable Cause cause) {
        return cause == null
                ? null
                : json.writeValueAsString(new KeptCause(
                        cause.operation().value(),
                        cause.kind(),
                        cause.app() == null ? null : cause.app().value(),
                        cause.title(),
                        cause.by(),
                        cause.at(),
                        cause.edits()));
    }

    private @Nullable Cause cause(@Nullable String text) {
        if (text == null) {
            return null;
        }
        KeptCause kept = json.readValue(text, KeptCause.class);
        return new Cause(
                new OperationId(kept.operation()),
                kept.kind(),
                kept.app() == null ? null : new AppName(kept.app()),
                kept.title(),
                kept.by(),
                kept.at(),
                kept.edits());
    }

    private Row row(ResultSet row, int number) throws SQLException {
        List<Phrase> words = PhraseJson.read(row.getString("words"));
        String app = row.getString("app");
        return new Row(
                new Alert(
                        row.getLong("id"),
                        kind(row.getString("kind")),
                        new HostName(row.getString("host")),
                        app == null ? null : new AppName(app),
                        row.getString("subject"),
                        State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                        Objects.requireNonNull(instant(row, "began_at")),
                        instant(row, "raised_at"),
                        instant(row, "over_at"),
                        Objects.requireNonNull(instant(row, "seen_at")),
                        row.getDouble("measured"),
                        words.size() == 3
                                ? new Words(words.get(0), words.get(1), words.get(2))
                                : new Words(NOTHING, NOTHING, NOTHING),
                        row.getString("detail"),
                        cause(row.getString("cause")),
                        false),
                row.getString("uid"),
                Objects.requireNonNull(instant(row, "state_since")),
                row.getBoolean("told"));
    }

    // ---- rules

    /** Of every kind. */
    Map<AlertKind, Rule> rules() {
        Map<AlertKind, Rule> rules = new EnumMap<>(AlertKind.class);
        for (AlertKind kind : AlertKind.values()) {
            rules.put(kind, kind.standard());
        }
        jdbc.sql("select * from alerts_rule")
                .query((row, number) -> new Rule(
                        kind(row.getString("kind")),
                        row.getBoolean("enabled"),
                        row.getDouble("threshold"),
                        row.getDouble("calm_at"),
                        Duration.ofSeconds(row.getLong("raise_after")),
                        Duration.ofSeconds(row.getLong("clear_after"))))
                .list()
                .forEach(rule -> rules.put(rule.kind(), rule));
        return rules;
    }

    void save(Rule rule, Instant now, String by) {
        jdbc.sql("delete from alerts_rule where kind = ?")
                .param(rule.kind().wireName())
                .update();
        if (!rule.equals(rule.kind().standard())) {
            jdbc.sql("insert into alerts_rule (kind, enabled, threshold, calm_at, raise_after, clear_after, changed_at,"
                            + " changed_by) values (?, ?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            rule.kind().wireName(),
                            rule.enabled(),
                            rule.threshold(),
                            rule.calmAt(),
                            rule.raiseAfter().toSeconds(),
                            rule.clearAfter().toSeconds(),
                            utc(now),
                            by)
                    .update();
        }
    }

    // ---- silences

    List<Silence> silences(Instant now) {
        return jdbc.sql("select * from alerts_silence where until_at > ? order by id")
                .param(utc(now))
                .query(AlertStore::silence)
                .list();
    }

    Silence insert(Silence silence) {
        var keys = new GeneratedKeyHolder();
        jdbc.sql("insert into alerts_silence (kind, host, app, until_at, reason, made_by, made_at)"
                        + " values (?, ?, ?, ?, ?, ?, ?)")
                .params(
                        silence.kind() == null ? null : silence.kind().wireName(),
                        silence.host() == null ? null : silence.host().value(),
                        silence.app() == null ? null : silence.app().value(),
                        utc(silence.until()),
                        silence.reason(),
                        silence.by(),
                        utc(silence.at()))
                .update(keys, "id");
        return jdbc.sql("select * from alerts_silence where id = ?")
                .param(Objects.requireNonNull(keys.getKey()).longValue())
                .query(AlertStore::silence)
                .single();
    }

    void endSilence(long id, Instant now) {
        jdbc.sql("update alerts_silence set until_at = ? where id = ?")
                .params(utc(now), id)
                .update();
    }

    private static Silence silence(ResultSet row, int number) throws SQLException {
        String kind = row.getString("kind");
        String host = row.getString("host");
        String app = row.getString("app");
        return new Silence(
                row.getLong("id"),
                kind == null ? null : kind(kind),
                host == null ? null : new HostName(host),
                app == null ? null : new AppName(app),
                Objects.requireNonNull(instant(row, "until_at")),
                row.getString("reason"),
                row.getString("made_by"),
                Objects.requireNonNull(instant(row, "made_at")));
    }

    // ---- disks

    /** Keeps a reading when the last one is old enough, and forgets what is too old. */
    void keep(HostName host, String mount, Reading reading, Duration every, Duration span) {
        boolean fresh = jdbc.sql("select count(*) from alerts_disk where host = ? and mount = ? and read_at > ?")
                        .params(host.value(), bounded(mount), utc(reading.at().minus(every)))
                        .query(Integer.class)
                        .single()
                > 0;
        if (fresh) {
            return;
        }
        jdbc.sql("delete from alerts_disk where host = ? and mount = ? and read_at < ?")
                .params(host.value(), bounded(mount), utc(reading.at().minus(span)))
                .update();
        jdbc.sql("insert into alerts_disk (host, mount, read_at, free, bytes) values (?, ?, ?, ?, ?)")
                .params(host.value(), bounded(mount), utc(reading.at()), reading.free(), reading.bytes())
                .update();
    }

    /** Oldest first. */
    List<Reading> readings(HostName host, String mount) {
        return jdbc.sql("select * from alerts_disk where host = ? and mount = ? order by read_at")
                .params(host.value(), bounded(mount))
                .query((row, number) -> new Reading(
                        Objects.requireNonNull(instant(row, "read_at")), row.getLong("free"), row.getLong("bytes")))
                .list();
    }
}
