package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.People.Invitation;
import dev.croft.access.People.Person;
import dev.croft.audit.Audit;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.support.Console;
import dev.croft.support.Http;
import dev.croft.support.MutableClock;
import java.io.IOException;
import java.net.CookieManager;
import java.net.CookiePolicy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Accounts as an administrator arranges them, and what an open session is not enough for; on the test's own time. */
@Tag("stores")
class PeopleTest {

    private static final SecretText PASSWORD = SecretText.of("a few unrelated words");

    @TempDir
    private static Path data;

    private static MutableClock clock;
    private static Console console;
    private static People people;

    @BeforeAll
    static void start() {
        clock = new MutableClock(Instant.parse("2026-06-01T12:00:00Z"));
        console = Console.start(data, clock);
        people = console.get(People.class);
    }

    @AfterAll
    static void stop() {
        console.close();
    }

    @Test
    void whoeverIsInvitedChoosesAPasswordOnceAndSignsIn() throws Exception {
        Invitation invited = invite("bob");

        assertThat(people.invited(invited.link())).isEqualTo("bob");
        assertThat(signIn("bob")).as("before there is a password").contains("SIGN_IN_FAILED");
        assertThat(refusal(() -> {
                    people.accept(invited.link(), SecretText.of("short"));
                    return null;
                }))
                .isEqualTo(ProblemCode.INVALID_INPUT);
        people.accept(invited.link(), PASSWORD);

        assertThat(signIn("bob")).doesNotContain("error");
        assertThat(refusal(() -> people.invited(invited.link()))).isEqualTo(ProblemCode.INVITATION_INVALID);
    }

    @Test
    void aLinkIsGoodForADayAndANewOneReplacesIt() {
        Invitation first = invite("carla");
        Invitation second =
                console.asAnna(() -> people.inviteAgain(first.person().id()));

        assertThat(refusal(() -> people.invited(first.link()))).isEqualTo(ProblemCode.INVITATION_INVALID);
        assertThat(people.invited(second.link())).isEqualTo("carla");
        clock.advance(Duration.ofHours(24).plusSeconds(1));
        assertThat(refusal(() -> people.invited(second.link()))).isEqualTo(ProblemCode.INVITATION_INVALID);
    }

    @Test
    void theLastAdministratorStays() {
        long anna = console.asAnna(() -> people.list()).stream()
                .filter(person -> person.name().equals("anna"))
                .findFirst()
                .orElseThrow()
                .id();
        Person invited = console.asAnna(
                        () -> people.invite("dora", "dora@attic.example", Grants.everywhere(Role.ADMIN)))
                .person();

        for (Supplier<Object> change : List.<Supplier<Object>>of(
                () -> people.grant(anna, Grants.everywhere(Role.OPERATOR)), () -> people.disable(anna, true), () -> {
                    people.remove(anna);
                    return anna;
                })) {
            assertThat(refusal(() -> console.asAnna(change)))
                    .as("somebody who was invited cannot sign in yet")
                    .isEqualTo(ProblemCode.LAST_ADMINISTRATOR);
        }

        console.asAnna(() -> {
            people.remove(invited.id());
            return null;
        });
    }

    @Test
    void aNameIsTakenOnce() {
        assertThat(refusal(() -> invite("anna"))).isEqualTo(ProblemCode.CONFLICT);
        assertThat(refusal(() -> console.asAnna(() -> people.invite("emil", "emil@attic.example", Grants.NONE))))
                .isEqualTo(ProblemCode.INVALID_INPUT);
    }

    @Test
    void whatIsTakenAwayIsGoneAtOnceForTokensAndOpenSessions() throws Exception {
        Invitation frida =
                console.asAnna(() -> people.invite("frida", "frida@attic.example", Grants.everywhere(Role.ADMIN)));
        people.accept(frida.link(), PASSWORD);
        HttpClient browser = browser();
        assertThat(signIn(browser, "frida")).doesNotContain("error");
        Operator operator = new Operator("frida", "frida@attic.example", Role.ADMIN);
        Http token = Http.anonymous(console.port())
                .with(console.get(ActingAs.class)
                        .call(
                                operator,
                                () -> console.get(Tokens.class).create("ci", Role.ADMIN, Scope.EVERYWHERE, null))
                        .secret()
                        .reveal());
        assertThat(token.get("/api/v1/people").status()).isEqualTo(200);
        assertThat(get(browser, "/api/v1/people")).isEqualTo(200);

        console.asAnna(() -> people.grant(frida.person().id(), Grants.everywhere(Role.VIEWER)));
        assertThat(token.get("/api/v1/people").status()).isEqualTo(403);
        assertThat(get(browser, "/api/v1/people")).isEqualTo(403);
        assertThat(get(browser, "/api/v1/hosts")).isEqualTo(200);

        console.asAnna(() -> people.disable(frida.person().id(), true));
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(403);
        assertThat(get(browser, "/api/v1/hosts")).isEqualTo(401);
        assertThat(signIn("frida")).contains("SIGN_IN_FAILED");
    }

