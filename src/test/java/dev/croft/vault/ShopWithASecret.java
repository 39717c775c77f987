package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.croft.access.Role;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A shop on a box, whose key is a secret: what tests of secrets do with it. */
abstract class ShopWithASecret {

    static final AppName SHOP = new AppName("shop");
    static final SecretOwner SHOPS = SecretOwner.of(SHOP);
    static final String VALUE = "sk_live_q7Xw0cXk1v3PZb4rJ9mU2sYd";

    abstract Console console();

    abstract HostName attic();

    static AppSpec shop() {
        AppSpec site = Console.site("v1");
        return site.withRun(site.run().withSecrets(new TreeMap<>(Map.of("API_KEY", Delivery.ENV))));
    }

    final void draftShop() {
        console().asAnna(() -> console().get(Apps.class).putDraft(attic(), SHOP, shop()));
    }

    final Secrets secrets() {
        return console().get(Secrets.class);
    }

    final Secrets.Placed set(String value, boolean restart) {
        return console().as(Role.OPERATOR, () -> secrets().set(attic(), SHOPS, "API_KEY", text(value), restart));
    }

    final SecretBytes reveal() {
        return console().asAnna(() -> secrets().reveal(attic(), SHOPS, "API_KEY"));
    }

    final Operation deploy() {
        Operation asked = console().asAnna(() -> console().get(Operations.class).deploy(attic(), SHOP, null));
        return Await.until(
                () -> console().asAnna(() -> console().get(Operations.class).get(asked.id())),
                operation -> operation.state().isFinal());
    }

    static SecretBytes text(String value) {
        return SecretBytes.of(SecretText.of(value));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void refused(ProblemCode code, ThrowingCallable work) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(work)
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(code));
    }
}
