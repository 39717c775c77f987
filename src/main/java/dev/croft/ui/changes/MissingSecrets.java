package dev.croft.ui.changes;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretBytes;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.SecretField;
import dev.croft.vault.Secret;
import dev.croft.vault.Secrets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Secrets without which the box refuses the change: whose they are, where they are managed, and a way to set them right here. */
final class MissingSecrets extends Div {

    private final HostName host;
    private final Secrets secrets;
    private final Background background;
    private final Runnable onSet;

    /**
     * @param apps names that have a page of their own
     * @param onSet called when one of them has a value
     */
    MissingSecrets(
            HostName host,
            List<Review.MissingSecret> missing,
            Set<String> apps,
            Secrets secrets,
            Background background,
            boolean mayOperate,
            Runnable onSet) {
        this.host = host;
        this.secrets = secrets;
        this.background = background;
        this.onSet = onSet;
        var list = new UnorderedList();
        list.addClassName("croft-rows");
        missing.forEach(each -> list.add(row(each, apps, mayOperate)));
        var panel = new Panel(missing.size() == 1 ? t("A secret is missing") : t("Secrets are missing"))
                .with(
                        new Paragraph(
                                t(
                                        "The box refuses the change as long as it would start something without a secret that it needs.")),
                        list);
        panel.setId("review-secrets");
        panel.getElement().setAttribute("data-tone", "bad");
        add(panel);
    }

    /** Those that neither the box has nor this console: what is kept here gets to the box before the change. */
    static List<Review.MissingSecret> still(List<Review.MissingSecret> missing, List<Secret> known) {
        return missing.stream()
                .filter(each -> known.stream()
                        .noneMatch(secret -> secret.name().equals(each.name())
                                && owns(secret.owner(), each)
                                && (secret.isKept() || isOnTheBox(secret))))
                .toList();
    }

    private static boolean isOnTheBox(Secret secret) {
        return secret.box() == Secret.Presence.THERE || secret.box() == Secret.Presence.OTHER;
    }

    private static boolean owns(SecretOwner owner, Review.MissingSecret missing) {
        return owner.app() == null
                ? missing.service().equals(owner.service())
                : missing.app().equals(owner.app().value());
    }

    private ListItem row(Review.MissingSecret missing, Set<String> apps, boolean mayOperate) {
        var name = new Div(Facts.code(missing.name()));
        name.addClassName("croft-row-title");
        var under = new Div();
        under.addClassName("croft-row-under");
        Optional<SecretOwner> owner = Optional.empty();
        if (apps.contains(missing.app())) {
            var app = new AppName(missing.app());
            owner = Optional.of(SecretOwner.of(app));
            under.add(rich("for {0}", new Anchor(Links.app(app, "environment"), missing.app())));
        } else if (!missing.service().isEmpty()) {
            owner = Optional.of(SecretOwner.ofService(missing.service()));
            under.add(new Span(t("for the service {0}", missing.service())));
        } else {
            under.add(new Span(t("for {0}", missing.app())));
        }
        var words = new Div(name, under);
        words.addClassName("croft-row-words");
        var item = new ListItem(words);
        if (mayOperate) {
            owner.ifPresent(whose -> {
                var set = new Button(t("Set"), Icons.of("key"), click -> ask(whose, missing.name()));
                set.addThemeVariants(ButtonVariant.SMALL);
                set.setAriaLabel(t("Set {0}", missing.name()));
                set.setId("set-" + missing.name());
                item.add(set);
            });
        }
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-secret", missing.name());
        return item;
    }

    private void ask(SecretOwner owner, String name) {
        var value = new SecretField();
        value.setAutofocus(true);
        var dialog = new Dialogs(
                t("The value of {0}", name),
                "secret-save",
                t("Store"),
                it -> {
                    Optional<SecretBytes> typed = value.bytes();
                    if (typed.isEmpty()) {
                        it.again();
                        return;
                    }
                    background.call(
                            this,
                            () -> secrets.set(host, owner, name, typed.get(), false),
                            placed -> {
                                it.close();
                                onSet.run();
                            },
                            it::refuse);
                },
                new Paragraph(t("It is encrypted here and sealed on the box.")),
                value);
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                value.clear();
            }
        });
        dialog.open();
    }
}
