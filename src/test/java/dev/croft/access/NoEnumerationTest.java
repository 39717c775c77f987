package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.People.Invitation;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.support.Console;
import dev.croft.support.MutableClock;
import dev.croft.support.Visitor;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.test.util.ReflectionTestUtils;

/**
 * Whoever tries names learns nothing of them: the same answer, and the same work for it. The work is counted, not timed: checking a
 * hash costs a hundred times what all the rest does.
 */
class NoEnumerationTest {

    @TempDir
    private static Path data;

    private static MutableClock clock;
    private static Console console;
    private static final AtomicInteger CHECKED = new AtomicInteger();

    @BeforeAll
    static void start() {
        clock = new MutableClock(Instant.parse("2026-06-01T12:00:00Z"));
        console = Console.start(data, clock);
        Object signIn = console.context().getBean("passwordSignIn");
        ReflectionTestUtils.setField(signIn, "passwords", new Counting(console.get(PasswordEncoder.class)));
        People people = console.get(People.class);
        invite("invited");
        people.accept(invite("closed").link(), SecretText.of("the words of somebody closed"));
        console.asAnna(() -> people.list().stream()
                .filter(person -> person.name().equals("closed"))
                .map(person -> people.disable(person.id(), true))
                .toList());
    }

    @AfterAll
    static void stop() {
        console.close();
    }

    private record Counting(PasswordEncoder real) implements PasswordEncoder {

        @Override
        public String encode(CharSequence password) {
            return real.encode(password);
        }

        @Override
        public boolean matches(CharSequence password, String hash) {
            CHECKED.incrementAndGet();
            return real.matches(password, hash);
        }

        @Override
        public boolean upgradeEncoding(String hash) {
            return real.upgradeEncoding(hash);
        }
    }

    private record Seen(int status, String location, String body, List<String> cookies, int checked) {}

    @Test
    void everyNameIsAnsweredAlike() {
        List<Seen> seen = new ArrayList<>();
        seen.add(attempt("anna", "not her password"));
        seen.add(attempt("nobody-there", "not her password"));
        seen.add(attempt("invited", "not her password"));
        seen.add(attempt("closed", "the words of somebody closed"));
        seen.add(attempt("no'name\" at all", "not her password"));

        assertThat(seen).containsOnly(seen.getFirst());
        assertThat(seen.getFirst().location()).endsWith("/login?error=SIGN_IN_FAILED");
        assertThat(seen.getFirst().checked()).isEqualTo(1);
    }

    @Test
    void aPasswordThatIsNoneIsAnsweredAlike() {
        for (String password : List.of("", "x".repeat(5000))) {
            assertThat(attempt("anna", password)).isEqualTo(attempt("nobody-there", password));
        }
    }

    @Test
    void aNameIsSlowedDownWhetherThereIsSuchAPersonOrNot() {
        clock.advance(Duration.ofHours(1));
        for (String name : List.of("anna", "nobody-there")) {
            for (int i = 0; i < 10; i++) {
                attempt(name, "wrong " + i);
            }
            Seen slowed = attempt(name, Console.PASSWORD.reveal());
            assertThat(slowed.location()).endsWith("/login?error=TOO_MANY_ATTEMPTS");
            assertThat(slowed.checked()).as("no work either").isZero();
        }
        clock.advance(Duration.ofHours(1));
        assertThat(attempt("anna", Console.PASSWORD.reveal()).location()).doesNotContain("error");
    }

    @Test
    void aLinkThatIsUsedUpTooOldOrInventedIsAnsweredAlike() {
        People people = console.get(People.class);
        Invitation used = invite("used");
        people.accept(used.link(), SecretText.of("the words of somebody else"));
        Invitation late = invite("late");
        clock.advance(Duration.ofHours(25));
        SecretText invented = SecretText.of("x".repeat(late.link().reveal().length()));

        List<Problem> problems = new ArrayList<>();
        for (SecretText link : List.of(used.link(), late.link(), invented, SecretText.of(""))) {
            problems.add(refusal(() -> people.invited(link)));
            problems.add(refusal(() -> people.accept(link, SecretText.of("the words of a guesser"))));
        }

        assertThat(problems).containsOnly(problems.getFirst());
    }

    /** The second step says the same of a wrong code, an old one, and of one for which no password was given. */
    @Test
    void aCodeTellsNothingOfTheAccount() {
        HttpResponse<String> anybody = new Visitor(console.port()).post("/login/code", Map.of("code", "123456"));
        HttpResponse<String> recovery =
                new Visitor(console.port()).post("/login/code", Map.of("code", "ABCDE-FGHJK-MNPQR-STVWX"));

        assertThat(Visitor.location(anybody)).endsWith("/login?error=SIGN_IN_FAILED");
        assertThat(Visitor.location(recovery)).isEqualTo(Visitor.location(anybody));
    }

    private static Seen attempt(String name, String password) {
        int before = CHECKED.get();
        HttpResponse<String> answer = new Visitor(console.port()).signIn(name, password);
        return new Seen(
                answer.statusCode(),
                Visitor.location(answer),
                answer.body(),
                answer.headers().allValues("Set-Cookie").stream()
                        .map(cookie -> cookie.replaceFirst("=[^;]*", ""))
                        .map(cookie -> cookie.replaceFirst("; Expires=[^;]*", ""))
                        .sorted()
                        .toList(),
                CHECKED.get() - before);
    }

    private static Invitation invite(String name) {
        return console.asAnna(
                () -> console.get(People.class).invite(name, name + "@attic.example", Grants.everywhere(Role.VIEWER)));
    }

    private static Problem refusal(Runnable call) {
        return catchThrowableOfType(ProblemException.class, call::run).problem();
    }
}
