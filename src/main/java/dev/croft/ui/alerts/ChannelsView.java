package dev.croft.ui.alerts;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.alerts.Alerts;
import dev.croft.alerts.Channel;
import dev.croft.alerts.ChannelType;
import dev.croft.kernel.SecretText;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.ConsoleAddress;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How people are told. */
@Route(Links.ALERT_CHANNELS)
@PermitAll
@Needs(Needs.What.ADMINISTER_EVERYTHING)
class ChannelsView extends Page {

    private static final Duration AGAIN = Duration.ofSeconds(3);

    private final Alerts alerts;
    private final Background background;
    private final UnorderedList list = new UnorderedList();
    private final Paragraph none =
            new Paragraph(t("No channels yet. Until there is one, alerts are shown here and nowhere else."));
    private final Map<String, StatusText> results = new LinkedHashMap<>();
    private Map<Channel, ListItem> rows = new LinkedHashMap<>();

    ChannelsView(Alerts alerts, Rights rights, Background background) {
        super(t("Alerts"));
        this.alerts = alerts;
        this.background = background;
        list.addClassName("croft-rows");
        list.setId("channels");
        none.addClassName("croft-hint");
        none.setVisible(false);
        var add = Actions.primary("channel-new", t("Add a channel"), "plus", () -> edit(null));
        var stack = new Div(new Panel(t("Channels"), add).with(none, list));
        stack.addClassName("croft-stack");
        content(AlertTabs.at("channels", rights), stack);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.every(this, AGAIN, alerts::channels, this::render, this::show);
    }

    private void load() {
        background.call(this, alerts::channels, this::render, this::show);
    }

    private void render(List<Channel> found) {
        clearProblem();
        none.setVisible(found.isEmpty());
        if (List.copyOf(rows.keySet()).equals(found)) {
            return;
        }
        Map<Channel, ListItem> next = new LinkedHashMap<>();
        found.forEach(each -> {
            ListItem before = rows.get(each);
            next.put(each, before == null ? row(each) : before);
        });
        rows.forEach((channel, row) -> {
            if (!next.containsKey(channel)) {
                list.remove(row);
            }
        });
        int place = 0;
        for (ListItem row : next.values()) {
            if (row.getParent().isEmpty()) {
                list.addComponentAtIndex(place, row);
            }
            place++;
        }
        rows = next;
    }

    private ListItem row(Channel channel) {
        var title = new Div(channel.name());
        title.addClassName("croft-row-title");
        var under = new Div(
                new StatusText(
                        channel.problem() != null ? Tone.BAD : channel.enabled() ? Tone.OK : Tone.IDLE,
                        channel.problem() != null ? t("Does not work") : channel.enabled() ? t("On") : t("Off")),
                new Span(AlertWords.of(channel.type())),
                new Span(goal(channel)));
        if (channel.sentAt() != null) {
            under.add(rich("last message {0}", TimeText.ago(channel.sentAt())));
        }
        if (channel.waiting() > 0) {
            under.add(new Span(t("{0, plural, one {one message waits} other {# messages wait}}", channel.waiting())));
        }
        // It outlives the row: a test that worked changes what the row says.
        under.add(results.computeIfAbsent(channel.name(), name -> hidden()));
        under.addClassName("croft-row-under");
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        if (channel.problem() != null) {
            words.add(new ProblemPanel(channel.problem()));
        }
        Button test = Actions.ofRow(t("Test"), "mail", t("Send a test to {0}", channel.name()), () -> {});
        test.setDisableOnClick(true);
        test.addClickListener(click -> test(channel, test));
        var actions = new Div(
                test,
                Actions.ofRow(
                        inContext("verb", "Change"), "settings", t("Change {0}", channel.name()), () -> edit(channel)),
                Actions.ofRow(t("Remove"), "trash", t("Remove {0}", channel.name()), () -> askRemove(channel)));
        actions.addClassName("croft-actions");
        var row = new ListItem(words, actions);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-channel", channel.name());
        return row;
    }

    private static StatusText hidden() {
        var result = new StatusText();
        result.setVisible(false);
        result.getElement().setAttribute("role", "status");
        return result;
    }

    private static String goal(Channel channel) {
        return switch (channel.type()) {
            case EMAIL -> channel.settings().getOrDefault("to", "");
            case WEBHOOK -> channel.settings().getOrDefault("url", "");
            case NTFY -> channel.settings().getOrDefault("topic", "");
            case MATRIX -> channel.settings().getOrDefault("room", "");
        };
    }

    private void test(Channel channel, Button button) {
        StatusText result = results.computeIfAbsent(channel.name(), name -> hidden());
        result.setVisible(true);
        result.show(Tone.BUSY, t("Sending a test…"));
        background.run(
                this,
                () -> alerts.test(channel.name()),
                () -> {
                    result.show(Tone.OK, t("The test was taken. Look whether it has arrived."));
                    button.setEnabled(true);
                    load();
                },
                problem -> {
                    result.show(Tone.BAD, t("The test was not delivered."));
                    button.setEnabled(true);
                    load();
                });
    }

    private void askRemove(Channel channel) {
        new Dialogs(
                        t("Remove {0}?", channel.name()),
                        "channel-remove",
                        t("Remove"),
                        dialog -> background.run(
                                dialog,
                                () -> alerts.remove(channel.name()),
                                () -> {
                                    dialog.close();
                                    results.remove(channel.name());
                                    load();
                                },
                                dialog::refuse),
                        new Paragraph(
                                t(
                                        "What it has not sent yet is not sent any more. To keep it for later, switch it off instead.")))
                .open();
    }

    // ---- one