    @Test
    void aNewPasswordAndAnEndOfTheAccountEndItsSessions() throws Exception {
        Invitation ida = invite("ida");
        people.accept(ida.link(), PASSWORD);
        assertThat(console.asAnna(() -> console.get(Audit.class).list(Audit.Filter.ALL, null, 1))
                        .getFirst())
                .satisfies(row -> {
                    assertThat(row.who()).isEqualTo("ida");
                    assertThat(row.verb()).isEqualTo("People.accept");
                    assertThat(row.outcome()).isEqualTo("done");
                });
        HttpClient before = browser();
        signIn(before, "ida");
        assertThat(get(before, "/api/v1/hosts")).isEqualTo(200);

        Invitation again = console.asAnna(() -> people.inviteAgain(ida.person().id()));
        people.accept(again.link(), PASSWORD);
        assertThat(get(before, "/api/v1/hosts")).as("a new password").isEqualTo(401);

        signIn(before, "ida");
        console.asAnna(() -> people.disable(ida.person().id(), true));
        console.asAnna(() -> people.disable(ida.person().id(), false));
        assertThat(get(before, "/api/v1/hosts")).as("disabled for a while").isEqualTo(401);

        signIn(before, "ida");
        console.asAnna(() -> {
            people.remove(ida.person().id());
            return null;
        });
        assertThat(get(before, "/api/v1/hosts")).as("removed").isEqualTo(401);
    }

    @Test
    void aLinkThatLiesAboutIsGoodForNothingAfterwards() throws Exception {
        Invitation jan = invite("jan");
        people.accept(jan.link(), PASSWORD);
        Invitation spare = console.asAnna(() -> people.inviteAgain(jan.person().id()));

        console.get(ActingAs.class).call(new Operator("jan", "jan@attic.example", Role.VIEWER), () -> {
            console.get(MyAccount.class).changePassword(PASSWORD, SecretText.of("quite other words"));
            return null;
        });
        assertThat(refusal(() -> people.invited(spare.link()))).isEqualTo(ProblemCode.INVITATION_INVALID);

        Invitation another =
                console.asAnna(() -> people.inviteAgain(jan.person().id()));
        console.asAnna(() -> people.disable(jan.person().id(), true));
        assertThat(refusal(() -> people.invited(another.link()))).isEqualTo(ProblemCode.INVITATION_INVALID);
    }

    @Test
    void aSessionThatWasLeftOpenGivesNobodyRights() throws Exception {
        Invitation gus = console.asAnna(() -> people.invite("gus", "gus@attic.example", Grants.everywhere(Role.ADMIN)));
        people.accept(gus.link(), PASSWORD);
        HttpClient browser = browser();
        assertThat(signIn(browser, "gus")).doesNotContain("error");
        String invitation = "{\"name\":\"hugo\",\"email\":\"hugo@attic.example\",\"grants\":[{\"role\":\"viewer\"}]}";

        clock.advance(Duration.ofMinutes(11));
        HttpResponse<String> late = post(browser, "/api/v1/people", invitation);
        assertThat(late.statusCode()).isEqualTo(403);
        assertThat(late.body()).contains("PASSWORD_NEEDED");

        assertThat(signIn(browser, "gus")).as("a fresh sign-in counts").doesNotContain("error");
        assertThat(post(browser, "/api/v1/people", invitation).statusCode()).isEqualTo(201);
        console.asAnna(() -> {
            people.remove(gus.person().id());
            return null;
        });
    }

    // ---- helpers

    private static Invitation invite(String name) {
        return console.asAnna(() -> people.invite(name, name + "@attic.example", Grants.everywhere(Role.VIEWER)));
    }

    private static ProblemCode refusal(Supplier<Object> call) {
        return catchThrowableOfType(ProblemException.class, call::get).problem().code();
    }

    private static HttpClient browser() {
        return HttpClient.newBuilder()
                .cookieHandler(new CookieManager(null, CookiePolicy.ACCEPT_ALL))
                .build();
    }

    private static String signIn(String name) throws IOException, InterruptedException {
        return signIn(browser(), name);
    }

    private static String signIn(HttpClient browser, String name) throws IOException, InterruptedException {
        return browser.send(
                        HttpRequest.newBuilder(address("/login"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString("username=" + name + "&password="
                                        + PASSWORD.reveal().replace(" ", "+")))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .headers()
                .firstValue("Location")
                .orElse("");
    }

    private static int get(HttpClient browser, String path) throws IOException, InterruptedException {
        return browser.send(HttpRequest.newBuilder(address(path)).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static HttpResponse<String> post(HttpClient browser, String path, String body)
            throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(address(path))
                        .header("Content-Type", "application/json")
                        .header("X-Croft-Request", "1")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static URI address(String path) {
        return URI.create("http://127.0.0.1:" + console.port() + path);
    }
}
