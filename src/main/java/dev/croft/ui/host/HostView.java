package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.alerts.Alerts;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.HostName;
import dev.croft.ui.alerts.TroublePanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The box: the link to it, and whether it has what Croft needs. */
@Route(Links.HOST)
@PermitAll
@Needs(Needs.What.THE_BOX)
class HostView extends Page {

    private final Hosts hosts;
    private final Background background;
    private final Rights rights;
    private Optional<Host> host;
    private final ValueSignal<@Nullable HostStatus> status = new ValueSignal<>(null);
    private final Panel link = new Panel(t("Link"));
    private final TimezoneField timezone = new TimezoneField();
    private final ProblemPanel refusal = new ProblemPanel();

    private @Nullable SettingsDraft settings;

    HostView(
            Hosts hosts,
            DesiredStates desired,
            Alerts alerts,
            Background background,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Host"));
        this.hosts = hosts;
        this.background = background;
        this.rights = rights;
        this.host = currentHost.get();
        if (host.isEmpty()) {
            content(new EmptyState(
                    "host",
                    t("No box yet"),
                    t("Croft looks after machines with NixOS: another one, or the one that this console runs on."),
                    Actions.link(t("Add a box"), "plus", Links.ADD_BOX, true)));
            return;
        }
        title(host.get().name().value());
        if (rights.mayAdminister()) {
            actions(
                    Actions.link(t("Set up"), "sprout", Links.WIZARD, false),
                    Actions.link(t("Add a box"), "plus", Links.ADD_BOX, false));
        }
        HostName name = host.get().name();
        var columns = new Div(
                new TroublePanel(alerts, background, name, null, this::show),
                link,
                new UnitsPanel(alerts, background, name, this::show),
                clock(new SettingsDraft(host.get().name(), desired, background), rights));
        columns.addClassName("croft-stack");
        content(HostTabs.at("overview"), columns);
        Signal.effect(this, () -> {
            HostStatus now = status.get();
            if (now != null) {
                host.ifPresent(box -> render(box, now));
            }
        });
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.ifPresent(box -> {
            background.every(this, Duration.ofSeconds(3), () -> hosts.status(box.name()), status::set, this::show);
            if (settings != null) {
                settings.load(this, state -> timezone.setValue(state.host().timezone()), refusal::show);
            }
        });
    }

    private Panel clock(SettingsDraft draft, Rights rights) {
        settings = draft;
        timezone.setId("host-timezone");
        timezone.setReadOnly(!rights.mayAdminister());
        draft.field("timezone", timezone);
        var fields = new Div(timezone, refusal);
        fields.addClassNames("croft-fields", "croft-form");
        if (rights.mayAdminister()) {
            var save = Actions.primary("host-settings-save", t("Save"), "check", this::saveSettings);
            var actions = new Div(save);
            actions.addClassName("croft-actions");
            fields.add(actions, draft.note());
        }
        return new Panel(t("Settings")).with(fields);
    }

    private void saveSettings() {
        SettingsDraft draft = settings;
        String wanted = timezone.getValue();
        if (draft == null || wanted == null) {
            return;
        }
        refusal.clear();
        draft.save(this, before -> before.withTimezone(wanted), saved -> {}, refusal::show);
    }

    private void render(Host box, HostStatus now) {
        under(Words.os(now));
        var facts = new Facts()
                .fact(
                        t("State"),
                        now.reachable()
                                ? new StatusText(Tone.OK, t("Reachable"))
                                : new StatusText(Tone.BAD, t("Not reachable")),
                        seen(now))
                .code(t("Address"), box.endpoint().address())
                .fact(t("Port"), String.valueOf(box.endpoint().port()))
                .fact(t("User"), Facts.code(box.endpoint().user()))
                .code(t("Host key"), box.endpoint().fingerprint())
                .fact(t("Enrolled"), TimeText.clock(box.enrolledAt()), TimeText.ago(box.enrolledAt()));
        link.content(facts);
        if (now.problem() != null) {
            link.with(new ProblemPanel(now.problem()));
        }
        if (rights.mayAdministerEverything()) {
            var move = Actions.button("host-move-open", t("It has another address or key"), "key", () -> ask(box));
            var actions = new Div(move);
            actions.addClassName("croft-actions");
            link.with(actions);
        }
    }

    private void ask(Host box) {
        new MoveDialog(box, hosts, background, moved -> {
                    host = Optional.of(moved);
                    background.call(this, () -> hosts.status(moved.name()), status::set, this::show);
                })
                .open();
    }

    private static Span seen(HostStatus now) {
        var seen = new Span();
        seen.addClassName("croft-seen");
        if (now.seenAt() != null) {
            seen.add(rich(now.reachable() ? "seen {0}" : "last seen {0}", TimeText.ago(now.seenAt())));
        }
        return seen;
    }
}
