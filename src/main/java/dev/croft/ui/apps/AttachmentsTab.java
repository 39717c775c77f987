package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.radiobutton.RadioGroupVariant;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Access;
import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.AppSpec.Mail;
import dev.croft.desired.AppSpec.Volume;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.services.Databases;
import dev.croft.services.Dependencies;
import dev.croft.services.Dependency;
import dev.croft.ui.services.DependencyGraph;
import dev.croft.ui.services.Engines;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the app uses of the box: a click attaches, with what suits most; the box makes it with the next deployment. */
final class AttachmentsTab extends Div implements AppTab {

    private static final Duration ORDER_EVERY = Duration.ofSeconds(5);

    private static final String DATA_STAYS = mark(
            "The app is no longer told of it after the next deployment. Its data stays on the box: attach it again and"
                    + " everything is there.");

    private static final String SENDS_NO_MORE = mark(
            "After the next deployment the app can send no mail any more. What it has sent already still goes its way.");

    private static final List<String> POSTGRESQL_BY_PASSWORD =
            List.of("DATABASE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD");
    private static final List<String> MYSQL_BY_PASSWORD = List.of(
            "MYSQL_URL", "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PWD", "MYSQL_PASSWORD");

    private final HostName host;
    private final AppName name;
    private final Apps apps;
    private final DesiredStates desired;
    private final Dependencies dependencies;
    private final Databases databases;
    private final Background background;
    private final boolean mayOperate;
    private final boolean mayAdminister;
    private final Runnable onSaved;
    private final ProblemPanel refusal = new ProblemPanel();
    private final Div note = new Div();
    private final UnorderedList services = new UnorderedList();
    private final UnorderedList mail = new UnorderedList();
    private final UnorderedList volumes = new UnorderedList();
    private final Panel order = new Panel(t("What it starts after"));
    private final DependencyGraph graph = new DependencyGraph();
    private @Nullable AppSpec shown;

    AttachmentsTab(
            HostName host,
            AppName name,
            Apps apps,
            DesiredStates desired,
            Dependencies dependencies,
            Databases databases,
            Background background,
            boolean mayOperate,
            boolean mayAdminister,
            Runnable onSaved) {
        this.host = host;
        this.name = name;
        this.apps = apps;
        this.desired = desired;
        this.dependencies = dependencies;
        this.databases = databases;
        this.background = background;
        this.mayOperate = mayOperate;
        this.mayAdminister = mayAdminister;
        this.onSaved = onSaved;
        addClassName("croft-stack");
        note.addClassNames("croft-note", "croft-note-warn");
        note.getElement().setAttribute("role", "status");
        note.setId("attach-note");
        note.setVisible(false);
        services.addClassName("croft-rows");
        services.setId("attachments");
        mail.addClassName("croft-rows");
        mail.setId("attached-mail");
        volumes.addClassName("croft-rows");
        volumes.setId("volumes");
        var add = new Button(t("Attach storage"), Icons.of("plus"), click -> askVolume());
        add.setId("attach-storage");
        add.addThemeVariants(ButtonVariant.SMALL);
        add.setVisible(mayOperate);
        order.setId("app-order");
        order.setVisible(false);
        order.with(graph);
        add(
                note,
                refusal,
                new Panel(t("Databases and cache")).with(services),
                new Panel(t("Mail")).with(mail),
                order,
                new Panel(t("Storage"), add).with(volumes));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        // A box that does not answer says nothing of the order; that it does not answer is told above.
        background.every(
                this, ORDER_EVERY, () -> dependencies.of(host), this::showOrder, problem -> order.setVisible(false));
    }

    private void showOrder(List<Dependency> all) {
        order.setVisible(all.stream().anyMatch(each -> each.concerns(name)));
        graph.show(all, name);
    }

