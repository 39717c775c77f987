package dev.croft.access;

import static dev.croft.support.Visitor.location;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.Providers.Rule;
import dev.croft.access.Providers.Settings;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.support.Console;
import dev.croft.support.FakeProvider;
import dev.croft.support.Visitor;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A console that is told where it may connect to, and asked to go elsewhere. */
class OutgoingPlacesTest {

    private static final Rule ADMINS = new Rule("groups", "admins", Role.ADMIN, Scope.EVERYWHERE);

    @TempDir
    private Path data;

    /** The address that is typed, and those that the provider names. */
    @Test
    void nobodyIsAskedBesideThePlacesThatAreNamed() throws Exception {
        try (FakeProvider provider = new FakeProvider(Clock.systemUTC());
                Console console = Console.start(data, "--croft.outgoing.only=id.example,*.home.example");
                ServerSocket box = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            provider.person = Map.of("sub", "7", "preferred_username", "bert", "groups", List.of("admins"));
            console.asAnna(() -> console.get(Providers.class)
                    .save(
                            new Settings(
                                    "idp", "Idp", provider.issuer(), FakeProvider.CLIENT, "", true, List.of(ADMINS)),
                            SecretText.of(FakeProvider.SECRET),
                            null));

            assertThat(location(new Visitor(console.port()).get("/oauth2/authorization/idp")))
                    .endsWith("/login?error=PROVIDER_UNREACHABLE");

            // The real door: that of the other tests leads to boxes in memory.
            HostLink door = console.context().getBean("hostLink", HostLink.class);
            Problem refused = catchThrowableOfType(
                            ProblemException.class, () -> door.fingerprintOf("127.0.0.1", box.getLocalPort()))
                    .problem();
            assertThat(refused.code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
            assertThat(refused.why()).contains("croft.outgoing.only");
        }
    }

    @Test
    void whatIsNamedIsAsked() {
        try (FakeProvider provider = new FakeProvider(Clock.systemUTC());
                Console console = Console.start(data, "--croft.outgoing.only=127.0.0.1")) {
            provider.person = Map.of("sub", "7", "preferred_username", "bert", "groups", List.of("admins"));
            console.asAnna(() -> console.get(Providers.class)
                    .save(
                            new Settings(
                                    "idp", "Idp", provider.issuer(), FakeProvider.CLIENT, "", true, List.of(ADMINS)),
                            SecretText.of(FakeProvider.SECRET),
                            null));
            Visitor visitor = new Visitor(console.port());

            visitor.get(provider.signIn(URI.create(location(visitor.get("/oauth2/authorization/idp")))));

            assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        }
    }
}
