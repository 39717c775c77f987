package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.HostState.MailServer;
import dev.croft.desired.HostState.Mailbox;
import dev.croft.hostlink.HostCommand.MailboxState;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Mailboxes with what is in them, aliases, and the mail that removed mailboxes left. */
final class MailboxesTab extends Div implements ServicePage.Part<MailSeen> {

    private final MailView page;
    private final Panel mailboxes;
    private final Panel aliases;
    private final Panel kept = new Panel(t("Mail of removed mailboxes"));
    private final Button addMailbox = Actions.button("mailbox-add", t("Add mailbox"), "plus", this::askMailbox);
    private final Button addAlias =
            Actions.button("alias-add", t("Add alias"), "plus", () -> askAlias(null, List.of()));
    private @Nullable MailServer server;

    MailboxesTab(MailView page) {
        this.page = page;
        addClassName("croft-stack");
        addMailbox.addThemeVariants(ButtonVariant.SMALL);
        addAlias.addThemeVariants(ButtonVariant.SMALL);
        mailboxes = new Panel(t("Mailboxes"), addMailbox);
        aliases = new Panel(t("Aliases"), addAlias);
        mailboxes.setId("mailboxes");
        aliases.setId("aliases");
        kept.setId("kept-mail");
        add(mailboxes, aliases, kept);
    }

    @Override
    public void show(MailSeen now) {
        server = now.server();
        boolean may = page.mayAdminister() && server != null;
        addMailbox.setVisible(may);
        addAlias.setVisible(may);
        aliases.setVisible(server != null);
        Map<String, MailboxState> onBox = now.report() == null
                ? Map.of()
                : now.report().mailboxes().stream().collect(Collectors.toMap(MailboxState::address, each -> each));
        if (server == null) {
            mailboxes.content(
                    new EmptyState(
                            "mail",
                            t("This box receives no mail"),
                            t(
                                    "Mailboxes come with a mail server of the box's own: choose \"Receive mail here\" on the overview.")));
        } else {
            mailboxes.content(mailboxes(server, onBox, now.report() != null || now.isNotOnTheBox()));
            aliases.content(aliases(server));
        }
        List<MailboxState> left = onBox.values().stream()
                .filter(each -> !each.declared())
                .sorted(Comparator.comparing(MailboxState::address))
                .toList();
        kept.setVisible(!left.isEmpty());
        kept.content(left(left));
    }

    // ---- mailboxes

    private Component mailboxes(MailServer wanted, Map<String, MailboxState> onBox, boolean heard) {
        var addresses = new TreeSet<>(wanted.mailboxes().keySet());
        onBox.values().stream().filter(MailboxState::declared).forEach(each -> addresses.add(each.address()));
        if (addresses.isEmpty()) {
            return new EmptyState(
                    "mail",
                    t("No mailboxes yet"),
                    t("Add one, apply the change, and set a password: then its owner can sign in."));
        }
        var table = new Table(t("Mailboxes"), List.of(t("Address"), t("Mail"), t("Quota"), t("Sign-in"), ""));
        for (String address : addresses) {
            row(table, address, wanted.mailboxes().get(address), onBox.get(address), heard)
                    .getElement()
                    .setAttribute("data-mailbox", address);
        }
        return table;
    }

    private NativeTableRow row(
            Table table, String address, @Nullable Mailbox wanted, @Nullable MailboxState there, boolean heard) {
        MailboxState inForce = there != null && there.declared() ? there : null;
        var actions = new Div();
        actions.addClassName("croft-actions");
        if (page.mayAdminister() && wanted != null) {
            if (inForce != null) {
                actions.add(small(t("Set password"), "key", address, () -> askPassword(address)));
            }
            actions.add(
                    small(t("Quota"), "disk", address, () -> askQuota(address, wanted)),
                    small(t("Remove"), "trash", address, () -> askRemove(address)));
        }
        return table.row(
                Table.text(address),
                inForce == null ? Table.text("–") : content(inForce),
                Table.text(wanted == null || wanted.quota() == null ? t("none") : wanted.quota()),
                signIn(wanted, inForce, heard),
                actions);
    }

    private static Component content(MailboxState there) {
        String words = held(there);
        Long quota = there.quota();
        return quota != null && there.bytes() >= quota / 10 * 9
                ? new StatusText(
                        there.bytes() >= quota ? Tone.BAD : Tone.WARN,
                        there.bytes() >= quota
                                ? t("{0}: full, what comes is refused", words)
                                : t("{0}: nearly full", words))
                : Table.text(words);
    }

    private static String held(MailboxState mailbox) {
        return t(
                "{0, plural, one {# message} other {# messages}}, {1}",
                mailbox.messages(), Words.bytes(mailbox.bytes()));
    }

