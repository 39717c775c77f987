package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.SecretState;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import dev.croft.vault.Secret;
import dev.croft.vault.Secrets;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** An app's secrets: which there are, how the app gets them, whether the box has them. Never a value. */
final class SecretsPanel extends Composite<Panel> {

    /** Changes the app's draft; tells when it is kept, or why not. */
    interface Editor {
        void edit(UnaryOperator<AppSpec> change, Runnable onSaved, Consumer<Problem> onProblem);
    }

    private final HostName host;
    private final AppName app;
    private final Secrets secrets;
    private final Background background;
    private final Editor editor;
    private final boolean mayOperate;
    private final boolean mayReveal;
    private final UnorderedList list = new UnorderedList();
    private final Paragraph none = new Paragraph(
            t(
                    "No secrets. Passwords, keys and tokens belong here: they are sealed on the box, for this app alone, and never part of its configuration."));
    private final Div note = new Div();
    private final ProblemPanel problem = new ProblemPanel();

    SecretsPanel(HostName host, AppName app, Secrets secrets, Background background, Rights rights, Editor editor) {
        this.host = host;
        this.app = app;
        this.secrets = secrets;
        this.background = background;
        this.editor = editor;
        this.mayOperate = rights.mayOperate(app);
        this.mayReveal = rights.mayAdminister(app);
        list.addClassName("croft-rows");
        list.setId("secrets");
        none.addClassName("croft-hint");
        none.setVisible(false);
        note.addClassName("croft-note");
        note.setId("secret-note");
        note.getElement().setAttribute("role", "status");
        note.setVisible(false);
    }