    @Override
    public void show(App app) {
        if (app.spec().equals(shown)) {
            return;
        }
        shown = app.spec();
        Attach attach = app.spec().attach();
        services.removeAll();
        services.add(
                database(Engine.POSTGRESQL, attach),
                database(Engine.MYSQL, attach),
                service(
                        "redis",
                        "Redis",
                        attach.redis() == null
                                ? t("A server of its own, for a cache or a queue.")
                                : t("A server of its own, told as REDIS_URL and REDIS_SOCKET"),
                        attach.redis() != null,
                        () -> save(before -> before.withRedis(AppSpec.Redis.DEFAULTS)),
                        attach.withRedis(null)));
        mail.removeAll();
        mail.add(mail(attach));
        volumes.removeAll();
        attach.storage().forEach((volume, settings) -> volumes.add(volume(volume, settings)));
        if (attach.storage().isEmpty()) {
            var hint = new Paragraph(
                    t(
                            "None. An app may always write to its state directory; a volume is a part of it with a name and a quota."));
            hint.addClassName("croft-hint");
            var none = new ListItem(hint);
            none.addClassName("croft-row");
            volumes.add(none);
        }
    }

    private ListItem database(Engine engine, Attach attach) {
        String key = Engines.word(engine);
        String label = Engines.label(engine);
        Access access = access(engine, attach);
        if (access == null) {
            var choose = small(
                    "choose-" + key,
                    t("Choose how"),
                    "settings",
                    t("Choose how the app signs in to {0}", label),
                    () -> askAccess(engine, null));
            return service(
                    key,
                    label,
                    t("A database of its own, reached without a password."),
                    false,
                    () -> attachServer(engine, Access.SOCKET),
                    with(engine, attach, null),
                    choose);
        }
        var renew = small(
                "renew-" + key,
                t("Renew password"),
                "restart",
                t("Renew the password for {0}", label),
                () -> askRenew(engine));
        renew.setVisible(mayOperate && access == Access.PASSWORD);
        var item = service(
                key,
                label,
                told(engine, attach),
                true,
                () -> {},
                with(engine, attach, null),
                small(
                        "change-" + key,
                        inContext("verb", "Change"),
                        "settings",
                        t("Change how the app signs in to {0}", label),
                        () -> askAccess(engine, access)),
                renew);
        var how = new Div(
                access == Access.PASSWORD
                        ? t("With a password over loopback TCP")
                        : t("Over the socket, without a password"));
        how.addClassName("croft-row-under");
        how.setId("access-" + key);
        item.getChildren().findFirst().ifPresent(words -> ((Div) words).add(how));
        return item;
    }

    private Button small(String id, String label, String icon, String whole, Runnable action) {
        var button = Actions.ofRow(label, icon, whole, action);
        button.setId(id);
        button.setVisible(mayOperate);
        return button;
    }

    /** How the app signs in; null: it is not attached. */
    private static @Nullable Access access(Engine engine, Attach attach) {
        boolean attached = engine == Engine.POSTGRESQL ? attach.postgresql() != null : attach.mysql() != null;
        boolean byPassword = attach.postgresql() != null && engine == Engine.POSTGRESQL
                ? attach.postgresql().byPassword()
                : attach.mysql() != null
                        && engine == Engine.MYSQL
                        && attach.mysql().byPassword();
        return attached ? (byPassword ? Access.PASSWORD : Access.SOCKET) : null;
    }

    /** @param access null: not attached */
    private static Attach with(Engine engine, Attach attach, @Nullable Access access) {
        // What is usual is left out of the state.
        Access said = access == Access.SOCKET ? null : access;
        if (engine == Engine.POSTGRESQL) {
            AppSpec.Postgresql known = attach.postgresql();
            return attach.withPostgresql(
                    access == null
                            ? null
                            : known == null ? new AppSpec.Postgresql(null, said, List.of()) : known.withAccess(said));
        }
        AppSpec.Mysql known = attach.mysql();
        return attach.withMysql(
                access == null ? null : known == null ? new AppSpec.Mysql(null, said) : known.withAccess(said));
    }