    private void edit(@Nullable Channel before) {
        var name = new TextField(t("Name"));
        name.setId("channel-name");
        name.setHelperText(t("Small letters, digits and hyphens."));
        name.setMaxLength(31);
        name.setWidthFull();
        var type = new Select<ChannelType>();
        type.setLabel(t("Kind"));
        type.setId("channel-type");
        type.setItems(ChannelType.values());
        type.setItemLabelGenerator(AlertWords::of);
        type.setWidthFull();
        var on = new Checkbox(t("Use this channel"), before == null || before.enabled());
        on.setId("channel-on");
        var secret = new PasswordField();
        secret.setId("channel-secret");
        secret.setWidthFull();
        var security = new Select<String>();
        security.setLabel(t("Encryption"));
        security.setId("channel-security");
        security.setItems("starttls", "tls", "none");
        security.setItemLabelGenerator(each -> switch (each) {
            case "tls" -> t("TLS from the beginning (465)");
            case "none" -> t("none (only near)");
            default -> t("STARTTLS (587)");
        });
        security.setValue("starttls");
        security.setWidthFull();
        Map<String, TextField> fields = new TreeMap<>();
        Stream.of("server", "port", "user", "from", "to", "url", "topic", "room", ChannelType.CONSOLE)
                .forEach(each -> fields.put(each, field(each)));
        var form = new Div();
        form.addClassNames("croft-fields");
        form.setWidthFull();
        type.addValueChangeListener(changed -> arrange(form, changed.getValue(), before, fields, security, secret));
        if (before == null) {
            type.setValue(ChannelType.EMAIL);
            field(fields, "port").setValue("587");
            field(fields, ChannelType.CONSOLE)
                    .setValue(ConsoleAddress.of(UI.getCurrent()).toString());
            name.setAutofocus(true);
        } else {
            name.setValue(before.name());
            name.setReadOnly(true);
            type.setValue(before.type());
            type.setReadOnly(true);
            before.settings().forEach((setting, value) -> {
                TextField field = fields.get(setting);
                if (field != null) {
                    field.setValue(value);
                } else if (setting.equals("security")) {
                    security.setValue(value);
                }
            });
        }
        new Dialogs(
                        before == null ? t("Add a channel") : t("Change {0}", before.name()),
                        "channel-save",
                        t("Save"),
                        dialog -> background.call(
                                dialog,
                                () -> alerts.save(
                                        new Channel.Wish(
                                                name.getValue().strip(),
                                                type.getValue(),
                                                on.getValue(),
                                                settings(type.getValue(), fields, security)),
                                        secret.getValue().isEmpty() ? null : SecretText.of(secret.getValue())),
                                kept -> {
                                    dialog.close();
                                    load();
                                },
                                dialog::refuse),
                        name,
                        type,
                        on,
                        form)
                .open();
    }

    private static TextField field(Map<String, TextField> fields, String name) {
        return java.util.Objects.requireNonNull(fields.get(name));
    }

    private static TextField field(String name) {
        var field = new TextField();
        field.setId("channel-" + name);
        field.setMaxLength(500);
        field.setWidthFull();
        return field;
    }

    private static Map<String, String> settings(
            ChannelType type, Map<String, TextField> fields, Select<String> security) {
        Map<String, String> settings = new TreeMap<>();
        Stream.of(type.needed(), type.optional(), List.of(ChannelType.CONSOLE))
                .flatMap(List::stream)
                .forEach(each -> {
                    TextField field = fields.get(each);
                    String value = field == null
                            ? security.getValue()
                            : field.getValue().strip();
                    if (!value.isEmpty()) {
                        settings.put(each, value);
                    }
                });
        return settings;
    }

    private static void arrange(
            Div form,
            ChannelType type,
            @Nullable Channel before,
            Map<String, TextField> fields,
            Select<String> security,
            PasswordField secret) {
        form.removeAll();
        List<Component> shown = new ArrayList<>();
        switch (type) {
            case EMAIL -> {
                shown.add(labelled(fields, "server", t("Mail server"), "mail.example.org"));
                shown.add(labelled(fields, "port", t("Port"), "587"));
                shown.add(security);
                shown.add(labelled(fields, "user", t("User name"), ""));
                secret.setLabel(t("Password"));
                shown.add(secret);
                shown.add(labelled(fields, "from", t("Sender"), "croft@example.org"));
                shown.add(labelled(fields, "to", t("Recipients, separated by commas"), "anna@example.org"));
            }
            case WEBHOOK -> {
                shown.add(labelled(fields, "url", t("Address"), "https://example.org/alerts"));
                secret.setLabel(t("Key of the signature"));
                shown.add(secret);
            }
            case NTFY -> {
                shown.add(labelled(fields, "server", t("Server"), "https://ntfy.sh"));
                shown.add(labelled(fields, "topic", t("Topic"), "attic-alerts"));
                secret.setLabel(t("Access token, if the topic needs one"));
                shown.add(secret);
            }
            case MATRIX -> {
                shown.add(labelled(fields, "server", t("Home server"), "https://matrix.example.org"));
                shown.add(labelled(fields, "room", t("Id of the room"), "!abc:example.org"));
                secret.setLabel(t("Access token"));
                shown.add(secret);
            }
        }
        secret.setHelperText(
                before != null && before.hasSecret()
                        ? t("One is kept, and never shown. Leave this empty to keep it.")
                        : "");
        shown.add(labelled(
                fields, ChannelType.CONSOLE, t("Address of this console, for links"), "https://croft.example.org"));
        form.add(shown);
    }

    private static TextField labelled(Map<String, TextField> fields, String name, String label, String example) {
        TextField field = field(fields, name);
        field.setLabel(label);
        field.setPlaceholder(example);
        return field;
    }
}
