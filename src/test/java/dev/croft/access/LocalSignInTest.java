package dev.croft.access;

import static dev.croft.support.Visitor.location;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.bastiaanjansen.otp.TOTPGenerator;
import dev.croft.audit.Audit;
import dev.croft.audit.AuditEntry;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.MutableClock;
import dev.croft.support.Visitor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The local administrator: the second step, the recovery codes, sessions that end, and the way back in. */
@Tag("stores")
class LocalSignInTest {

    @TempDir
    private Path data;

    private final MutableClock clock = new MutableClock(Instant.now(java.time.Clock.systemUTC()));
    private Console console;

    @BeforeEach
    void start() {
        console = Console.start(data, clock);
    }

    @AfterEach
    void stop() {
        console.close();
    }

    @Test
    void asksForACodeThatIsGoodOnceOrARecoveryCode() {
        List<SecretText> codes = enrol();
        clock.advance(Duration.ofSeconds(30));
        String code = code();
        Visitor first = new Visitor(console.port());

        assertThat(location(first.signIn("anna", Console.PASSWORD.reveal()))).endsWith("/login/code");
        assertThat(first.status("/api/v1/hosts")).as("the password alone").isEqualTo(401);
        assertThat(location(send(first, "000000"))).endsWith("/login/code");
        assertThat(location(send(first, code))).doesNotContain("login");
        assertThat(first.status("/api/v1/hosts")).isEqualTo(200);

        Visitor second = halfway();
        assertThat(location(send(second, code))).as("the same code again").endsWith("/login/code");
        assertThat(location(send(second, codes.getFirst().reveal()))).doesNotContain("login");
        assertThat(location(send(halfway(), codes.getFirst().reveal())))
                .as("the same recovery code again")
                .endsWith("/login/code");
        assertThat(asAnna(() -> console.get(MyAccount.class).status()).recoveryCodes())
                .isEqualTo(9);
    }

    /** Each of them is as hard to guess as a key: what is kept of them needs no salt. */
    @Test
    void recoveryCodesAreRandomEnoughToBeKeptUnderAPlainDigest() {
        List<String> codes =
                enrol().stream().map(code -> code.reveal().replace("-", "")).toList();
        Set<Integer> letters = new TreeSet<>();
        codes.forEach(code -> code.chars().forEach(letters::add));

        assertThat(codes).hasSize(10).doesNotHaveDuplicates().allMatch(code -> code.matches("[2-9A-HJKMNP-TV-Z]{28}"));
        // 280 letters of 30: that one of them does not come up at all happens once in four hundred times; five never
        // do.
        assertThat(letters).hasSizeGreaterThan(25);
        assertThat(codes).allMatch(code -> code.length() * Math.log(30) / Math.log(2) > 128);
        assertThat(console.get(JdbcClient.class)
                        .sql("select hash from access_recovery_code")
                        .query(String.class)
                        .list())
                .hasSize(10)
                .allMatch(hash -> hash.matches("[0-9a-f]{64}"));
    }

    /** Those that were made when they were shorter lie in drawers. */
    @Test
    void aRecoveryCodeOfBeforeIsStillGood() throws NoSuchAlgorithmException {
        enrol();
        String old = "ABCDE23456FGHJK789MN";
        console.get(JdbcClient.class)
                .sql(
                        "insert into access_recovery_code (account_id, hash) select id, ? from access_account where username = 'anna'")
                .param(HexFormat.of()
                        .formatHex(
                                MessageDigest.getInstance("SHA-256").digest(old.getBytes(StandardCharsets.US_ASCII))))
                .update();

        assertThat(location(send(halfway(), "abcde-23456-fghjk-789mn"))).doesNotContain("login");
        assertThat(location(send(halfway(), old))).endsWith("/login/code");
    }

    /** Nothing is cut off, trimmed, or changed from capitals. */
    @Test
    void aPasswordIsTakenAsItWasTyped() {
        String typed = " Drei grüne  Flaschen " + "vzqm wkxr tbhg p".repeat(14) + "Ω ";
        asAnna(() -> console.get(MyAccount.class).changePassword(Console.PASSWORD, SecretText.of(typed)));

        for (String other : List.of(
                typed.strip(),
                typed.toLowerCase(Locale.ROOT),
                typed.substring(0, typed.length() - 1),
                typed.substring(0, 72),
                typed.replace("  ", " "))) {
            assertThat(location(new Visitor(console.port()).signIn("anna", other)))
                    .as(other)
                    .contains("error");
        }
        assertThat(location(new Visitor(console.port()).signIn("anna", typed))).doesNotContain("error");
    }

    @Test
    void noPasswordEndsByItself() {
        clock.advance(Duration.ofDays(10 * 365));

        assertThat(location(new Visitor(console.port()).signIn("anna", Console.PASSWORD.reveal())))
                .doesNotContain("error");
    }

