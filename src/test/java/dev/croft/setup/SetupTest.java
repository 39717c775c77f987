package dev.croft.setup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.access.Tokens;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import dev.croft.support.MutableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.Phased;

/** The first minute, over HTTP. */
class SetupTest {

    @TempDir
    private Path data;

    private final FakeBox box = Console.newBox();
    private final HostEndpoint endpoint = Console.place(box);
    private Console console;

    @AfterEach
    void stop() {
        console.close();
    }

    @Test
    void theClaimMakesTheAdministratorAndEnrolsTheBoxOnce() throws IOException {
        console = start();
        Http nobody = Http.anonymous(console.port());
        String claim = claim();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("claim"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                .isEqualTo("rwx------");
        assertThat(nobody.get("/api/v1/status").json().path("setup").asString()).isEqualTo("pending");

        Http.Answer refused = nobody.post("/api/v1/setup", body("guess", "anna"));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.code()).isEqualTo("CLAIM_INVALID");

        Http.Answer done = nobody.post("/api/v1/setup", body(claim, "anna"));
        assertThat(done.status()).isEqualTo(201);
        assertThat(done.json().path("host").asString()).isEqualTo("attic");
        Http anna = nobody.with(done.json().path("token").asString());
        assertThat(anna.get("/api/v1/hosts/attic").json().path("reachable").asBoolean())
                .isTrue();
        assertThat(anna.get("/api/v1/hosts/attic").json().path("description").asString())
                .isEqualTo("Sandbox host (not NixOS)");
        assertThat(data.resolve("claim")).doesNotExist();
        assertThat(nobody.get("/api/v1/status").json().path("setup").asString()).isEqualTo("complete");

        Http.Answer again = nobody.post("/api/v1/setup", body(claim, "mallory"));
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.code()).isEqualTo("ALREADY_SET_UP");
    }

    @Test
    void aBoxThatIsOffDoesNotCostTheAccount() throws IOException {
        console = start();
        box.cutLink();
        Http nobody = Http.anonymous(console.port());

        Http.Answer done = nobody.post("/api/v1/setup", body(claim(), "anna"));

        assertThat(done.status()).isEqualTo(201);
        assertThat(done.json().has("host")).isFalse();
        assertThat(console.get(Setup.class).offered()).isPresent();
        box.mendLink();
        Setup.OfferedHost offer = console.get(Setup.class).offered().orElseThrow();
        console.asAnna(() -> console.get(Hosts.class).enrol(offer.name(), offer.endpoint()));
        assertThat(console.get(Hosts.class).find(new HostName("attic"))).isPresent();
        assertThat(console.get(Setup.class).offered()).isEmpty();
    }

    @Test
    void showsTheKeyOfABoxWhoseFingerprintWasNotAnnounced() {
        console = Console.startEmpty(data, "--croft.host.name=attic", "--croft.host.address=" + endpoint.address());

        assertThat(console.get(Setup.class).offered().orElseThrow().endpoint().fingerprint())
                .isEqualTo(FakeBox.FINGERPRINT);
    }

    /** Who waits for the console to answer then looks for the claim. */
    @Test
    void theClaimIsThereBeforeTheConsoleAnswers() {
        console = start();

        assertThat(console.get(Setup.class))
                .isInstanceOfSatisfying(
                        Phased.class,
                        setup -> assertThat(setup.getPhase())
                                .isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE));
    }

    @Test
    void aRestartBeforeTheSetupKeepsTheLinkThatWasPrinted() throws IOException {
        console = start();
        String claim = claim();

        console.close();
        console = start();

        assertThat(claim()).isEqualTo(claim);
    }

    @Test
    void aClaimThatIsAnHourOldOpensNothing() throws IOException {
        var clock = new MutableClock(Instant.parse("2026-11-21T06:00:00Z"));
        console = Console.startEmpty(data, clock);
        Http nobody = Http.anonymous(console.port());
        String old = claim();
        clock.advance(Duration.ofMinutes(59));
        assertThat(console.get(Setup.class).checkClaim(SecretText.of(old))).isTrue();
        clock.advance(Duration.ofMinutes(2));

        Http.Answer late = nobody.post("/api/v1/setup", body(old, "mallory"));

        assertThat(late.status()).isEqualTo(403);
        assertThat(late.code()).isEqualTo("CLAIM_INVALID");
        assertThat(late.text()).contains("older than 60 minutes", "./croft up");
        String fresh = claim();
        assertThat(fresh).isNotEqualTo(old);
        assertThat(nobody.post("/api/v1/setup", body(fresh, "anna")).status()).isEqualTo(201);
    }

    /** Whoever makes the account in the page has a browser to go on with; what nobody is shown opens nothing. */
    @Test
    void thePageLeavesNoToken() throws IOException {
        console = start();

        console.get(Setup.class).complete(SecretText.of(claim()), Console.ANNA.name(), Console.PASSWORD);

        assertThat(console.asAnna(() -> console.get(Tokens.class).list())).isEmpty();
    }

    @Test
    void theTokenOfAScriptEndsWithItsDay() throws IOException {
        var clock = new MutableClock(Instant.parse("2026-11-21T06:00:00Z"));
        console = Console.startEmpty(data, clock);
        Http nobody = Http.anonymous(console.port());

        Http.Answer done = nobody.post("/api/v1/setup", body(claim(), "anna"));

        assertThat(done.json().path("tokenExpires").asString()).isEqualTo("2026-11-21T18:00:00Z");
        Http script = nobody.with(done.json().path("token").asString());
        assertThat(script.get("/api/v1/hosts").status()).isEqualTo(200);
        clock.advance(Duration.ofHours(13));
        assertThat(script.get("/api/v1/hosts").status()).isEqualTo(401);
    }

    /** A restart is no way around it: the age is that of the file. Who then asks ./croft up is shown the new one. */
    @Test
    void aRestartDoesNotMakeAnOldClaimYoung() throws IOException {
        console = start();
        String old = claim();
        console.close();
        Files.setLastModifiedTime(
                data.resolve("claim"), FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        console = start();

        assertThat(claim()).isNotEqualTo(old);
        assertThat(Http.anonymous(console.port())
                        .post("/api/v1/setup", body(old, "mallory"))
                        .code())
                .isEqualTo("CLAIM_INVALID");
    }

    @Test
    void guessingTheClaimIsLimitedAndKeepsNobodyOutWhoHasIt() throws IOException {
        console = start();
        Http nobody = Http.anonymous(console.port());
        for (int i = 0; i < 10; i++) {
            assertThat(nobody.post("/api/v1/setup", body("guess-" + i, "anna")).code())
                    .isEqualTo("CLAIM_INVALID");
        }

        Http.Answer late = nobody.post("/api/v1/setup", body("one-more", "anna"));
        assertThat(late.status()).isEqualTo(429);
        assertThat(late.code()).isEqualTo("TOO_MANY_ATTEMPTS");

        assertThat(nobody.post("/api/v1/setup", body(claim(), "anna")).status()).isEqualTo(201);
    }

    @Test
    void aWeakPasswordDoesNotUseUpTheClaim() throws IOException {
        console = start();
        Http nobody = Http.anonymous(console.port());

        Http.Answer weak = nobody.post(
                "/api/v1/setup", "{\"claim\":\"" + claim() + "\",\"username\":\"anna\",\"password\":\"short\"}");

        assertThat(weak.status()).isEqualTo(400);
        assertThat(weak.text()).contains("password").doesNotContain("short\"");
        assertThat(nobody.post("/api/v1/setup", body(claim(), "anna")).status()).isEqualTo(201);
    }

    private Console start() {
        return Console.startEmpty(
                data,
                "--croft.host.name=attic",
                "--croft.host.address=" + endpoint.address(),
                "--croft.host.fingerprint=" + endpoint.fingerprint());
    }

    private String claim() throws IOException {
        return Files.readString(data.resolve("claim")).strip();
    }

    private static String body(String claim, String username) {
        return "{\"claim\":\"" + claim + "\",\"username\":\"" + username + "\",\"password\":\""
                + Console.PASSWORD.reveal() + "\"}";
    }
}
