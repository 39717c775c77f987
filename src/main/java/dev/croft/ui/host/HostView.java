package dev.croft.ui.host;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.signals.Signal;
import com.vaadin.flow.signals.local.ValueSignal;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.ProbeResult;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
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
import java.time.ZoneId;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The box: the link to it, and whether it has what Croft needs. */
@Route(Links.HOST)
@PermitAll
class HostView extends Page {

    private final Hosts hosts;
    private final Background background;
    private final Optional<Host> host;
    private final ValueSignal<@Nullable HostStatus> status = new ValueSignal<>(null);
    private final Panel link = new Panel("Link");
    private final Button check = new Button("Check again", Icons.of("restart"));
    private final ComboBox<String> timezone = new ComboBox<>("Time zone");
    private final ProblemPanel refusal = new ProblemPanel();
    private final Panel contract = new Panel("What Croft needs on the box", check);

    private @Nullable SettingsDraft settings;

    HostView(Hosts hosts, DesiredStates desired, Background background, Rights rights, CurrentHost currentHost) {
        super("Host");
        this.hosts = hosts;
        this.background = background;
        this.host = currentHost.get();
        if (host.isEmpty()) {
            content(new EmptyState(
                    "host",
                    "No box yet",
                    "Start this console with ./croft up, or enrol a box through the API (POST /api/v1/hosts)."));
            return;
        }
        title(host.get().name().value());
        check.addThemeVariants(ButtonVariant.SMALL);
        check.addClickListener(click -> probe());
        var columns = new Div(link, clock(new SettingsDraft(host.get().name(), desired, background), rights), contract);
        columns.addClassName("croft-stack");
        content(HostTabs.at("overview"), columns);
        Signal.effect(this, () -> {
            HostStatus now = status.get();
            if (now != null) {
                render(host.get(), now);
            }
        });
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.ifPresent(box -> {
            background.every(this, Duration.ofSeconds(3), () -> hosts.status(box.name()), status::set, this::show);
            probe();
            if (settings != null) {
                settings.load(this, state -> timezone.setValue(state.host().timezone()), refusal::show);
            }
        });
    }

    private Panel clock(SettingsDraft draft, Rights rights) {
        settings = draft;
        timezone.setId("host-timezone");
        timezone.setItems(ZoneId.getAvailableZoneIds().stream()
                .filter(zone -> zone.equals("UTC") || (zone.contains("/") && !zone.startsWith("SystemV/")))
                .sorted()
                .toList());
        // what the box has stays selectable, also when this console's time zone database does not know it
        timezone.setAllowCustomValue(true);
        timezone.addCustomValueSetListener(typed -> timezone.setValue(typed.getDetail()));
        timezone.setHelperText("For timers, logs and whatever on the box tells the time.");
        timezone.setReadOnly(!rights.mayAdminister());
        draft.field("timezone", timezone);
        var fields = new Div(timezone, refusal);
        fields.addClassNames("croft-fields", "croft-form");
        if (rights.mayAdminister()) {
            var save = Actions.primary("host-settings-save", "Save", "check", this::saveSettings);
            var actions = new Div(save);
            actions.addClassName("croft-actions");
            fields.add(actions, draft.note());
        }
        return new Panel("Settings").with(fields);
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

    private void probe() {
        host.ifPresent(box -> {
            check.setEnabled(false);
            background.call(this, () -> hosts.contract(box.name()), this::renderContract, problem -> {
                check.setEnabled(true);
                contract.content(new ProblemPanel(problem));
            });
        });
    }

    private void render(Host box, HostStatus now) {
        under(Words.os(now));
        var facts = new Facts()
                .fact(
                        "State",
                        now.reachable()
                                ? new StatusText(Tone.OK, "Reachable")
                                : new StatusText(Tone.BAD, "Not reachable"),
                        seen(now))
                .code("Address", box.endpoint().address())
                .fact("Port", String.valueOf(box.endpoint().port()))
                .fact("User", Facts.code(box.endpoint().user()))
                .code("Host key", box.endpoint().fingerprint())
                .fact("Enrolled", TimeText.clock(box.enrolledAt()), TimeText.ago(box.enrolledAt()));
        link.content(facts);
        if (now.problem() != null) {
            link.with(new ProblemPanel(now.problem()));
        }
    }

    private static Span seen(HostStatus now) {
        var seen = new Span();
        seen.addClassName("croft-seen");
        if (now.seenAt() != null) {
            seen.add(new Span(now.reachable() ? "seen " : "last seen "), TimeText.ago(now.seenAt()));
        }
        return seen;
    }

    private void renderContract(ProbeResult result) {
        check.setEnabled(true);
        long missing = result.checks().stream().filter(each -> !each.ok()).count();
        var summary = missing == 0
                ? new StatusText(Tone.OK, "All " + result.checks().size() + " checks pass")
                : new StatusText(Tone.BAD, missing + " of " + result.checks().size() + " checks fail");
        summary.setId("contract-summary");
        var list = new UnorderedList();
        list.addClassNames("croft-rows", "croft-checks");
        result.checks().stream()
                .sorted(Comparator.comparing(Check::ok))
                .map(HostView::row)
                .forEach(list::add);
        contract.content(summary, list);
    }

    private static ListItem row(Check check) {
        var mark = new StatusText(check.ok() ? Tone.OK : Tone.BAD, check.ok() ? "Fine" : "Missing");
        var name = new Div(Words.capital(check.id().replace('-', ' ').replace('.', ' ')));
        name.addClassName("croft-row-title");
        var under = new Div(new Span(check.found().isEmpty() ? "nothing found" : check.found()));
        if (!check.ok()) {
            under.add(new Span("wanted: " + check.wanted()));
        }
        under.addClassName("croft-row-under");
        var words = new Div(name, under);
        words.addClassName("croft-row-words");
        if (!check.ok()) {
            words.add(new Paragraph(check.why()));
        } else {
            words.getElement().setAttribute("title", check.why());
        }
        var item = new ListItem();
        item.add(words, mark);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-check", check.id());
        item.getElement().setAttribute("data-ok", check.ok());
        return item;
    }
}
