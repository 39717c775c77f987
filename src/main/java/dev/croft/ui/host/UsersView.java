package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Ssh;
import dev.croft.fleet.Host;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Who may sign in to the box itself, and how. The console's own accounts are in its settings. */
@Route(Links.USERS)
@PermitAll
@Needs(Needs.What.THE_BOX)
class UsersView extends Page {

    private final Optional<Host> host;
    private final boolean mayAdminister;
    private final Checkbox passwords = new Checkbox(t("Sign-in with a password"));
    private final ProblemPanel refusal = new ProblemPanel();
    private final UnorderedList people = new UnorderedList();
    private final Paragraph nobody =
            new Paragraph(t("Nobody yet. Croft itself has its own account, which cannot get a shell."));
    private final @Nullable SettingsDraft settings;

    private Map<String, BoxUser> known = Map.of();
    private boolean showing;

    UsersView(DesiredStates desired, Background background, Rights rights, CurrentHost currentHost) {
        super(t("Users & SSH"));
        this.host = currentHost.get();
        this.mayAdminister = rights.mayAdminister();
        this.settings = host.map(box -> new SettingsDraft(box.name(), desired, background))
                .orElse(null);
        host.ifPresent(box -> title(box.name().value()));
        under(t("Who may sign in to the box itself."));
        people.addClassName("croft-rows");
        people.setId("people");
        nobody.addClassName("croft-hint");
        nobody.setVisible(false);
        passwords.setId("ssh-passwords");
        passwords.setHelperText(t("Keys are safer: a password can be guessed from anywhere that reaches port 22."));
        passwords.setEnabled(mayAdminister);
        passwords.addValueChangeListener(changed -> {
            if (!showing) {
                savePasswords(changed.getValue());
            }
        });
        var add =
                Actions.button("person-new", t("Add a person"), "plus", () -> ask(null, new BoxUser(false, List.of())));
        add.addThemeVariants(ButtonVariant.SMALL);
        var stack = new Div();
        stack.addClassName("croft-stack");
        if (settings != null) {
            stack.add(settings.note());
        }
        stack.add(
                refusal,
                (mayAdminister ? new Panel(t("People"), add) : new Panel(t("People"))).with(nobody, people),
                new Panel("SSH").with(passwords));
        content(HostTabs.at("users"), stack);
    }

    @Override
    public String getPageTitle() {
        return t("Users & SSH") + " · Croft";
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        if (settings != null) {
            settings.load(this, this::render, this::show);
        }
    }

    private void render(HostState state) {
        Ssh ssh = state.host().ssh();
        showing = true;
        passwords.setValue(ssh != null && ssh.passwordAuthentication());
        showing = false;
        people.removeAll();
        known = state.host().users();
        known.forEach((name, user) -> people.add(row(name, user)));
        nobody.setVisible(known.isEmpty());
    }

    private ListItem row(String name, BoxUser user) {
        var title = new Div(name);
        title.addClassName("croft-row-title");
        var badges = new Div();
        badges.addClassName("croft-badges");
        if (user.admin()) {
            badges.add(GenerationRow.badge("admin", t("May become root")));
        }
        var first = new Div(title, badges);
        first.addClassName("croft-row-main");
        var keys = new UnorderedList();
        keys.addClassName("croft-keys");
        user.keys().stream().map(AuthorizedKey::of).forEach(key -> keys.add(key(key)));
        if (user.keys().isEmpty()) {
            keys.add(new ListItem(t("No key: cannot sign in over SSH with one.")));
        }
        var words = new Div(first, keys);
        words.addClassName("croft-row-words");
        var row = new ListItem(words);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-user", name);
        if (mayAdminister) {
            var change = Actions.ofRow(
                    inContext("verb", "Change"), "settings", t("Change {0}", name), () -> ask(name, user));
            change.addClassName("change");
            var remove = Actions.ofRow(t("Remove"), "trash", t("Remove {0}", name), () -> askRemove(name));
            remove.addClassName("remove");
            var actions = new Div(change, remove);
            actions.addClassName("croft-actions");
            row.add(actions);
        }
        return row;
    }