    /** No hint, no question of whose dog it was: what is kept of an account is what is listed here. */
    @Test
    void ofAnAccountThereIsNothingToGuessBesideThePassword() {
        assertThat(console.get(JdbcClient.class)
                        .sql(
                                "select lower(column_name) from information_schema.columns where lower(table_name) = 'access_account'")
                        .query(String.class)
                        .list())
                .containsExactlyInAnyOrder(
                        "id",
                        "username",
                        "email",
                        "password_hash",
                        "created_at",
                        "issuer",
                        "subject",
                        "disabled_at",
                        "language",
                        "vouched_at",
                        "passkey_handle");
    }

    @Test
    void nobodyTriesAllCodes() {
        enrol();
        Visitor guesser = halfway();
        for (int i = 0; i < 10; i++) {
            assertThat(location(send(guesser, "11111" + i))).endsWith("/login/code");
        }

        assertThat(location(send(guesser, "222222"))).endsWith("error=TOO_MANY_ATTEMPTS");
    }

    @Test
    void theSecondStepLeavesARowToo() {
        enrol();
        clock.advance(Duration.ofSeconds(30));
        Visitor visitor = halfway();
        assertThat(lastSignIn())
                .as("the password alone is no sign-in, and no failure")
                .isNull();

        send(visitor, "000000");
        assertThat(lastSignIn()).satisfies(row -> {
            assertThat(row.who()).isEqualTo("anna");
            assertThat(row.outcome()).isEqualTo("SIGN_IN_FAILED");
            assertThat(row.address()).isEqualTo("127.0.0.1");
        });
        send(visitor, code());
        assertThat(lastSignIn()).satisfies(row -> {
            assertThat(row.who()).isEqualTo("anna");
            assertThat(row.outcome()).isEqualTo("done");
        });
        for (int i = 0; i <= 10; i++) {
            new Visitor(console.port()).signIn("nobody", "wrong");
        }
        assertThat(lastSignIn()).satisfies(row -> {
            assertThat(row.who()).isEqualTo("nobody");
            assertThat(row.outcome()).isEqualTo("TOO_MANY_ATTEMPTS");
        });
    }

    private AuditEntry lastSignIn() {
        return last("sign-in");
    }

    private AuditEntry last(String verb) {
        List<AuditEntry> rows = asAnna(() ->
                console.get(Audit.class).list(new Audit.Filter(null, verb, null, null, null, null, null), null, 1));
        return rows.isEmpty() ? null : rows.getFirst();
    }

    /** Whoever takes a phone for a moment does not take the account. */
    @Test
    void aCodeIsNoPasswordToChangeThePasswordBy() {
        enrol();
        clock.advance(Duration.ofSeconds(30));
        String code = code();

        assertThatThrownBy(() -> asAnna(() -> console.get(MyAccount.class)
                        .changePassword(SecretText.of(code), SecretText.of("a few new words"))))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("password");
        assertThat(location(new Visitor(console.port()).signIn("anna", Console.PASSWORD.reveal())))
                .endsWith("/login/code");
    }

    @Test
    void aCodeWithoutThePasswordIsNothing() {
        enrol();
        clock.advance(Duration.ofSeconds(30));

        assertThat(location(send(new Visitor(console.port()), code()))).endsWith("error=SIGN_IN_FAILED");
        Visitor slow = halfway();
        clock.advance(Duration.ofMinutes(6));
        assertThat(location(send(slow, code()))).endsWith("error=SIGN_IN_FAILED");
    }

