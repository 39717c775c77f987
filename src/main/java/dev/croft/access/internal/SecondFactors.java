package dev.croft.access.internal;

import com.bastiaanjansen.otp.SecretGenerator;
import com.bastiaanjansen.otp.TOTPGenerator;
import dev.croft.kernel.SealedRows;
import dev.croft.kernel.Seals;
import dev.croft.kernel.SecretText;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Codes of authenticator apps (RFC 6238) and the recovery codes that stand in for them. Each is good once. */
@Component
class SecondFactors implements SealedRows {

    static final int RECOVERY_CODES = 10;

    private static final Duration STEP = Duration.ofSeconds(30);
    private static final Duration PENDING = Duration.ofMinutes(10);
    /** Without 0, 1, I, L, O and U: read from paper, typed by hand. 4.9 bits in each: 137 in a code. */
    private static final String ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

    private static final int CODE_LENGTH = 28;
    private static final int GROUP = 4;
    /** Of the codes that were made before these, and are good until they are used. */
    private static final int SHORTER_LENGTH = 20;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    /** Looked up when it is needed: the vault needs the accounts first. */
    private final ObjectProvider<Seals> seals;

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<Long, Pending> pending = new ConcurrentHashMap<>();

    private record Pending(SecretText key, Instant until) {}

    private record Kept(byte[] sealed, long lastStep) {}

    SecondFactors(JdbcClient jdbc, TransactionTemplate transaction, ObjectProvider<Seals> seals, Clock clock) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.seals = seals;
        this.clock = clock;
    }

    boolean isEnrolled(long account) {
        return kept(account).isPresent();
    }

    /** A secret that becomes good when a code shows that the app has it. Base32, as apps take it. */
    SecretText begin(long account) {
        SecretText key = SecretText.of(new String(SecretGenerator.generate(), StandardCharsets.US_ASCII));
        pending.values().removeIf(each -> each.until().isBefore(clock.instant()));
        pending.put(account, new Pending(key, clock.instant().plus(PENDING)));
        return key;
    }

    /** What the QR code holds. */
    static SecretText uri(SecretText key, String username) {
        try {
            return SecretText.of(generator(key).getURI("Croft", username).toString());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("A user name is no part of an address", e);
        }
    }

    /** The recovery codes; empty: the code is wrong, or too long has passed. */
    Optional<List<SecretText>> finish(long account, SecretText code) {
        Pending begun = pending.get(account);
        if (begun == null || begun.until().isBefore(clock.instant())) {
            return Optional.empty();
        }
        return step(begun.key(), code, Long.MIN_VALUE).map(step -> {
            byte[] sealed = seals.getObject().seal(bytes(begun.key()), place(account));
            pending.remove(account);
            return transaction.execute(status -> {
                jdbc.sql("delete from access_second_factor where account_id = ?")
                        .param(account)
                        .update();
                jdbc.sql(
                                "insert into access_second_factor (account_id, secret, last_step, made_at) values (?, ?, ?, ?)")
                        .params(account, sealed, step, OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC))
                        .update();
                return newCodes(account);
            });
        });
    }

    void remove(long account) {
        transaction.executeWithoutResult(status -> {
            jdbc.sql("delete from access_second_factor where account_id = ?")
                    .param(account)
                    .update();
            jdbc.sql("delete from access_recovery_code where account_id = ?")
                    .param(account)
                    .update();
        });
    }

    /** The ones before are good no more. */
    List<SecretText> newCodes(long account) {
        return transaction.execute(status -> {
            jdbc.sql("delete from access_recovery_code where account_id = ?")
                    .param(account)
                    .update();
            List<SecretText> codes = new ArrayList<>();
            while (codes.size() < RECOVERY_CODES) {
                String code = randomCode();
                codes.add(SecretText.of(grouped(code)));
                jdbc.sql("insert into access_recovery_code (account_id, hash) values (?, ?)")
                        .params(account, Hashes.sha256(code))
                        .update();
            }
            return codes;
        });
    }

    int codesLeft(long account) {
        return jdbc.sql("select count(*) from access_recovery_code where account_id = ?")
                .param(account)
                .query(Integer.class)
                .single();
    }

    /** Whether this is a code of the app or one of the recovery codes; used up when it is. VAULT_LOCKED: an app's code cannot be checked. */
    boolean use(long account, SecretText typed) {
        String code = typed.reveal().replaceAll("[\\s-]", "").toUpperCase(Locale.ROOT);
        if (code.length() == CODE_LENGTH || code.length() == SHORTER_LENGTH) {
            return jdbc.sql("delete from access_recovery_code where account_id = ? and hash = ?")
                            .params(account, Hashes.sha256(code))
                            .update()
                    > 0;
        }
        return kept(account)
                .flatMap(kept -> {
                    SecretText key = SecretText.of(new String(
                            seals.getObject().open(kept.sealed(), place(account)), StandardCharsets.US_ASCII));
                    return step(key, SecretText.of(code), kept.lastStep());
                })
                // In one statement, so that two at the same moment cannot both be right.
                .filter(step ->
                        jdbc.sql("update access_second_factor set last_step = ? where account_id = ? and last_step < ?")
                                        .params(step, account, step)
                                        .update()
                                > 0)
                .isPresent();
    }

    @Override
    public void sealAgain(Again again) {
        record Row(long account, byte[] value) {}
        jdbc.sql("select account_id, secret from access_second_factor")
                .query((row, number) -> new Row(row.getLong(1), row.getBytes(2)))
                .list()
                .forEach(each -> jdbc.sql("update access_second_factor set secret = ? where account_id = ?")
                        .params(again.from(each.value(), place(each.account())), each.account())
                        .update());
    }

    private Optional<Kept> kept(long account) {
        return jdbc.sql("select secret, last_step from access_second_factor where account_id = ?")
                .param(account)
                .query((row, number) -> new Kept(row.getBytes(1), row.getLong(2)))
                .optional();
    }

    /** The time step whose code this is: the one of now, or one beside it, for clocks that differ; later than the last that was used. */
    private Optional<Long> step(SecretText key, SecretText typed, long after) {
        TOTPGenerator generator = generator(key);
        long now = clock.instant().getEpochSecond() / STEP.toSeconds();
        for (long step = now - 1; step <= now + 1; step++) {
            // SecretText compares in constant time.
            if (step > after
                    && SecretText.of(generator.at(step * STEP.toSeconds())).equals(typed)) {
                return Optional.of(step);
            }
        }
        return Optional.empty();
    }

    private static TOTPGenerator generator(SecretText key) {
        return new TOTPGenerator.Builder(bytes(key)).withPeriod(STEP).build();
    }

    private static byte[] bytes(SecretText key) {
        return key.reveal().getBytes(StandardCharsets.US_ASCII);
    }

    private static String place(long account) {
        return "authenticator secret of the account " + account;
    }

    private String randomCode() {
        StringBuilder code = new StringBuilder();
        while (code.length() < CODE_LENGTH) {
            code.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return code.toString();
    }

    private static String grouped(String code) {
        return String.join("-", code.split("(?<=\\G.{" + GROUP + "})"));
    }
}
