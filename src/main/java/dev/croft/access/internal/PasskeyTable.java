package dev.croft.access.internal;

import dev.croft.access.Passkeys.Passkey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.web.webauthn.api.AuthenticatorTransport;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.CredentialRecord;
import org.springframework.security.web.webauthn.api.ImmutableCredentialRecord;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCose;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialType;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.management.PublicKeyCredentialUserEntityRepository;
import org.springframework.security.web.webauthn.management.UserCredentialRepository;
import org.springframework.stereotype.Component;

/** access_passkey in SQL, and as Spring Security wants to see it. Who is disabled has none. */
@Component
class PasskeyTable implements PublicKeyCredentialUserEntityRepository {

    private static final String ENABLED =
            " from access_passkey join access_account on access_account.id = account_id where disabled_at is null";

    private final JdbcClient jdbc;
    private final Clock clock;

    PasskeyTable(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    // ---- as people see them

    List<Passkey> of(long account) {
        return jdbc.sql("select id, name, site, made_at, used_at from access_passkey where account_id = ? order by id")
                .param(account)
                .query((row, number) -> new Passkey(
                        row.getLong("id"),
                        row.getString("name"),
                        row.getString("site"),
                        row.getObject("made_at", OffsetDateTime.class).toInstant(),
                        instant(row, "used_at")))
                .list();
    }

    boolean isAny(PasskeySite site) {
        return jdbc.sql("select count(*)" + ENABLED + " and site = ?")
                        .param(site.name())
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Whose it is; empty: nobody's who may sign in. */
    Optional<String> ownerOf(Bytes credential) {
        return jdbc.sql("select username" + ENABLED + " and credential = ?")
                .param(credential.toBase64UrlString())
                .query(String.class)
                .optional();
    }

    /** False: the account has no such passkey. */
    boolean rename(long account, long id, String name) {
        return jdbc.sql("update access_passkey set name = ? where account_id = ? and id = ?")
                        .params(name, account, id)
                        .update()
                > 0;
    }

    /** False: the account has no such passkey. */
    boolean remove(long account, long id) {
        return jdbc.sql("delete from access_passkey where account_id = ? and id = ?")
                        .params(account, id)
                        .update()
                > 0;
    }

    void removeAll(long account) {
        jdbc.sql("delete from access_passkey where account_id = ?")
                .param(account)
                .update();
    }

    // ---- accounts, as passkeys know them

    @Override
    public @Nullable PublicKeyCredentialUserEntity findById(Bytes handle) {
        return entity("passkey_handle = ?", handle.toBase64UrlString());
    }

    @Override
    public @Nullable PublicKeyCredentialUserEntity findByUsername(String username) {
        return entity("passkey_handle is not null and username = ?", username);
    }

    private @Nullable PublicKeyCredentialUserEntity entity(String condition, String value) {
        return jdbc.sql("select username, passkey_handle from access_account where disabled_at is null and "
                        + condition)
                .param(value)
                .query((row, number) -> ImmutablePublicKeyCredentialUserEntity.builder()
                        .name(row.getString("username"))
                        .displayName(row.getString("username"))
                        .id(Bytes.fromBase64(row.getString("passkey_handle")))
                        .build())
                .optional()
                .orElse(null);
    }

    @Override
    public void save(PublicKeyCredentialUserEntity entity) {
        jdbc.sql("update access_account set passkey_handle = ? where username = ? and passkey_handle is null")
                .params(entity.getId().toBase64UrlString(), entity.getName())
                .update();
    }

    @Override
    public void delete(Bytes handle) {
        jdbc.sql("update access_account set passkey_handle = null where passkey_handle = ?")
                .param(handle.toBase64UrlString())
                .update();
    }

    // ---- keys

    /** Those of one name of the console; the others do not exist for it. */
    UserCredentialRepository at(PasskeySite site) {
        return new Keys(site.name());
    }

    private final class Keys implements UserCredentialRepository {

        private final String site;

        Keys(String site) {
            this.site = site;
        }

        @Override
        public @Nullable CredentialRecord findByCredentialId(Bytes credential) {
            return records("credential = ?", credential).stream().findFirst().orElse(null);
        }

        @Override
        public List<CredentialRecord> findByUserId(Bytes handle) {
            return records("passkey_handle = ?", handle);
        }

        private List<CredentialRecord> records(String condition, Bytes value) {
            return jdbc.sql("select access_passkey.*, passkey_handle" + ENABLED + " and site = ? and " + condition)
                    .params(site, value.toBase64UrlString())
                    .query((row, number) -> PasskeyTable.read(row))
                    .list();
        }

        /** A new one, or what the last answer of a known one tells. */
        @Override
        public void save(CredentialRecord record) {
            if (findByCredentialId(record.getCredentialId()) == null) {
                insert(record);
                return;
            }
            // In one statement: of the answers of a key that counts, each is good once, and none after a later one.
            int seen = jdbc.sql("""
                            update access_passkey set sign_count = ?, backed_up = ?, used_at = ?
                            where credential = ? and (sign_count < ? or (sign_count = 0 and ? = 0))
                            """)
                    .params(
                            record.getSignatureCount(),
                            record.isBackupState(),
                            now(),
                            record.getCredentialId().toBase64UrlString(),
                            record.getSignatureCount(),
                            record.getSignatureCount())
                    .update();
            if (seen == 0) {
                throw new BadCredentialsException(
                        "The passkey has given a later answer before this one: it may be a copy.");
            }
        }

        private void insert(CredentialRecord record) {
            Bytes attestation = record.getAttestationObject();
            if (attestation == null) {
                throw new BadCredentialsException("A passkey without its first answer cannot be checked later.");
            }
            long account = jdbc.sql("select id from access_account where passkey_handle = ?")
                    .param(record.getUserEntityUserId().toBase64UrlString())
                    .query(Long.class)
                    .optional()
                    .orElseThrow(() -> new BadCredentialsException("Another browser has begun with a first passkey."));
            jdbc.sql("""
                            insert into access_passkey (account_id, credential, site, name, public_key, attestation, sign_count,
                                backup_eligible, backed_up, transports, made_at)
                            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                            """)
                    .params(Arrays.asList(
                            account,
                            record.getCredentialId().toBase64UrlString(),
                            site,
                            record.getLabel(),
                            record.getPublicKey().getBytes(),
                            attestation.getBytes(),
                            record.getSignatureCount(),
                            record.isBackupEligible(),
                            record.isBackupState(),
                            record.getTransports().stream()
                                    .map(AuthenticatorTransport::getValue)
                                    .sorted()
                                    .collect(Collectors.joining(",")),
                            now()))
                    .update();
        }

        @Override
        public void delete(Bytes credential) {
            jdbc.sql("delete from access_passkey where site = ? and credential = ?")
                    .params(site, credential.toBase64UrlString())
                    .update();
        }
    }

    private static CredentialRecord read(ResultSet row) throws SQLException {
        Instant made = row.getObject("made_at", OffsetDateTime.class).toInstant();
        Instant used = instant(row, "used_at");
        String transports = row.getString("transports");
        return ImmutableCredentialRecord.builder()
                .credentialType(PublicKeyCredentialType.PUBLIC_KEY)
                .credentialId(Bytes.fromBase64(row.getString("credential")))
                .userEntityUserId(Bytes.fromBase64(row.getString("passkey_handle")))
                .publicKey(new ImmutablePublicKeyCose(row.getBytes("public_key")))
                .attestationObject(new Bytes(row.getBytes("attestation")))
                .signatureCount(row.getLong("sign_count"))
                // Asked for when it is made, and each time after.
                .uvInitialized(true)
                .backupEligible(row.getBoolean("backup_eligible"))
                .backupState(row.getBoolean("backed_up"))
                .transports(
                        transports.isEmpty()
                                ? Set.of()
                                : Arrays.stream(transports.split(","))
                                        .map(AuthenticatorTransport::valueOf)
                                        .collect(Collectors.toSet()))
                .label(row.getString("name"))
                .created(made)
                .lastUsed(used == null ? made : used)
                .build();
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private OffsetDateTime now() {
        return OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
}