    private String told(Engine engine, Attach attach) {
        if (engine == Engine.POSTGRESQL && attach.postgresql() != null) {
            String database = attach.postgresql().databaseOf(name);
            return attach.postgresql().byPassword()
                    ? t("Database {0}, told as {1}", database, String.join(", ", POSTGRESQL_BY_PASSWORD))
                    : t("Database {0}, told as DATABASE_URL, PGHOST, PGDATABASE and PGUSER", database);
        }
        if (attach.mysql() == null) {
            return "";
        }
        String database = attach.mysql().databaseOf(name);
        return attach.mysql().byPassword()
                ? t(
                        "Database {0}, told as {1}",
                        database,
                        (attach.postgresql() == null ? "DATABASE_URL, " : "") + String.join(", ", MYSQL_BY_PASSWORD))
                : t("Database {0}, told as MYSQL_UNIX_PORT, MYSQL_DATABASE and MYSQL_USER", database);
    }

    /** @param known null: it is to be attached */
    private void askAccess(Engine engine, @Nullable Access known) {
        String label = Engines.label(engine);
        var choice = new RadioButtonGroup<Access>(t("How the app signs in"));
        choice.setId("access-choice");
        choice.addThemeVariants(RadioGroupVariant.LUMO_VERTICAL);
        choice.setItems(Access.values());
        choice.setItemLabelGenerator(each -> switch (each) {
            case SOCKET -> t("Over the socket, without a password (recommended)");
            case PASSWORD -> t("With a password over loopback TCP");
        });
        choice.setValue(known == null ? Access.SOCKET : known);
        choice.setHelperText(
                t(
                        "Choose the password only when the app cannot connect to a socket. The box makes it and gives it to the app alone."));
        new Dialogs(
                        known == null ? t("Attach {0}", label) : t("{0} of {1}", label, name),
                        "access-confirm",
                        known == null ? t("Attach") : t("Save"),
                        dialog -> {
                            AppSpec before = shown;
                            if (before == null) {
                                dialog.close();
                            } else if (known == null) {
                                dialog.close();
                                attachServer(engine, choice.getValue());
                            } else {
                                put(
                                        before.withAttach(with(engine, before.attach(), choice.getValue())),
                                        dialog::close,
                                        dialog::refuse);
                            }
                        },
                        choice)
                .open();
    }

    private void askRenew(Engine engine) {
        new Dialogs(
                        t("Renew the password for {0}?", Engines.label(engine)),
                        "renew-confirm",
                        t("Renew password"),
                        dialog -> background.call(
                                dialog,
                                () -> databases.renewPassword(host, name, engine),
                                restarted -> {
                                    dialog.close();
                                    tell(
                                            new Span(
                                                    restarted.units().isEmpty()
                                                            ? t(
                                                                    "The password is another one. The app gets it when it starts.")
                                                            : t(
                                                                    "The password is another one, and the app was restarted with it.")));
                                },
                                dialog::refuse),
                        new Paragraph(
                                t(
                                        "The box makes another one and restarts the app with it. The one before is good no more; nobody has to know either.")))
                .open();
    }

    /** @param more buttons in front of the one that attaches or detaches */
    private ListItem service(
            String key, String label, String words, boolean attached, Runnable attach, Attach without, Button... more) {
        Button button = attached
                ? small(
                        "detach-" + key,
                        t("Detach"),
                        "cross",
                        t("Detach {0}", label),
                        () -> askDetach(label, without, marked(key.equals("mail") ? SENDS_NO_MORE : DATA_STAYS)))
                : small("attach-" + key, t("Attach"), "plus", t("Attach {0}", label), attach);
        return row(
                key,
                label,
                words,
                Stream.concat(Stream.of(more), Stream.of(button)).toArray(Button[]::new));
    }

