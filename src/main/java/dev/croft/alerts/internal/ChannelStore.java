package dev.croft.alerts.internal;

import dev.croft.alerts.Channel;
import dev.croft.alerts.ChannelType;
import dev.croft.alerts.Delivery;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SealedRows;
import dev.croft.kernel.Seals;
import dev.croft.kernel.SecretText;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** alerts_channel and alerts_delivery in SQL. */
@Component
class ChannelStore implements SealedRows {

    private final JdbcClient jdbc;
    /** Looked up when it is needed: whether the vault is open is not asked at the start. */
    private final ObjectProvider<Seals> seals;

    private final JsonMapper json = JsonMapper.builder().build();

    ChannelStore(JdbcClient jdbc, ObjectProvider<Seals> seals) {
        this.jdbc = jdbc;
        this.seals = seals;
    }

    /**
     * A message that is to be sent.
     *
     * @param inDoubt a try has begun of which it is not known how it ended
     * @param firstTryAt null: it was not tried yet
     */
    record Due(
            long id,
            Message message,
            Instant createdAt,
            int attempts,
            boolean inDoubt,
            @Nullable Instant firstTryAt) {}

    // ---- channels

    List<Channel> channels() {
        return jdbc.sql(
                        "select c.*, (select count(*) from alerts_delivery d where d.channel = c.name and d.next_at is not null)"
                                + " as waiting from alerts_channel c order by c.name")
                .query(this::channel)
                .list();
    }

    Optional<Channel> find(String name) {
        return channels().stream().filter(each -> each.name().equals(name)).findFirst();
    }

    /** VAULT_LOCKED when it cannot be opened now. */
    Optional<SecretText> secret(String name) {
        return jdbc.sql("select secret from alerts_channel where name = ? and secret is not null")
                .param(name)
                .query((row, number) -> row.getBytes(1))
                .optional()
                .map(kept ->
                        SecretText.of(new String(seals.getObject().open(kept, place(name)), StandardCharsets.UTF_8)));
    }

    /** @param secret null: the one that is kept stays; empty: there is none any more */
    void save(Channel.Wish wish, @Nullable SecretText secret, Instant now, String by) {
        byte[] sealed = secret == null || secret.length() == 0
                ? null
                : seals.getObject().seal(secret.reveal().getBytes(StandardCharsets.UTF_8), place(wish.name()));
        String settings = json.writeValueAsString(wish.settings());
        boolean there = jdbc.sql("update alerts_channel set type = ?, enabled = ?, settings = ?, problem = null,"
                                + " failing_since = null, changed_at = ?, changed_by = ? where name = ?")
                        .params(wish.type().wireName(), wish.enabled(), settings, AlertStore.utc(now), by, wish.name())
                        .update()
                > 0;
        if (!there) {
            jdbc.sql("insert into alerts_channel (name, type, enabled, settings, changed_at, changed_by)"
                            + " values (?, ?, ?, ?, ?, ?)")
                    .params(wish.name(), wish.type().wireName(), wish.enabled(), settings, AlertStore.utc(now), by)
                    .update();
        }
        if (secret != null) {
            jdbc.sql("update alerts_channel set secret = ? where name = ?")
                    .params(sealed, wish.name())
                    .update();
        }
        // Whatever it failed for may be mended.
        tryNow(wish.name(), now);
    }

    boolean delete(String name) {
        return jdbc.sql("delete from alerts_channel where name = ?").param(name).update() > 0;
    }

    void worked(String name, Instant now) {
        jdbc.sql("update alerts_channel set sent_at = ?, problem = null, failing_since = null where name = ?")
                .params(AlertStore.utc(now), name)
                .update();
    }

    void failed(String name, Problem problem, Instant now) {
        jdbc.sql("update alerts_channel set problem = ?, failing_since = coalesce(failing_since, ?) where name = ?")
                .params(json.writeValueAsString(problem), AlertStore.utc(now), name)
                .update();
    }

    @Override
    public void sealAgain(Again again) {
        record Kept(String name, byte[] value) {}
        jdbc.sql("select name, secret from alerts_channel where secret is not null")
                .query((row, number) -> new Kept(row.getString(1), row.getBytes(2)))
                .list()
                .forEach(each -> jdbc.sql("update alerts_channel set secret = ? where name = ?")
                        .params(again.from(each.value(), place(each.name())), each.name())
                        .update());
    }

    private static String place(String name) {
        return "secret of the alert channel " + name;
    }

    private Channel channel(ResultSet row, int number) throws SQLException {
        return new Channel(
                row.getString("name"),
                ChannelType.valueOf(row.getString("type").toUpperCase(Locale.ROOT)),
                row.getBoolean("enabled"),
                json.readValue(row.getString("settings"), new TypeReference<Map<String, String>>() {}),
                row.getBytes("secret") != null,
                row.getInt("waiting"),
                AlertStore.instant(row, "sent_at"),
                problem(row.getString("problem")),
                AlertStore.instant(row, "failing_since"));
    }

