package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.Role;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.vault.Secret.Presence;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets through the use cases. */
@Tag("stores")
class SecretsTest extends ShopWithASecret {

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private final HostName attic = console.enrol(box);

    @BeforeEach
    void draft() {
        draftShop();
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
    void soIsOneOfAServiceOfTheBox() {
        var mail = SecretOwner.ofService("mail");
        settings(before -> before.withServices(before.services()
                .withMail(new HostState.Mail(
                        new HostState.MailRelay("smtp.example.net", null, null, "attic@example.net"), null))));
        assertThat(ofMail().box()).isEqualTo(Presence.MISSING);

        settings(before -> before.withSecret("mail", "RELAY_PASSWORD", new InGit("secrets/box.yaml", "relay")));

        assertThat(ofMail()).satisfies(secret -> {
            assertThat(secret.box()).isEqualTo(Presence.IN_GIT);
            assertThat(secret.drafted()).isEqualTo(new Delivery(As.FILE, new InGit("secrets/box.yaml", "relay")));
            assertThat(secret.inForce()).isNull();
        });
        var refused = catchThrowableOfType(
                ProblemException.class,
                () -> console.asAnna(
                        () -> secrets().set(attic, mail, "RELAY_PASSWORD", SecretBytes.of(bytes(VALUE)), false)));
        assertThat(refused.problem().code()).isEqualTo(ProblemCode.INVALID_INPUT);
        assertThat(refused.problem().why()).contains("RELAY_PASSWORD of mail from secrets/box.yaml");

        // Sealed again, it can be set.
        settings(before -> before.withSecret("mail", "RELAY_PASSWORD", null));
        console.asAnna(() -> secrets().set(attic, mail, "RELAY_PASSWORD", SecretBytes.of(bytes(VALUE)), false));
        assertThat(ofMail().box()).isEqualTo(Presence.THERE);
    }

    private void settings(UnaryOperator<HostState.HostSettings> edit) {
        console.asAnna(() -> {
            DesiredStates desired = console.get(DesiredStates.class);
            HostState.HostSettings before = desired.draft(attic).host();
            desired.putSettings(attic, edit.apply(before), desired.digest(before));
            return before;
        });
    }

    private Secret ofMail() {
        return console.asAnna(() -> secrets().list(attic)).stream()
                .filter(each -> "mail".equals(each.owner().service()))
                .findFirst()
                .orElseThrow();
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
    void aNewValueIsNotOvertakenByTheOldOneThatWasOnItsWay() {
        set(VALUE, false);
        box.trust().forget();
        box.trust().beforeNextPut(() -> set("rotated", false));

        console.asAnna(() -> secrets().pushAll(attic));

        assertThat(box.trust().value(SHOP, "API_KEY").orElseThrow()).isEqualTo(bytes("rotated"));
        assertThat(only().box()).isEqualTo(Presence.THERE);
    }

    @Test
    void aValueThatIsRemovedWhileItIsOnItsWayDoesNotComeBack() {
        set(VALUE, false);
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, SHOP, Console.site("v1")));
        box.trust().beforeNextPut(() -> secrets().remove(attic, SHOPS, "API_KEY"));

        console.asAnna(() -> secrets().pushAll(attic));

        assertThat(box.trust().value(SHOP, "API_KEY")).isEmpty();
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
        assertThat(console.asAnna(() -> secrets().reveal(attic, SHOPS, "API_KEY"))
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

    @Override
    Console console() {
        return console;
    }

    @Override
    HostName attic() {
        return attic;
    }

    private Void remove(String name) {
        secrets().remove(attic, SHOPS, name);
        return null;
    }

    private Secret only() {
        List<Secret> all = console.as(Role.VIEWER, () -> secrets().list(attic, SHOP));
        assertThat(all).hasSize(1);
        return all.getFirst();
    }
}