    private ListItem mail(Attach attach) {
        Mail attached = attach.mail();
        if (attached == null) {
            return service(
                    "mail",
                    t("Mail"),
                    t("A mail server of its own on the box, which takes its mail without a password and sends it."),
                    false,
                    this::askMail,
                    attach);
        }
        return service(
                "mail",
                t("Mail"),
                attached.address().isPresent()
                        ? t(
                                "Sends as {0}, at most {1} messages an hour; told as SMTP_URL, SMTP_HOST, SMTP_PORT and MAIL_FROM",
                                String.join(", ", attached.from()), attached.perHourOrDefault())
                        : t(
                                "Sends as {0}, at most {1} messages an hour; told as SMTP_URL, SMTP_HOST and SMTP_PORT",
                                String.join(", ", attached.from()), attached.perHourOrDefault()),
                true,
                () -> {},
                attach.withMail(null),
                small(
                        "change-mail",
                        inContext("verb", "Change"),
                        "settings",
                        t("Change mail"),
                        () -> mailDialog(attached)));
    }

    /** Who sends needs a way out: the box's mail is set up with answers that only people know, so it does not just come along. */
    private void askMail() {
        refusal.clear();
        background.call(
                this,
                () -> desired.draft(host).host().services().mail() != null,
                there -> {
                    if (there) {
                        mailDialog(null);
                    } else {
                        say(
                                t(
                                        "The box has no mail yet. {0}",
                                        (mayAdminister
                                                ? t("Add a relay or a mail server first, then attach it here.")
                                                : t("An administrator has to add a relay or a mail server first."))),
                                Links.MAIL,
                                t("Mail of the box"));
                    }
                },
                refusal::show);
    }

    private void mailDialog(@Nullable Mail known) {
        var from = new TextArea(t("Sends as"));
        from.setId("mail-from");
        from.setPlaceholder("shop@example.org");
        from.setHelperText(t(
                "One address on each line; the first is told to the app. @example.org stands for any of that domain."));
        from.setMinRows(2);
        from.setWidthFull();
        from.setAutofocus(true);
        var perHour = new IntegerField(t("Messages an hour"));
        perHour.setId("mail-per-hour");
        perHour.setPlaceholder(String.valueOf(Mail.PER_HOUR));
        perHour.setHelperText(t("What is beyond it is refused: the app is told, and a mistake of its stays small."));
        perHour.setMin(1);
        perHour.setMax(100_000);
        if (known != null) {
            from.setValue(String.join("\n", known.from()));
            perHour.setValue(known.perHour());
        }
        new Dialogs(
                        known == null ? t("Attach mail") : t("Mail of {0}", name),
                        "mail-confirm",
                        known == null ? t("Attach") : t("Save"),
                        dialog -> {
                            AppSpec before = shown;
                            if (before == null || perHour.isInvalid()) {
                                dialog.again();
                                return;
                            }
                            List<String> senders = Arrays.stream(from.getValue().split("[\\s,;]+"))
                                    .filter(word -> !word.isEmpty())
                                    .toList();
                            put(
                                    before.withAttach(before.attach().withMail(new Mail(senders, perHour.getValue()))),
                                    dialog::close,
                                    dialog::refuse);
                        },
                        from,
                        perHour)
                .open();
    }

    private ListItem volume(String volume, Volume settings) {
        var button = Actions.ofRow(t("Detach"), "cross", t("Detach the volume {0}", volume), () -> {
            AppSpec before = shown;
            if (before != null) {
                var left = new TreeMap<>(before.attach().storage());
                left.remove(volume);
                askDetach(t("the volume {0}", volume), before.attach().withStorage(left), marked(DATA_STAYS));
            }
        });
        button.setVisible(mayOperate);
        String variable = "STORAGE_" + volume.toUpperCase(Locale.ROOT).replace('-', '_');
        return row(
                volume,
                volume,
                settings.quota() == null
                        ? t("No quota, told as {0}", variable)
                        : t("At most {0}, told as {1}", settings.quota(), variable),
                button);
    }