    private static ListItem key(AuthorizedKey key) {
        var comment = new Span(key.comment().isEmpty() ? key.type() : key.comment());
        var print = Facts.code(key.fingerprint() == null ? t("not a key") : key.fingerprint());
        print.setTitle(key.type());
        return new ListItem(comment, print);
    }

    private void savePasswords(boolean allowed) {
        SettingsDraft draft = settings;
        if (draft == null) {
            return;
        }
        refusal.clear();
        draft.save(this, before -> before.withSsh(new Ssh(allowed)), this::render, refused -> {
            refusal.show(refused);
            showing = true;
            passwords.setValue(!allowed);
            showing = false;
        });
    }

    /** @param who null: somebody new */
    private void ask(@Nullable String who, BoxUser user) {
        host.map(Host::name).ifPresent(box -> new PersonDialog(box, who, user).open());
    }

    private void askRemove(String name) {
        new Dialogs(
                        t("Remove {0}?", name),
                        "person-remove-confirm",
                        t("Remove"),
                        dialog -> save(
                                before -> {
                                    var users = new TreeMap<>(before.users());
                                    users.remove(name);
                                    return before.withUsers(users);
                                },
                                dialog::close,
                                dialog::refuse),
                        new Paragraph(t(
                                "{0} can no longer sign in once the change is applied. Files in the home directory stay.",
                                name)))
                .open();
    }

    private void save(UnaryOperator<HostSettings> edit, Runnable onSaved, Consumer<Problem> onRefused) {
        SettingsDraft draft = settings;
        if (draft != null) {
            draft.save(
                    this,
                    edit,
                    saved -> {
                        onSaved.run();
                        render(saved);
                    },
                    onRefused);
        }
    }

    /** Name, whether they may become root, and their keys, one a line as ssh-keygen writes them. */
    private final class PersonDialog {

        private final TextField name = new TextField(t("Name"));
        private final Checkbox admin = new Checkbox(t("May become root (group wheel)"));
        private final TextArea keys = new TextArea(t("Public keys"));
        private final Dialogs dialog;

        PersonDialog(HostName box, @Nullable String person, BoxUser user) {
            name.setId("person-name");
            name.setWidthFull();
            name.setValue(person == null ? "" : person);
            name.setReadOnly(person != null);
            name.setHelperText(t("Lower-case letters, digits and dashes."));
            admin.setId("person-admin");
            admin.setValue(user.admin());
            keys.setId("person-keys");
            keys.addClassName("croft-mono");
            keys.setWidthFull();
            keys.setMinRows(3);
            keys.setPlaceholder(t("ssh-ed25519 AAAA… anna@laptop"));
            keys.setHelperText(t("One a line: the contents of a .pub file."));
            keys.setValue(String.join("\n", user.keys()));
            dialog = new Dialogs(
                    person == null ? t("Add a person to {0}", box) : t("Change {0}", person),
                    "person-save",
                    t("Save"),
                    it -> keep(person),
                    name,
                    keys,
                    admin);
        }

        void open() {
            dialog.open();
            (name.isReadOnly() ? keys : name).getElement().callJsFunction("focus");
        }

        private void keep(@Nullable String person) {
            String who = person == null ? name.getValue().strip() : person;
            name.setInvalid(false);
            keys.setInvalid(false);
            if (who.isEmpty()) {
                refuse(name, t("A name is needed."));
                return;
            }
            if (person == null && known.containsKey(who)) {
                refuse(name, t("There is a person of this name already."));
                return;
            }
            SettingsDraft draft = settings;
            if (draft == null) {
                return;
            }
            draft.field("users." + who + ".keys", keys);
            draft.field("users." + who, name);
            var user = new BoxUser(
                    admin.getValue(),
                    keys.getValue()
                            .lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty())
                            .toList());
            save(
                    before -> {
                        var users = new TreeMap<>(before.users());
                        users.put(who, user);
                        return before.withUsers(users);
                    },
                    dialog::close,
                    dialog::refuse);
        }

        private void refuse(TextField field, String why) {
            field.setErrorMessage(why);
            field.setInvalid(true);
            field.focus();
            dialog.again();
        }
    }
}
