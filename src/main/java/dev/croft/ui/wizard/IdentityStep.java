package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.access.MyAccount;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.kernel.HostName;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.host.TimezoneField;
import dev.croft.ui.settings.OwnAccount;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.vault.Vault;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** What the box is called, where it is, and who gets in when Croft does not. */
final class IdentityStep extends WizardStep {

    private static final String UTC = "UTC";

    private final Vault vault;
    private final Background background;
    private final SettingsDraft settings;
    private final TimezoneField timezone = new TimezoneField();
    private final TextField person = new TextField(t("Your name on the box"));
    private final TextArea key = new TextArea(t("Your SSH key"));
    private final Div recovery = new Div();
    private final ProblemPanel problem = new ProblemPanel();
    private boolean left;

    IdentityStep(
            HostName host, String account, MyAccount own, SettingsDraft settings, Vault vault, Background background) {
        super(
                Step.IDENTITY,
                t("Name, network and you"),
                t("Where the box is, and how you get in when this console cannot help."));
        this.vault = vault;
        this.background = background;
        this.settings = settings;
        timezone.setId("wizard-timezone");
        person.setId("wizard-person");
        person.setValue(unixName(account));
        person.setHelperText(t("An account on the box itself, which may become root."));
        key.setId("wizard-key");
        key.addClassName("croft-mono");
        key.setPlaceholder(t("ssh-ed25519 AAAA… anna@laptop"));
        key.setHelperText(t("The contents of a .pub file. Leave it empty, and nobody is added."));
        settings.field("timezone", timezone);
        recovery.setId("wizard-recovery");
        var name = new Facts()
                .fact(t("Name"), Facts.code(host.value()), new Span(t("for as long as this installation lasts")))
                .fact(
                        t("Open ports"),
                        new Anchor(Links.NETWORK, t("Network & firewall")),
                        new Span(t("opens more of them")))
                .fact(t("Recovery key"), recovery);
        add(
                name,
                timezone,
                person,
                key,
                problem,
                new H3(t("Your account in this console")),
                new OwnAccount(own, background));
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.call(
                this,
                vault::status,
                status -> {
                    recovery.removeAll();
                    if (status.recoveryMadeAt() == null) {
                        recovery.add(
                                new StatusText(Tone.WARN, t("None yet")), new Anchor(Links.SETTINGS, t("Make one")));
                    } else {
                        recovery.add(rich(
                                "shown to {0} {1}", status.recoveryMadeBy(), TimeText.ago(status.recoveryMadeAt())));
                    }
                },
                problem::show);
        // Where nobody has chosen, the person in front of the box is the best guess; it is only kept by "Next".
        event.getUI().getPage().retrieveExtendedClientDetails(browser -> {
            String zone = browser.getTimeZoneId();
            if (!left && UTC.equals(timezone.getValue()) && zone != null && !zone.isBlank()) {
                timezone.setValue(zone);
            }
        });
    }

    @Override
    void show(HostState draft, Progress progress) {
        left = progress.mark(Step.IDENTITY).isPresent();
        timezone.setValue(draft.host().timezone());
        BoxUser known = draft.host().users().get(person.getValue());
        if (known != null && key.isEmpty()) {
            key.setValue(String.join("\n", known.keys()));
        }
    }

    @Override
    Optional<UnaryOperator<HostSettings>> edit() {
        String zone = timezone.getValue();
        String who = person.getValue().strip();
        List<String> keys = key.getValue()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        person.setInvalid(!keys.isEmpty() && who.isEmpty());
        person.setErrorMessage(t("Whose key is it?"));
        if (person.isInvalid()) {
            return Optional.empty();
        }
        settings.field("users." + who + ".keys", key);
        settings.field("users." + who, person);
        return Optional.of(before -> {
            HostSettings after = zone == null ? before : before.withTimezone(zone);
            if (keys.isEmpty()) {
                return after;
            }
            var users = new TreeMap<>(after.users());
            users.put(who, new BoxUser(true, keys));
            return after.withUsers(users);
        });
    }

    @Override
    HostSettings undone(HostSettings draft, HostSettings inForce) {
        key.clear();
        return draft.withTimezone(inForce.timezone()).withUsers(inForce.users());
    }

    /** Of an account of the console; empty when nothing is left of it. */
    private static String unixName(String account) {
        String name = account.toLowerCase(Locale.ROOT)
                .replaceAll("@.*$", "")
                .replaceAll("[^a-z0-9-]+", "-")
                .replaceFirst("^[^a-z]+", "")
                .replaceFirst("-+$", "");
        return name.length() > 31 ? name.substring(0, 31) : name;
    }
}
