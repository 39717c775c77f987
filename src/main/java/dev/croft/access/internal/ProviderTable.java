package dev.croft.access.internal;

import dev.croft.access.Providers.Rule;
import dev.croft.access.Providers.Settings;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.SealedRows;
import dev.croft.kernel.Seals;
import dev.croft.kernel.SecretText;
import java.nio.charset.StandardCharsets;
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
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** access_provider and access_switch in SQL. */
@Component
class ProviderTable implements SealedRows {

    private static final String PASSWORDS = "password-sign-in";

    private final JdbcClient jdbc;
    private final JsonMapper json;
    /** Looked up when it is needed: the vault needs the accounts first. */
    private final ObjectProvider<Seals> seals;

    ProviderTable(JdbcClient jdbc, JsonMapper json, ObjectProvider<Seals> seals) {
        this.jdbc = jdbc;
        this.json = json;
        this.seals = seals;
    }

    /** @param proved digest of the settings by which somebody became an administrator */
    record Row(
            Settings settings, boolean hasSecret, @Nullable String proved, Instant changedAt, String changedBy) {

        boolean isProved() {
            return digest(settings).equals(proved);
        }
    }

    /** A rule as it is kept. */
    private record KeptRule(String claimName, String value, String role, String scope) {}

    List<Row> all() {
        return jdbc.sql("select * from access_provider order by name, id")
                .query((row, number) -> row(row))
                .list();
    }

    Optional<Row> find(String id) {
        return jdbc.sql("select * from access_provider where id = ?")
                .param(id)
                .query((row, number) -> row(row))
                .optional();
    }

    /** VAULT_LOCKED when it cannot be opened now. */
    Optional<SecretText> secret(String id) {
        return jdbc.sql("select secret from access_provider where id = ? and secret is not null")
                .param(id)
                .query((row, number) -> row.getBytes(1))
                .optional()
                .map(kept ->
                        SecretText.of(new String(seals.getObject().open(kept, place(id)), StandardCharsets.UTF_8)));
    }

    /** @param secret null: the one that is kept stays */
    void save(Settings settings, @Nullable SecretText secret, @Nullable String proved, Instant now, String by) {
        byte[] sealed = secret == null
                ? null
                : seals.getObject().seal(secret.reveal().getBytes(StandardCharsets.UTF_8), place(settings.id()));
        OffsetDateTime at = OffsetDateTime.ofInstant(now, ZoneOffset.UTC);
        boolean there =
                jdbc.sql("update access_provider set name = ?, issuer = ?, client_id = ?, scopes = ?, enabled = ?,"
                                        + " rules = ?, proved = ?, changed_at = ?, changed_by = ? where id = ?")
                                .params(
                                        settings.name(),
                                        settings.issuer(),
                                        settings.clientId(),
                                        settings.scopes(),
                                        settings.enabled(),
                                        rules(settings),
                                        proved,
                                        at,
                                        by,
                                        settings.id())
                                .update()
                        > 0;
        if (!there) {
            jdbc.sql("insert into access_provider (id, name, issuer, client_id, scopes, enabled, rules, proved,"
                            + " changed_at, changed_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            settings.id(),
                            settings.name(),
                            settings.issuer(),
                            settings.clientId(),
                            settings.scopes(),
                            settings.enabled(),
                            rules(settings),
                            proved,
                            at,
                            by)
                    .update();
        }
        if (sealed != null) {
            jdbc.sql("update access_provider set secret = ? where id = ?")
                    .params(sealed, settings.id())
                    .update();
        }
    }

    void proved(Settings settings) {
        jdbc.sql("update access_provider set proved = ? where id = ?")
                .params(digest(settings), settings.id())
                .update();
    }

    boolean delete(String id) {
        return jdbc.sql("delete from access_provider where id = ?").param(id).update() > 0;
    }

    boolean passwordSignIn() {
        return jdbc.sql("select state from access_switch where name = ?")
                .param(PASSWORDS)
                .query(String.class)
                .optional()
                .map("on"::equals)
                .orElse(true);
    }

    void setPasswordSignIn(boolean on) {
        jdbc.sql("delete from access_switch where name = ?").param(PASSWORDS).update();
        jdbc.sql("insert into access_switch (name, state) values (?, ?)")
                .params(PASSWORDS, on ? "on" : "off")
                .update();
    }

    @Override
    public void sealAgain(Again again) {
        record Kept(String id, byte[] value) {}
        jdbc.sql("select id, secret from access_provider where secret is not null")
                .query((row, number) -> new Kept(row.getString(1), row.getBytes(2)))
                .list()
                .forEach(each -> jdbc.sql("update access_provider set secret = ? where id = ?")
                        .params(again.from(each.value(), place(each.id())), each.id())
                        .update());
    }

    /** Everything on which it depends who becomes an administrator. */
    static String digest(Settings settings) {
        return Hashes.sha256(String.join(
                "\n",
                settings.id(),
                settings.issuer(),
                settings.clientId(),
                settings.scopes(),
                settings.rules().toString()));
    }

    private static String place(String id) {
        return "client secret of the provider " + id;
    }

    private String rules(Settings settings) {
        return json.writeValueAsString(settings.rules().stream()
                .map(rule -> new KeptRule(
                        rule.claimName(),
                        rule.value(),
                        rule.role().name(),
                        rule.scope().toString()))
                .toList());
    }

    private Row row(ResultSet row) throws SQLException {
        List<Rule> rules = json.readValue(row.getString("rules"), new TypeReference<List<KeptRule>>() {}).stream()
                .map(kept ->
                        new Rule(kept.claimName(), kept.value(), Role.valueOf(kept.role()), Scope.parse(kept.scope())))
                .toList();
        return new Row(
                new Settings(
                        row.getString("id"),
                        row.getString("name"),
                        row.getString("issuer"),
                        row.getString("client_id"),
                        row.getString("scopes"),
                        row.getBoolean("enabled"),
                        rules),
                row.getBytes("secret") != null,
                row.getString("proved"),
                row.getObject("changed_at", OffsetDateTime.class).toInstant(),
                row.getString("changed_by"));
    }
}