    private @Nullable Problem problem(@Nullable String text) {
        return text == null ? null : json.readValue(text, Problem.class);
    }

    // ---- deliveries

    /** One for each channel that is in use; what is there already stays as it is. */
    void queueRaised(AlertStore.Row row, Instant now) {
        channels().stream()
                .filter(Channel::enabled)
                .forEach(channel -> queue(row, channel.name(), Message.RAISED, now));
    }

    /** For those that were told of the beginning, or are about to be. */
    void queueCleared(AlertStore.Row row, Instant now) {
        jdbc.sql(
                        "select channel from alerts_delivery where alert = ? and transition = ? and given_up_at is null order by channel")
                .params(row.alert().id(), Message.RAISED)
                .query(String.class)
                .list()
                .forEach(channel -> queue(row, channel, Message.CLEARED, now));
    }

    private void queue(AlertStore.Row row, String channel, String transition, Instant now) {
        boolean there =
                jdbc.sql("select count(*) from alerts_delivery where alert = ? and channel = ? and transition = ?")
                                .params(row.alert().id(), channel, transition)
                                .query(Integer.class)
                                .single()
                        > 0;
        if (there) {
            return;
        }
        Message message = Message.of(row.alert(), row.uid(), channel, transition, now);
        jdbc.sql(
                        "insert into alerts_delivery (alert, channel, transition, delivery_key, message, created_at, attempts, in_doubt,"
                                + " next_at) values (?, ?, ?, ?, ?, ?, 0, false, ?)")
                .params(
                        row.alert().id(),
                        channel,
                        transition,
                        message.key(),
                        json.writeValueAsString(message),
                        AlertStore.utc(now),
                        AlertStore.utc(now))
                .update();
    }

    /** What a channel is to be given now, in order; nothing of an alert of which something earlier still waits. */
    Optional<Due> due(String channel, Instant now) {
        return jdbc.sql("select * from alerts_delivery d where d.channel = ? and d.next_at <= ? and not exists ("
                        + "select 1 from alerts_delivery e where e.channel = d.channel and e.alert = d.alert and e.id < d.id"
                        + " and e.next_at is not null) order by d.id limit 1")
                .params(channel, AlertStore.utc(now))
                .query((row, number) -> new Due(
                        row.getLong("id"),
                        json.readValue(row.getString("message"), Message.class),
                        row.getObject("created_at", java.time.OffsetDateTime.class)
                                .toInstant(),
                        row.getInt("attempts"),
                        row.getBoolean("in_doubt"),
                        AlertStore.instant(row, "first_try_at")))
                .optional();
    }

    List<String> channelsWithWork(Instant now) {
        return jdbc.sql("select distinct d.channel from alerts_delivery d join alerts_channel c on c.name = d.channel"
                        + " where c.enabled and d.next_at <= ? order by d.channel")
                .param(AlertStore.utc(now))
                .query(String.class)
                .list();
    }

    /** Before a try: when this process is killed, the next one knows that there was one. */
    void begin(long id, Instant now, Instant next) {
        jdbc.sql("update alerts_delivery set attempts = attempts + 1, in_doubt = true,"
                        + " first_try_at = coalesce(first_try_at, ?), next_at = ? where id = ?")
                .params(AlertStore.utc(now), AlertStore.utc(next), id)
                .update();
    }

    void sent(long id, Instant now) {
        jdbc.sql(
                        "update alerts_delivery set sent_at = ?, next_at = null, in_doubt = false, problem = null where id = ?")
                .params(AlertStore.utc(now), id)
                .update();
    }

    /** @param inDoubt it may have been taken all the same */
    void notSent(long id, boolean inDoubt, Problem problem) {
        jdbc.sql("update alerts_delivery set in_doubt = ?, problem = ? where id = ?")
                .params(inDoubt, json.writeValueAsString(problem), id)
                .update();
    }

    void giveUp(long id, Instant now) {
        jdbc.sql("update alerts_delivery set given_up_at = ?, next_at = null where id = ?")
                .params(AlertStore.utc(now), id)
                .update();
    }

    void tryNow(String channel, Instant now) {
        jdbc.sql("update alerts_delivery set next_at = ? where channel = ? and next_at > ?")
                .params(AlertStore.utc(now), channel, AlertStore.utc(now))
                .update();
    }

    List<Delivery> deliveries(long alert) {
        return jdbc.sql("select * from alerts_delivery where alert = ? order by id")
                .param(alert)
                .query((row, number) -> new Delivery(
                        row.getString("channel"),
                        row.getString("transition"),
                        row.getString("delivery_key"),
                        row.getInt("attempts"),
                        AlertStore.instant(row, "next_at"),
                        AlertStore.instant(row, "sent_at"),
                        AlertStore.instant(row, "given_up_at"),
                        problem(row.getString("problem"))))
                .list();
    }
}