    @Test
    void whatChangesTheAccountWantsAFreshProof() {
        assertThatThrownBy(() -> asAnna(() -> console.get(MyAccount.class)
                        .changePassword(SecretText.of("wrong"), SecretText.of("a few new words"))))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void theLanguageIsKeptWithTheAccountUntilTheBrowserShallDecideAgain() {
        Preferences preferences = console.get(Preferences.class);
        assertThat(asAnna(preferences::language)).isEmpty();

        asAnna(() -> preferences.speak(Locale.FRENCH));
        assertThat(asAnna(preferences::language)).contains(Locale.FRENCH);

        asAnna(() -> preferences.speak(null));
        assertThat(asAnna(preferences::language)).isEmpty();
    }

    @Test
    void aChangeOfThePasswordEndsTheOtherSessions() {
        Visitor visitor = signedIn();

        asAnna(() -> console.get(MyAccount.class).changePassword(Console.PASSWORD, SecretText.of("a few new words")));

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
        assertThat(location(new Visitor(console.port()).signIn("anna", "a few new words")))
                .doesNotContain("error");
    }

    @Test
    void aSessionEndsWhenItIsRevokedOrLeftAloneOrTooOld() {
        Visitor revoked = signedIn();
        Sessions.Session session =
                asAnna(() -> console.get(Sessions.class).mine()).getFirst();
        assertThat(session.device()).isEqualTo("Unknown");
        assertThat(session.address()).isEqualTo("127.0.0.1");
        asAnna(() -> console.get(Sessions.class).revoke(session.id()));
        assertThat(revoked.status("/api/v1/hosts")).isEqualTo(401);

        Visitor idle = signedIn();
        clock.advance(Duration.ofHours(2).plusSeconds(1));
        assertThat(idle.status("/api/v1/hosts")).isEqualTo(401);

        Visitor busy = signedIn();
        for (int hour = 0; hour < 12; hour++) {
            assertThat(busy.status("/api/v1/hosts")).isEqualTo(200);
            clock.advance(Duration.ofHours(1));
        }
        clock.advance(Duration.ofSeconds(1));
        assertThat(busy.status("/api/v1/hosts")).isEqualTo(401);
    }

    /** Browsers hold pages ready to go back to; once, with the first page that is asked for after the end. */
    @Test
    void theBrowserIsToldToEmptyItsCacheWhenASignInHasEnded() {
        Visitor visitor = signedIn();
        assertThat(visitor.get("/styles.css").headers().firstValue("Clear-Site-Data"))
                .isEmpty();
        asAnna(() -> console.get(Sessions.class)
                .revoke(console.get(Sessions.class).mine().getFirst().id()));

        assertThat(visitor.get("/styles.css").headers().firstValue("Clear-Site-Data"))
                .hasValue("\"cache\"");
        assertThat(visitor.cookie("croft-signin")).isEmpty();
        assertThat(visitor.cookie("croft-browser")).isPresent();
        assertThat(visitor.get("/styles.css").headers().firstValue("Clear-Site-Data"))
                .isEmpty();
    }

    @Test
    void afterARestartItIsKnownWhereSomebodyIsAndWhatIsOverIsDeletedByItself() {
        Visitor visitor = signedIn();
        console.close();
        console = Console.start(data, clock, "--croft.access.session-purge=20ms");
        visitor.at(console.port());

        assertThat(visitor.status("/api/v1/audit/export?format=csv")).isEqualTo(200);
        assertThat(last("Audit.export").address()).isEqualTo("127.0.0.1");

        clock.advance(Duration.ofMinutes(119));
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        // Nobody comes back with the cookie of most of them.
        clock.advance(Duration.ofHours(2).plusSeconds(1));
        Await.until(
                () -> console.get(JdbcClient.class)
                        .sql("select count(*) from access_session")
                        .query(Integer.class)
                        .single(),
                Integer.valueOf(0)::equals);
    }

    @Test
    void aSessionsCookieWithoutTheSignInsIsNothing() {
        Visitor visitor = signedIn();
        visitor.drop("croft-signin");

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
    }

    @Test
    void whoeverCanStartTheConsoleGetsBackIn() throws IOException {
        enrol();
        Visitor before = signedInWithRecovery();
        console.close();
        console = Console.start(data, clock, "--croft.access.reset-sign-in=true");
        before.at(console.port());
        Path file = data.resolve("reset-sign-in");
        List<String> lines = Files.readAllLines(file);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(before.status("/api/v1/hosts")).isEqualTo(401);
        Visitor visitor = new Visitor(console.port());
        visitor.signIn(lines.get(0), lines.get(1));
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    private SecretText key = SecretText.of("");
    private List<SecretText> recovery = List.of();

    private List<SecretText> enrol() {
        asAnna(() -> console.get(Accounts.class).confirmPassword(Console.PASSWORD));
        key = asAnna(() -> console.get(MyAccount.class).startSecondFactor()).key();
        recovery = asAnna(() -> console.get(MyAccount.class).finishSecondFactor(SecretText.of(code())));
        return recovery;
    }

    /** What the app shows now. */
    private String code() {
        return new TOTPGenerator.Builder(key.reveal().getBytes(StandardCharsets.US_ASCII))
                .build()
                .at(clock.instant());
    }

    private Visitor halfway() {
        Visitor visitor = new Visitor(console.port());
        visitor.signIn("anna", Console.PASSWORD.reveal());
        return visitor;
    }

    private Visitor signedInWithRecovery() {
        Visitor visitor = halfway();
        send(visitor, recovery.getLast().reveal());
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        return visitor;
    }

    private Visitor signedIn() {
        Visitor visitor = halfway();
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        return visitor;
    }

    private static java.net.http.HttpResponse<String> send(Visitor visitor, String code) {
        return visitor.post("/login/code", Map.of("code", code));
    }

    private <T> T asAnna(Supplier<T> work) {
        return console.asAnna(work);
    }

    private void asAnna(Runnable work) {
        console.asAnna(() -> {
            work.run();
            return null;
        });
    }
}