    private static Component signIn(@Nullable Mailbox wanted, @Nullable MailboxState there, boolean heard) {
        if (wanted == null) {
            return new StatusText(Tone.WARN, t("Goes with the next change; its mail stays"));
        }
        if (there == null) {
            return heard
                    ? new StatusText(Tone.WARN, t("Comes with the next change"))
                    : new StatusText(Tone.IDLE, t("Not known"));
        }
        return there.hasPassword()
                ? new StatusText(Tone.OK, t("Has a password"))
                : new StatusText(Tone.WARN, t("No password yet: nobody can sign in"));
    }

    private static Button small(String label, String icon, String what, Runnable action) {
        return Actions.ofRow(label, icon, t("{0}: {1}", label, what), action);
    }

    private void askMailbox() {
        MailServer now = server;
        if (now == null) {
            return;
        }
        var address = new TextField(t("Address"));
        address.setId("mailbox-address");
        address.setPlaceholder("ada@" + now.domains().getFirst());
        address.setHelperText(t("In lower case. What is written to ada+shop@… comes here as well."));
        address.setWidthFull();
        address.setAutofocus(true);
        var quota = quota(null);
        new Dialogs(
                        t("Add mailbox"),
                        "mailbox-confirm",
                        t("Add"),
                        dialog -> {
                            String name = whole(address.getValue(), now);
                            edit(
                                    dialog,
                                    all -> all.containsKey(name),
                                    t("{0} is there already.", name),
                                    all -> all.put(name, new Mailbox(MailDialog.orNull(quota.getValue()))));
                        },
                        address,
                        quota)
                .open();
    }

    /** With one domain its name need not be typed. */
    private static String whole(String typed, MailServer server) {
        String address = typed.strip();
        return address.contains("@") || address.isEmpty() || server.domains().size() > 1
                ? address
                : address + "@" + server.domains().getFirst();
    }

    private static TextField quota(@Nullable String now) {
        var quota = new TextField(t("Quota"));
        quota.setId("mailbox-quota");
        quota.setPlaceholder(t("None"));
        quota.setHelperText(t("Such as 2G. What would be beyond it is refused, and its sender is told."));
        quota.setWidthFull();
        quota.setValue(now == null ? "" : now);
        return quota;
    }

    private void askQuota(String address, Mailbox wanted) {
        var quota = quota(wanted.quota());
        new Dialogs(
                        t("Quota of {0}", address),
                        "quota-confirm",
                        t("Save"),
                        dialog -> edit(
                                dialog,
                                all -> !all.containsKey(address),
                                t("{0} is gone meanwhile.", address),
                                all -> all.put(address, new Mailbox(MailDialog.orNull(quota.getValue())))),
                        quota)
                .open();
    }

    private void askRemove(String address) {
        new Dialogs(
                        t("Remove {0}?", address),
                        "mailbox-remove-confirm",
                        t("Remove"),
                        dialog -> edit(
                                dialog,
                                all -> !all.containsKey(address),
                                t("{0} is gone meanwhile.", address),
                                all -> all.remove(address)),
                        new Paragraph(
                                t(
                                        "After the next change that is applied, mail to it is refused and nobody signs in to it. Its mail stays on the box until it is deleted below, or the mailbox is added again.")))
                .open();
    }

    private interface Check {
        boolean of(SortedMap<String, Mailbox> all);
    }

    private interface Change {
        void of(SortedMap<String, Mailbox> all);
    }

    private void edit(Dialogs dialog, Check refused, String why, Change change) {
        MailServer now = server;
        if (now == null || refused.of(now.mailboxes())) {
            dialog.refuse(invalid(t("Nothing was saved."), why));
            return;
        }
        save(dialog, before -> {
            var all = new TreeMap<>(before.mailboxes());
            change.of(all);
            return before.withMailboxes(all);
        });
    }

