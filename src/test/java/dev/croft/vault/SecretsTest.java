package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.Role;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.vault.Secret.Presence;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets through the use cases. */
class SecretsTest {

    private static final AppName SHOP = new AppName("shop");
    private static final SecretOwner SHOPS = SecretOwner.of(SHOP);
    private static final String VALUE = "sk_live_q7Xw0cXk1v3PZb4rJ9mU2sYd";

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private final HostName attic = console.enrol(box);

    @BeforeEach
    void draft() {
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, SHOP, shop()));
    }

    private static AppSpec shop() {
        AppSpec site = Console.site("v1");
        return site.withRun(site.run().withSecrets(new TreeMap<>(Map.of("API_KEY", Delivery.ENV))));
    }

    // ---- in git

    @Test
    void aSecretThatIsKeptInGitIsToldOfAndNotSetHere() {
        box.trust().opensFilesFor("age1box");
        var inGit = new Delivery(As.FILE, new InGit("secrets/shop.yaml", "api/key"));
        AppSpec kept = shop().withRun(shop().run().withSecrets(new TreeMap<>(Map.of("API_KEY", inGit))));
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, SHOP, kept));

        assertThat(only()).satisfies(secret -> {
            assertThat(secret.box()).isEqualTo(Presence.IN_GIT);
            assertThat(secret.drafted()).isEqualTo(inGit);
            assertThat(secret.bytes()).isNull();
        });
        assertThat(console.asAnna(() -> secrets().recipients(attic))).containsExactly("age1box");
        var refused = catchThrowableOfType(ProblemException.class, () -> set(VALUE, false));
        assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_INPUT);
        assertThat(refused.problem().why()).contains("API_KEY from secrets/shop.yaml in the box's flake");
        assertThat(box.trust().value(SHOP, "API_KEY")).isEmpty();
    }

    @Test
    void aBoxWithoutSopsNixHasNoRecipients() {
        assertThat(console.asAnna(() -> secrets().recipients(attic))).isNull();
    }

    // ---- on the box

    @Test
    void aValueThatIsSetLiesOnTheBoxAndIsToldOfWithoutItself() {
        assertThat(only().box()).isEqualTo(Presence.MISSING);

        Secrets.Placed placed = set(VALUE, false);

        assertThat(placed.problem()).isNull();
        assertThat(box.trust().value(SHOP, "API_KEY").orElseThrow()).isEqualTo(bytes(VALUE));
        assertThat(only()).satisfies(secret -> {
            assertThat(secret.box()).isEqualTo(Presence.THERE);
            assertThat(secret.changedBy()).isEqualTo("anna");
            assertThat(secret.bytes()).isEqualTo(bytes(VALUE).length);
            assertThat(secret.drafted()).isEqualTo(Delivery.ENV);
            assertThat(secret.inForce()).isNull();
        });
        assertThat(placed.known()).isEqualTo(only());
    }

    @Test
    void aNewValueRestartsWhatUsesItWhenThatIsAskedFor() {
        set(VALUE, false);
        deploy();

        assertThat(set("another", true).restarted()).containsExactly("croft-app-shop.service");
        assertThat(set("a third", false).restarted()).isEmpty();
        assertThat(only().usedBy()).containsExactly("croft-app-shop.service");
    }

    @Test
    void aValueForABoxThatIsAwayGetsThereBeforeTheNextDeployment() {
        box.cutLink();
        Secrets.Placed placed = set(VALUE, true);
        assertThat(placed.problem()).isNotNull();
        assertThat(placed.known().box()).isEqualTo(Presence.UNKNOWN);
        box.mendLink();
        assertThat(only().box()).isEqualTo(Presence.MISSING);

        Operation deployed = deploy();

        assertThat(deployed.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(box.trust().value(SHOP, "API_KEY")).isPresent();
    }

    @Test
    void aDeploymentWithoutItsSecretIsRefusedByTheBox() {
        Operation deployed = deploy();

        assertThat(deployed.state()).isEqualTo(OperationState.FAILED);
        assertThat(deployed.problem().code()).isEqualTo(ProblemCode.SECRET_MISSING);
    }

    @Test
    void aRebuiltBoxGetsEveryValueAgain() {
        set(VALUE, false);
        console.asAnna(() -> secrets().set(attic, SecretOwner.ofService("acme"), "TOKEN", text("t"), false));
        box.trust().forget();
        assertThat(only().box()).isEqualTo(Presence.MISSING);

        assertThat(console.asAnna(() -> secrets().pushAll(attic)))
                .extracting(Secret::name, Secret::box)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("API_KEY", Presence.THERE),
                        org.assertj.core.groups.Tuple.tuple("TOKEN", Presence.THERE));
    }

    @Test
    void whatWasChangedOnTheBoxIsToldAndNotOverwrittenByADeployment() {
        set(VALUE, false);
        console.get(dev.croft.hostlink.HostLink.class)
                .call(
                        console.asAnna(() -> console.get(dev.croft.fleet.Hosts.class)
                                .get(attic)
                                .endpoint()),
                        new HostCommand.PutSecret(
                                SHOPS, "API_KEY", text("by hand").base64(), false));

        assertThat(only().box()).isEqualTo(Presence.OTHER);
        deploy();

        assertThat(box.trust().value(SHOP, "API_KEY").orElseThrow()).isEqualTo(bytes("by hand"));
    }

    @Test
    void aSecretIsRemovedOnceNothingNamesIt() {
        set(VALUE, false);
        refused(ProblemCode.SECRET_IN_USE, () -> console.asAnna(() -> remove("API_KEY")));

        console.asAnna(() -> console.get(Apps.class).putDraft(attic, SHOP, Console.site("v1")));
        console.asAnna(() -> remove("API_KEY"));

        assertThat(box.trust().value(SHOP, "API_KEY")).isEmpty();
        assertThat(console.asAnna(() -> secrets().list(attic, SHOP))).isEmpty();
        refused(ProblemCode.NOT_FOUND, () -> console.asAnna(() -> remove("API_KEY")));
    }

    // ---- bad input

    static Stream<byte[]> values() {
        byte[] large = new byte[Secrets.MOST_BYTES];
        new Random(7).nextBytes(large);
        return Stream.of(large, new byte[] {0}, bytes("a\nb\r\n\n"), bytes("🔑 ключ"), bytes(" "), new byte[] {
            (byte) 0xff, (byte) 0xfe
        });
    }

    @ParameterizedTest
    @MethodSource("values")
    void bytesOfAllKindsArriveUnharmed(byte[] value) {
        console.asAnna(() -> secrets().set(attic, SHOPS, "API_KEY", SecretBytes.of(value), false));

        assertThat(box.trust().value(SHOP, "API_KEY").orElseThrow()).isEqualTo(value);
        assertThat(console.asAnna(() -> secrets().reveal(attic, SHOPS, "API_KEY", Console.PASSWORD))
                        .reveal())
                .isEqualTo(value);
    }

    @Test
    void aValueThatIsEmptyOrTooLongIsRefused() {
        refused(ProblemCode.INVALID_INPUT, () -> set("", false));
        refused(ProblemCode.INVALID_INPUT, () -> set("x".repeat(Secrets.MOST_BYTES + 1), false));
        assertThat(only().bytes()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1A", "A-B", "A B", "../x", "A\n", "Ä"})
    void aNameThatIsNoneIsRefused(String name) {
        refused(
                ProblemCode.INVALID_INPUT,
                () -> console.asAnna(() -> secrets().set(attic, SHOPS, name, text("x"), false)));
    }

    @Test
    void aSecretOfNoAppIsRefused() {
        refused(
                ProblemCode.NOT_FOUND,
                () -> console.asAnna(
                        () -> secrets().set(attic, SecretOwner.of(new AppName("shpo")), "KEY", text("x"), false)));
    }

    // ---- helpers

    private Secrets secrets() {
        return console.get(Secrets.class);
    }

    private Vault vault() {
        return console.get(Vault.class);
    }

    private Secrets.Placed set(String value, boolean restart) {
        return console.as(Role.OPERATOR, () -> secrets().set(attic, SHOPS, "API_KEY", text(value), restart));
    }

    private Void remove(String name) {
        secrets().remove(attic, SHOPS, name);
        return null;
    }

    private SecretBytes reveal(SecretText password) {
        return console.asAnna(() -> secrets().reveal(attic, SHOPS, "API_KEY", password));
    }

    private void unlock(String key) {
        console.asAnna(() -> {
            vault().unlock(SecretText.of(key));
            return null;
        });
    }

    private Secret only() {
        List<Secret> all = console.as(Role.VIEWER, () -> secrets().list(attic, SHOP));
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    private Operation deploy() {
        Operation asked = console.asAnna(() -> console.get(Operations.class).deploy(attic, SHOP, null));
        return Await.until(
                () -> console.asAnna(() -> console.get(Operations.class).get(asked.id())),
                operation -> operation.state().isFinal());
    }

    private static SecretBytes text(String value) {
        return SecretBytes.of(SecretText.of(value));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void refused(ProblemCode code, ThrowingCallable work) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(work)
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(code));
    }

    private static String refusedAny(ThrowingCallable work) {
        return String.valueOf(org.assertj.core.api.Assertions.catchThrowable(work));
    }
}
