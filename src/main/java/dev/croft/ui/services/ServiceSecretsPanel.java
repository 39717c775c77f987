package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.kernel.HostName;
import dev.croft.ui.apps.GitSecretDialog;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.SecretState;
import dev.croft.ui.support.TimeText;
import dev.croft.vault.Secret;
import dev.croft.vault.Secrets;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Secrets of the box's own services: where each one's value is, and whether the box takes it from git. Never a value. */
public final class ServiceSecretsPanel extends Composite<Panel> {

    private final HostName host;
    private final Predicate<String> services;
    private final Secrets secrets;
    private final DesiredStates desired;
    private final Background background;
    private final boolean mayAdminister;
    private final Runnable onDrafted;
    private final UnorderedList list = new UnorderedList();
    private final ProblemPanel problem = new ProblemPanel();
    private List<Secret> shown = List.of();

    /**
     * @param services whose secrets are shown
     * @param onDrafted called when the box's settings have a draft more
     */
    public ServiceSecretsPanel(
            HostName host,
            Predicate<String> services,
            Secrets secrets,
            DesiredStates desired,
            Background background,
            boolean mayAdminister,
            Runnable onDrafted) {
        this.host = host;
        this.services = services;
        this.secrets = secrets;
        this.desired = desired;
        this.background = background;
        this.mayAdminister = mayAdminister;
        this.onDrafted = onDrafted;
        list.addClassName("croft-rows");
        list.setId("service-secrets");
    }

    @Override
    protected Panel initContent() {
        var hint = new Paragraph(
                t(
                        "Each is sealed on the box, or kept in the box's flake, encrypted by sops. The review shows a move from one to the other."));
        hint.addClassName("croft-hint");
        var panel = new Panel(t("Secrets")).with(problem, hint, list);
        panel.setVisible(false);
        return panel;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    public void load() {
        background.call(
                this,
                () -> secrets.list(host).stream()
                        .filter(each -> each.owner().service() != null
                                && services.test(each.owner().service())
                                && (each.drafted() != null || each.inForce() != null))
                        .toList(),
                this::render,
                failure -> {
                    getContent().setVisible(true);
                    problem.show(failure);
                });
    }

    private void render(List<Secret> found) {
        problem.clear();
        if (found.equals(shown)) {
            return; // A row that somebody is about to click stays the same one.
        }
        shown = found;
        list.removeAll();
        found.forEach(secret -> list.add(row(secret)));
        getContent().setVisible(!found.isEmpty());
    }

    private Component row(Secret secret) {
        var name = new Span(secret.name());
        name.addClassNames("croft-row-title", "croft-mono");
        var first = new Div(name, SecretState.of(secret));
        first.addClassName("croft-row-main");
        var under = new Div(new Span(t("for the service {0}", service(secret))));
        under.addClassName("croft-row-under");
        InGit now = place(secret.inForce());
        InGit wanted = place(secret.drafted());
        InGit told = secret.drafted() == null ? now : wanted;
        if (told != null) {
            String words = told.key() == null ? told.file() : t("{0} in {1}", told.key(), told.file());
            under.add(new Span(
                    Objects.equals(now, wanted) || secret.drafted() == null
                            ? words
                            : t("{0}, once that is applied", words)));
        } else if (now != null) {
            under.add(new Span(t("still from {0}, until the change is applied", now.file())));
        }
        if (secret.changedAt() != null && told == null) {
            under.add(rich("set {0}", TimeText.ago(secret.changedAt())));
        }
        if (!secret.usedBy().isEmpty()) {
            under.add(new Span(t("used by {0}", String.join(", ", secret.usedBy()))));
        }
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        var row = new ListItem(words);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-secret", service(secret) + "/" + secret.name());
        row.getElement().setAttribute("data-box", secret.box().name());
        if (mayAdminister && secret.drafted() != null) {
            var actions = new Div(small(
                    "git",
                    wanted == null ? t("From git") : inContext("verb", "Change"),
                    "plus",
                    secret,
                    () -> askPlace(secret)));
            if (wanted != null) {
                actions.add(small("seal", t("Seal on the box"), "key", secret, () -> askSeal(secret)));
            }
            actions.addClassName("croft-actions");
            row.add(actions);
        }
        return row;
    }

    private static Button small(String key, String label, String icon, Secret secret, Runnable action) {
        var button = Actions.ofRow(
                label, icon, inContext("an action and its object", "{0} {1}", label, secret.name()), action);
        button.addClassName("secret-" + key);
        return button;
    }

    private static String service(Secret secret) {
        return Objects.requireNonNull(secret.owner().service());
    }

    private static @Nullable InGit place(@Nullable Delivery delivery) {
        return delivery == null ? null : delivery.inGit();
    }

    private void askPlace(Secret secret) {
        var dialog = GitSecretDialog.ofService(
                secret.name(),
                place(secret.drafted()),
                (asked, name, delivery) -> keep(secret, delivery.inGit(), asked));
        background.call(this, this::recipients, dialog::tell, dialog::refuse);
        dialog.open();
    }

    private List<String> recipients() {
        List<String> found = secrets.recipients(host);
        return found == null ? List.of() : found;
    }

    private void askSeal(Secret secret) {
        new Dialogs(
                        t("Seal {0} on the box?", secret.name()),
                        "secret-seal-confirm",
                        t("Seal on the box"),
                        dialog -> keep(secret, null, dialog),
                        new Paragraph(
                                t(
                                        "Once that is applied, the value that was set from this console counts, and the one in git no longer. The change is refused while the box has none.")))
                .open();
    }

    private void keep(Secret secret, @Nullable InGit place, Dialogs dialog) {
        background.run(
                this,
                () -> {
                    HostSettings before = desired.draft(host).host();
                    desired.putSettings(
                            host, before.withSecret(service(secret), secret.name(), place), desired.digest(before));
                },
                () -> {
                    dialog.close();
                    load();
                    onDrafted.run();
                },
                dialog::refuse);
    }
}
