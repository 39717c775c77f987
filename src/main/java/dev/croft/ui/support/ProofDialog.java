package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.AnchorTarget;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.Autocomplete;
import dev.croft.access.Accounts;
import dev.croft.access.MyAccount;
import dev.croft.access.Passkeys;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks who is in front of the screen to show that it is still the person who signed in: by their password, a passkey, or at the
 * provider that vouches for them. {@link Background} opens it for whatever use case says PASSWORD_NEEDED, and does that again
 * afterwards, so no page has to know.
 */
final class ProofDialog extends Dialogs {

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private boolean proved;

    /** @param path to the provider; null: none vouches for them */
    private record Ways(@Nullable String path, boolean passkey) {}

    /** Opens the dialog that fits the person: {@code then} when they proved it, {@code left} with the reason when they did not. */
    static void ask(
            Background background,
            Component owner,
            Accounts accounts,
            MyAccount me,
            Passkeys passkeys,
            Runnable then,
            Consumer<Problem> left,
            Problem why) {
        URI page = ConsoleAddress.of(UI.getCurrent());
        background.call(
                owner,
                () -> {
                    String path = me.confirmPath();
                    return new Ways(
                            path, path == null && passkeys.challenge(page).isPresent());
                },
                ways -> {
                    if (ways.path() == null) {
                        var dialog = byPassword(background, accounts, then, () -> left.accept(why));
                        if (ways.passkey()) {
                            dialog.offer(background, passkeys, page, then);
                        }
                        dialog.open();
                    } else {
                        atProvider(background, me, ways.path(), then, () -> left.accept(why));
                    }
                },
                left);
    }

    private static ProofDialog byPassword(Background background, Accounts accounts, Runnable then, Runnable left) {
        var password = new PasswordInput(t("Your password"));
        password.setId("proof-password");
        password.setAutocomplete(Autocomplete.CURRENT_PASSWORD);
        password.setAutofocus(true);
        password.setWidthFull();
        var dialog = new ProofDialog(
                asked -> background.run(
                        asked,
                        () -> accounts.confirmPassword(SecretText.of(password.getValue())),
                        () -> asked.accept(then),
                        wrong -> {
                            password.clear();
                            asked.refuse(wrong);
                        }),
                left,
                new Paragraph(
                        t(
                                "A session that was left open is not enough for this. What you confirm is good for a few minutes.")),
                password);
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                password.clear();
            }
        });
        password.addKeyPressListener(Key.ENTER, press -> dialog.confirm());
        password.focus();
        return dialog;
    }

    /** Beside the password. Asked for anew with each click: an answer is good once. */
    private void offer(Background background, Passkeys passkeys, URI page, Runnable then) {
        var prompt = new PasskeyPrompt();
        var use = Actions.button(
                "proof-passkey",
                t("Use a passkey"),
                "key",
                () -> background.call(
                        this,
                        () -> passkeys.challenge(page).orElseThrow(),
                        options -> prompt.show(
                                options,
                                answer -> background.run(
                                        this, () -> passkeys.confirm(answer), () -> accept(then), this::refuse),
                                this::refuse),
                        this::refuse));
        getFooter().addComponentAtIndex(1, use);
        add(prompt);
    }

    private static void atProvider(Background background, MyAccount me, String path, Runnable then, Runnable left) {
        var leave = new Anchor(path, t("Sign in once more at your provider"), AnchorTarget.BLANK);
        leave.setId("proof-provider");
        // The provider's answer is a page of the server, not a view.
        leave.setRouterIgnore(true);
        var dialog = new ProofDialog(
                asked -> background.call(
                        asked,
                        me::isConfirmed,
                        yes -> {
                            if (yes) {
                                asked.accept(then);
                            } else {
                                asked.refuse(Problem.of(
                                        ProblemCode.PASSWORD_NEEDED,
                                        "Nothing was done.",
                                        "Your provider has not confirmed yet that it is you.",
                                        "Sign in there once more by the link above, then go on here."));
                            }
                        },
                        asked::refuse),
                left,
                new Paragraph(
                        t(
                                "A session that was left open is not enough for this. What your provider confirms is good for a few minutes.")),
                leave);
        dialog.open();
        background.every(
                dialog,
                LOOK_AGAIN,
                me::isConfirmed,
                yes -> {
                    if (yes) {
                        dialog.accept(then);
                    }
                },
                unknown -> {});
    }

    private ProofDialog(Consumer<ProofDialog> action, Runnable left, Component... content) {
        super(
                t("Is it still you?"),
                "proof-confirm",
                t("Go on"),
                dialog -> action.accept((ProofDialog) dialog),
                content);
        addOpenedChangeListener(change -> {
            if (!change.isOpened() && !proved) {
                left.run();
            }
        });
    }

    private void accept(Runnable then) {
        if (!proved) {
            proved = true;
            close();
            then.run();
        }
    }
}