    @Override
    protected Panel initContent() {
        Panel panel;
        if (mayOperate) {
            var add = Actions.button("secret-new", t("Add a secret"), "plus", this::askNew);
            add.addThemeVariants(ButtonVariant.SMALL);
            var addFromGit = Actions.button("secret-new-git", t("From git"), "plus", this::askFromGit);
            addFromGit.addThemeVariants(ButtonVariant.SMALL);
            addFromGit.setTooltipText(t("Name one that sops has encrypted in the box's flake"));
            panel = new Panel(t("Secrets"), addFromGit, add);
        } else {
            panel = new Panel(t("Secrets"));
        }
        panel.setId("secrets-panel");
        return panel.with(problem, note, none, list);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    void load() {
        background.call(this, () -> secrets.list(host, app), this::render, problem::show);
    }

    private void render(List<Secret> found) {
        problem.clear();
        list.removeAll();
        none.setVisible(found.isEmpty());
        found.forEach(secret -> list.add(row(secret)));
    }

    private Component row(Secret secret) {
        var name = new Span(secret.name());
        name.addClassNames("croft-row-title", "croft-mono");
        var first = new Div(name, SecretState.of(secret));
        first.addClassName("croft-row-main");
        var under = new Div(new Span(delivery(secret)));
        under.addClassName("croft-row-under");
        if (secret.bytes() != null) {
            under.add(new Span(Words.bytes(secret.bytes())));
        }
        if (secret.changedAt() != null) {
            TimeText when = TimeText.ago(secret.changedAt());
            under.add(
                    secret.changedBy() == null
                            ? rich("set {0} on the box", when)
                            : rich("set {0} by {1}", when, secret.changedBy()));
        }
        if (!secret.usedBy().isEmpty()) {
            under.add(new Span(t("used by {0}", String.join(", ", secret.usedBy()))));
        }
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        var row = new ListItem(words);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-secret", secret.name());
        row.getElement().setAttribute("data-box", secret.box().name());
        var actions = new Div();
        actions.addClassName("croft-actions");
        if (mayOperate && secret.box() != Secret.Presence.IN_GIT) {
            actions.add(small(
                    secret.bytes() == null ? "set" : "replace",
                    secret.bytes() == null ? t("Set") : t("Replace"),
                    "key",
                    secret,
                    () -> askValue(secret)));
        }
        if (mayReveal && secret.isKept()) {
            actions.add(small(
                    "show",
                    t("Show"),
                    "search",
                    secret,
                    () -> new RevealDialog(host, secret, secrets, background).open()));
        }
        if (mayOperate) {
            actions.add(small("remove", t("Remove"), "trash", secret, () -> askRemove(secret)));
        }
        if (actions.getComponentCount() > 0) {
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

    private static String delivery(Secret secret) {
        Delivery drafted = secret.drafted();
        Delivery inForce = secret.inForce();
        if (drafted == null) {
            return inForce == null ? t("not given to the app") : t("no longer given to the app once that is deployed");
        }
        String as = SecretDialog.words(drafted, secret.name());
        return drafted.equals(inForce) ? as : t("{0}, once that is deployed", as);
    }

    private void askNew() {
        new SecretDialog(
                        null,
                        (dialog, name, value, delivery, restart) -> background.call(
                                this,
                                () -> secrets.set(host, SecretOwner.of(app), name, value, false),
                                placed -> {
                                    tell(placed);
                                    give(name, new Delivery(delivery, null), dialog);
                                },
                                dialog::refuse))
                .open();
    }

    private void askFromGit() {
        var dialog = new GitSecretDialog((asked, name, delivery) -> give(name, delivery, asked));
        background.call(this, () -> recipients(host), dialog::tell, dialog::refuse);
        dialog.open();
    }

    private List<String> recipients(HostName box) {
        List<String> found = secrets.recipients(box);
        return found == null ? List.of() : found;
    }

    private void askValue(Secret secret) {
        new SecretDialog(
                        secret,
                        (dialog, name, value, delivery, restart) -> background.call(
                                this,
                                () -> secrets.set(host, SecretOwner.of(app), name, value, restart),
                                placed -> {
                                    tell(placed);
                                    var given = new Delivery(delivery, null);
                                    if (given.equals(secret.drafted())) {
                                        dialog.close();
                                        load();
                                    } else {
                                        give(name, given, dialog);
                                    }
                                },
                                dialog::refuse))
                .open();
    }

    private void give(String name, Delivery delivery, Dialogs dialog) {
        editor.edit(
                spec -> {
                    var given = new TreeMap<>(spec.run().secrets());
                    given.put(name, delivery);
                    return spec.withRun(spec.run().withSecrets(given));
                },
                () -> {
                    dialog.close();
                    load();
                },
                refused -> {
                    load();
                    dialog.refuse(refused);
                });
    }

    private void tell(Secrets.Placed placed) {
        note.removeAll();
        String words = placed.problem() != null
                ? t(
                        "Kept, and not on the box yet. {0} {1} It gets there before the next deployment.",
                        placed.problem().what(), placed.problem().why())
                : placed.restarted().isEmpty() ? "" : t("Restarted: {0}.", String.join(", ", placed.restarted()));
        note.add(Icons.of("info"), new Span(words));
        note.setVisible(!words.isEmpty());
    }

    private void askRemove(Secret secret) {
        boolean named = secret.drafted() != null;
        boolean runs = secret.inForce() != null;
        new Dialogs(
                        t("Remove {0}?", secret.name()),
                        "secret-remove-confirm",
                        named && runs ? t("Take it from the app") : t("Remove"),
                        dialog -> {
                            if (named) {
                                take(secret, runs, dialog);
                            } else {
                                forget(secret, dialog);
                            }
                        },
                        new Paragraph(
                                named && runs
                                        ? t(
                                                "The app runs with it. It is taken out of the app's entry now; deploy that, and then remove the value itself.")
                                        : t("Its value is deleted here and on the box. This cannot be taken back.")))
                .open();
    }

    private void take(Secret secret, boolean runs, Dialogs dialog) {
        editor.edit(
                spec -> {
                    var given = new TreeMap<>(spec.run().secrets());
                    given.remove(secret.name());
                    return spec.withRun(spec.run().withSecrets(given));
                },
                () -> {
                    if (runs || secret.bytes() == null) {
                        dialog.close();
                        load();
                    } else {
                        forget(secret, dialog);
                    }
                },
                dialog::refuse);
    }

    private void forget(Secret secret, Dialogs dialog) {
        background.run(
                this,
                () -> secrets.remove(host, secret.owner(), secret.name()),
                () -> {
                    dialog.close();
                    load();
                },
                dialog::refuse);
    }

    /** Moves the value of a variable out of the configuration: sealed on the box, given to the app under the same name. */
    void storeVariable(String name, String text, Runnable onStored, Consumer<Problem> onProblem) {
        background.call(
                this,
                () -> secrets.set(host, SecretOwner.of(app), name, SecretBytes.of(SecretText.of(text)), false),
                placed -> editor.edit(
                        spec -> {
                            var given = new TreeMap<>(spec.run().secrets());
                            given.put(name, Delivery.ENV);
                            var variables = new TreeMap<>(spec.run().env());
                            variables.remove(name);
                            return spec.withRun(new AppSpec.Run(
                                    spec.run().command(),
                                    spec.run().port(),
                                    variables,
                                    given,
                                    spec.run().migrate()));
                        },
                        () -> {
                            tell(placed);
                            load();
                            onStored.run();
                        },
                        onProblem),
                onProblem);
    }
}