    private ListItem row(String key, String label, String words, Button... buttons) {
        var title = new Div(label);
        title.addClassName("croft-row-title");
        var under = new Div(new Span(words));
        under.addClassName("croft-row-under");
        var text = new Div(title, under);
        text.addClassName("croft-row-words");
        var actions = new Div(buttons);
        actions.addClassName("croft-actions");
        var item = new ListItem(text, actions);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-attachment", key);
        return item;
    }

    /** The server comes along when the box has none yet and the person may add one. */
    private void attachServer(Engine engine, Access access) {
        refusal.clear();
        background.call(
                this,
                () -> {
                    var draft = desired.draft(host);
                    boolean missing = !Engines.has(draft.host().services(), engine);
                    if (missing && mayAdminister) {
                        desired.putSettings(
                                host,
                                draft.host()
                                        .withServices(Engines.with(draft.host().services(), engine, true)),
                                desired.digest(draft.host()));
                    }
                    return missing && mayAdminister;
                },
                added -> {
                    if (added) {
                        say(
                                t(
                                        "{0} comes to the box with it: review both changes and apply them together.",
                                        Engines.label(engine)),
                                Links.CHANGES,
                                t("Review them"));
                    }
                    save(before -> with(engine, before, access));
                },
                refusal::show);
    }

    private void say(String words, String path, String link) {
        var review = new Anchor(path, link);
        review.setId("attach-review");
        tell(new Span(words), review);
    }

    private void tell(Component... words) {
        note.removeAll();
        note.add(Icons.of("info"));
        note.add(words);
        note.setVisible(true);
    }

    private void askVolume() {
        var volume = new TextField(t("Name"));
        volume.setId("volume-name");
        volume.setValue("files");
        volume.setHelperText(t("a to z, 0 to 9 and dash"));
        var quota = new TextField(t("Quota"));
        quota.setId("volume-quota");
        quota.setPlaceholder(t("None"));
        quota.setHelperText(t("Such as 10G. Croft warns beyond it; nothing is cut off."));
        new Dialogs(
                        t("Attach storage"),
                        "volume-confirm",
                        t("Attach"),
                        dialog -> {
                            AppSpec before = shown;
                            if (before == null) {
                                dialog.close();
                                return;
                            }
                            var all = new TreeMap<>(before.attach().storage());
                            all.put(
                                    volume.getValue().strip(),
                                    new Volume(
                                            quota.getValue().isBlank()
                                                    ? null
                                                    : quota.getValue().strip()));
                            put(before.withAttach(before.attach().withStorage(all)), dialog::close, dialog::refuse);
                        },
                        volume,
                        quota)
                .open();
    }

    private void askDetach(String label, Attach without, String words) {
        new Dialogs(
                        t("Detach {0}?", label),
                        "detach-confirm",
                        t("Detach"),
                        dialog -> {
                            AppSpec before = shown;
                            if (before != null) {
                                put(before.withAttach(without), dialog::close, dialog::refuse);
                            }
                        },
                        new Paragraph(words))
                .open();
    }

    private interface Change {
        Attach of(Attach before);
    }

    private void save(Change change) {
        AppSpec before = shown;
        if (before != null) {
            refusal.clear();
            put(before.withAttach(change.of(before.attach())), () -> {}, refusal::show);
        }
    }

    private void put(AppSpec spec, Runnable onDone, java.util.function.Consumer<dev.croft.kernel.Problem> onProblem) {
        AppSpec before = shown;
        if (before == null) {
            return;
        }
        background.call(
                (Component) this,
                () -> apps.putDraft(host, name, spec, desired.digest(before)),
                app -> {
                    onDone.run();
                    show(app);
                    onSaved.run();
                },
                onProblem);
    }
}