    private static Problem invalid(String what, String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, what, why, t("Correct it and try again."));
    }

    private void save(Dialogs dialog, UnaryOperator<MailServer> edit) {
        page.change(
                mail -> mail.server() == null ? mail : mail.withServer(edit.apply(mail.server())),
                dialog::close,
                dialog::refuse);
    }

    // ---- passwords

    private void askPassword(String address) {
        var typed = new PasswordField(t("New password"));
        typed.setId("mailbox-password");
        typed.setAutocomplete(Autocomplete.NEW_PASSWORD);
        typed.setHelperText(t("8 to 256 bytes. The box keeps what it follows from; nobody can read it again."));
        typed.setWidthFull();
        typed.setAutofocus(true);
        var dialog = new Dialogs(
                t("Password of {0}", address),
                "mailbox-password-confirm",
                t("Set"),
                asked -> {
                    SecretBytes value;
                    try {
                        value = SecretBytes.of(SecretText.of(typed.getValue()));
                    } catch (IllegalArgumentException halfACharacter) {
                        asked.refuse(invalid(t("The password was not set."), t("It has half of a character.")));
                        return;
                    }
                    page.background()
                            .run(
                                    asked,
                                    () -> page.mail().setPassword(page.host(), address, value),
                                    () -> {
                                        asked.close();
                                        page.load();
                                    },
                                    asked::refuse);
                },
                new Paragraph(
                        t("It counts at once. Mail programs that are signed in with an older one have to be told.")),
                typed);
        dialog.addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                typed.clear();
            }
        });
        dialog.open();
    }

    // ---- aliases

    private Component aliases(MailServer wanted) {
        if (wanted.aliases().isEmpty()) {
            var hint = new Paragraph(t("None. An alias leads mail on to mailboxes here or to addresses elsewhere."));
            hint.addClassName("croft-hint");
            return hint;
        }
        var table = new Table(t("Aliases"), List.of(t("Address"), t("Goes to"), ""));
        wanted.aliases().forEach((address, targets) -> {
            var actions = new Div();
            actions.addClassName("croft-actions");
            if (page.mayAdminister()) {
                actions.add(
                        small(inContext("verb", "Change"), "settings", address, () -> askAlias(address, targets)),
                        small(t("Remove"), "trash", address, () -> askRemoveAlias(address)));
            }
            table.row(
                            Table.text(
                                    address.startsWith("@") ? t("all others at {0}", address.substring(1)) : address),
                            Table.text(String.join(", ", targets)),
                            actions)
                    .getElement()
                    .setAttribute("data-alias", address);
        });
        return table;
    }

    /** @param known null: a new one */
    private void askAlias(@Nullable String known, List<String> targets) {
        MailServer now = server;
        if (now == null) {
            return;
        }
        var address = new TextField(t("Address"));
        address.setId("alias-address");
        address.setPlaceholder("info@" + now.domains().getFirst());
        address.setHelperText(t(
                "@{0} takes what is written to any other address of the domain.",
                now.domains().getFirst()));
        address.setWidthFull();
        address.setVisible(known == null);
        var to = new TextArea(t("Goes to"));
        to.setId("alias-targets");
        to.setHelperText(t("One address on each line, here or elsewhere."));
        to.setMinRows(2);
        to.setWidthFull();
        to.setValue(String.join("\n", targets));
        new Dialogs(
                        known == null ? t("Add alias") : t("Where {0} goes", known),
                        "alias-confirm",
                        known == null ? t("Add") : t("Save"),
                        dialog -> {
                            String name = known == null ? whole(address.getValue(), now) : known;
                            if (known == null && now.aliases().containsKey(name)) {
                                dialog.refuse(invalid(t("Nothing was saved."), t("{0} is an alias already.", name)));
                                return;
                            }
                            save(dialog, before -> {
                                var all = new TreeMap<>(before.aliases());
                                all.put(name, MailDialog.words(to.getValue()));
                                return before.withAliases(all);
                            });
                        },
                        address,
                        to)
                .open();
    }

    private void askRemoveAlias(String address) {
        new Dialogs(
                        t("Remove the alias {0}?", address),
                        "alias-remove-confirm",
                        t("Remove"),
                        dialog -> save(dialog, before -> {
                            var all = new TreeMap<>(before.aliases());
                            all.remove(address);
                            return before.withAliases(all);
                        }),
                        new Paragraph(t("After the next change that is applied, mail to it is refused.")))
                .open();
    }

    // ---- what is left

    private Component left(List<MailboxState> left) {
        var hint = new Paragraph(
                t("These addresses are no mailboxes any more. Add one again and its mail is there again."));
        hint.addClassName("croft-hint");
        var table = new Table(t("Mail of removed mailboxes"), List.of(t("Address"), t("Mail"), ""));
        for (MailboxState each : left) {
            table.row(
                            Table.text(each.address()),
                            Table.text(held(each)),
                            page.mayAdminister()
                                    ? small(t("Delete for ever"), "trash", each.address(), () -> askDrop(each))
                                    : new Span())
                    .getElement()
                    .setAttribute("data-kept", each.address());
        }
        return new Div(hint, table);
    }

    private void askDrop(MailboxState mailbox) {
        var typed = new TextField(t("Type {0} to confirm", mailbox.address()));
        typed.setId("mail-drop-address");
        typed.setWidthFull();
        typed.setAutocomplete(Autocomplete.OFF);
        new Dialogs(
                        t("Delete the mail of {0} for ever?", mailbox.address()),
                        "mail-drop-confirm",
                        t("Delete for ever"),
                        dialog -> page.background()
                                .call(
                                        dialog,
                                        () -> page.mail()
                                                .drop(
                                                        page.host(),
                                                        mailbox.address(),
                                                        typed.getValue().strip()),
                                        freed -> {
                                            dialog.close();
                                            page.load();
                                        },
                                        dialog::refuse),
                        new Paragraph(t(
                                "{0, plural, one {# message} other {# messages}}, {1}: deleted at once. Only a backup brings them back.",
                                mailbox.messages(), Words.bytes(mailbox.bytes()))),
                        typed)
                .open();
    }
}
