package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.Autocomplete;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Exporter;
import dev.croft.desired.HostState.Monitoring;
import dev.croft.desired.HostState.Otlp;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.ui.services.ServiceSecretsPanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.vault.Secrets;
import jakarta.annotation.security.PermitAll;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What monitoring systems outside get of the box: exporters that Prometheus asks, and where OpenTelemetry is sent. */
@Route(Links.MONITORING)
@PermitAll
@Needs(Needs.What.THE_BOX)
class MonitoringView extends Page {

    private final DesiredStates desired;
    private final Secrets secrets;
    private final Background background;
    private final Optional<HostName> host;
    private final @Nullable SettingsDraft settings;
    private final @Nullable ServiceSecretsPanel stored;

    private final Panel asked = new Panel(t("What Prometheus can ask"));
    private final Panel sent = new Panel(t("What is sent by OpenTelemetry"));
    private final Map<Exporter, Checkbox> on = new EnumMap<>(Exporter.class);
    private final Map<Exporter, IntegerField> ports = new EnumMap<>(Exporter.class);
    private final TextField address = new TextField(t("Address"));
    private final Checkbox firewall = new Checkbox(t("Let others reach them through the firewall"));
    private final ProblemPanel exportersRefused = new ProblemPanel();
    private final Button saveExporters = Actions.primary("exporters-save", t("Save"), "check", this::saveExporters);

    private final Checkbox sends = new Checkbox(t("Send to an OpenTelemetry server"));
    private final TextField endpoint = new TextField(t("Server"));
    private final Checkbox metrics = new Checkbox(t("Metrics"));
    private final Checkbox logs = new Checkbox(t("Logs"));
    private final TextField header = new TextField(t("Header"));
    private final PasswordField value = new PasswordField(t("Value of the header"));
    private final ProblemPanel otlpRefused = new ProblemPanel();
    private final Button saveOtlp = Actions.primary("otlp-save", t("Save"), "check", this::saveOtlp);

    /** What the box was made from. */
    private @Nullable Monitoring inForce;

    MonitoringView(
            DesiredStates desired, Secrets secrets, Background background, Rights rights, CurrentHost currentHost) {
        super(t("Monitoring"));
        this.desired = desired;
        this.secrets = secrets;
        this.background = background;
        Optional<Host> box = currentHost.get();
        this.host = box.map(Host::name);
        this.settings =
                host.map(name -> new SettingsDraft(name, desired, background)).orElse(null);
        this.stored = host.map(name -> new ServiceSecretsPanel(
                        name,
                        Monitoring.SECRET_OWNER::equals,
                        secrets,
                        desired,
                        background,
                        rights.mayAdminister(),
                        this::load))
                .orElse(null);
        host.ifPresent(name -> title(name.value()));
        under(t("For whoever has a monitoring system already. Croft itself needs none of it."));
        asked.setId("exporters");
        sent.setId("otlp");
        asked.content(hint(t("Reading the settings …")));
        sent.content(hint(t("Reading the settings …")));
        var stack = new Div();
        stack.addClassName("croft-stack");
        if (settings != null) {
            stack.add(settings.note());
        }
        stack.add(asked);
        if (rights.mayAdminister() && settings != null) {
            stack.add(exportersForm(settings));
        }
        stack.add(sent);
        if (rights.mayAdminister() && settings != null) {
            stack.add(otlpForm(settings));
        }
        if (stored != null) {
            stack.add(stored);
        }
        content(HostTabs.at("monitoring"), stack);
    }

    @Override
    public String getPageTitle() {
        return t("Monitoring") + " · Croft";
    }

    // ---- the forms

    private Panel exportersForm(SettingsDraft draft) {
        var fields = new Div();
        fields.addClassNames("croft-fields", "croft-form");
        for (Exporter exporter : Exporter.values()) {
            var box = new Checkbox(label(exporter));
            box.setId("exporter-" + exporter.word());
            var port = new IntegerField(t("Port"));
            port.setId("exporter-port-" + exporter.word());
            port.setMin(1024);
            port.setMax(65_535);
            port.setValue(exporter.port());
            port.setAriaLabel(t("Port of the exporter: {0}", label(exporter)));
            on.put(exporter, box);
            ports.put(exporter, port);
            draft.field("services.monitoring.exporters." + exporter.word(), port);
            fields.add(row(box, port));
        }
        address.setId("exporters-address");
        address.setPlaceholder(Monitoring.ADDRESS);
        address.setHelperText(
                t(
                        "Where all of them listen: the box's address in a private network, such as WireGuard's. Empty: only the box itself reaches them."));
        firewall.setId("exporters-firewall");
        firewall.setHelperText(t("Exporters ask nobody who they are. Leave it shut towards the internet."));
        draft.field("services.monitoring.address", address);
        draft.field("services.monitoring.openFirewall", firewall);
        saveExporters.setDisableOnClick(true);
        fields.add(address, firewall, exportersRefused, actions(saveExporters));
        return new Panel(t("Switch exporters on and off")).with(fields);
    }

    private Panel otlpForm(SettingsDraft draft) {
        sends.setId("otlp-sends");
        endpoint.setId("otlp-endpoint");
        endpoint.setPlaceholder("https://otel.example.org:4318");
        endpoint.setHelperText(t("OTLP over HTTP. Without https only in a private network."));
        endpoint.setWidthFull();
        metrics.setId("otlp-metrics");
        metrics.setHelperText(t("Of the machine, and of the exporters that are on."));
        logs.setId("otlp-logs");
        logs.setHelperText(t("The journal of the whole box, apps included."));
        header.setId("otlp-header");
        header.setPlaceholder("X-Api-Key");
        header.setHelperText(t("Empty: the server asks for none."));
        header.setAutocomplete(Autocomplete.OFF);
        value.setId("otlp-value");
        value.setAutocomplete(Autocomplete.NEW_PASSWORD);
        value.setHelperText(t("Such as Bearer and a token. Empty: the one that is stored stays."));
        draft.field("services.monitoring.otlp.endpoint", endpoint);
        draft.field("services.monitoring.otlp.header", header);
        draft.field("services.monitoring.otlp", metrics);
        saveOtlp.setDisableOnClick(true);
        var details = new Div(endpoint, row(metrics, logs), row(header, value));
        details.addClassName("croft-fields");
        details.setVisible(false);
        sends.addValueChangeListener(change -> details.setVisible(change.getValue()));
        var fields = new Div(sends, details, otlpRefused, actions(saveOtlp));
        fields.addClassNames("croft-fields", "croft-form");
        return new Panel(t("Where it is sent")).with(fields);
    }

    private static Div row(Component... all) {
        var row = new Div(all);
        row.addClassName("croft-field-row");
        return row;
    }

    private static Div actions(Button button) {
        var actions = new Div(button);
        actions.addClassName("croft-actions");
        return actions;
    }

    private static Paragraph hint(String words) {
        var hint = new Paragraph(words);
        hint.addClassName("croft-hint");
        return hint;
    }

    private static String label(Exporter exporter) {
        return switch (exporter) {
            case NODE -> t("The machine (node exporter)");
            case SYSTEMD -> t("Units (systemd exporter)");
            case POSTGRESQL -> t("PostgreSQL (postgres exporter)");
        };
    }

    // ---- what is, and what is wanted

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        SettingsDraft draft = settings;
        HostName box = host.orElse(null);
        if (draft == null || box == null) {
            return;
        }
        background.call(
                this,
                () -> Optional.ofNullable(desired.inForce(box)
                        .map(state -> state.host().services().monitoring())
                        .orElse(null)),
                now -> {
                    inForce = now.orElse(null);
                    draft.load(this, this::render, this::show);
                },
                this::show);
    }

    private static Monitoring monitoring(HostState state) {
        Monitoring found = state.host().services().monitoring();
        return found == null ? Monitoring.NONE : found;
    }

    private void render(HostState state) {
        fillExporters(state);
        fillOtlp(state);
        renderNow(state);
    }

    private void renderNow(HostState state) {
        renderAsked(monitoring(state));
        renderSent(monitoring(state));
    }

    private void fillExporters(HostState state) {
        Monitoring now = monitoring(state);
        boolean hasPostgresql = state.host().services().postgresql() != null;
        on.forEach((exporter, box) -> {
            box.setValue(now.exporters().containsKey(exporter));
            if (exporter == Exporter.POSTGRESQL) {
                // What is on without a server can still be switched off.
                box.setEnabled(hasPostgresql || box.getValue());
                box.setHelperText(hasPostgresql ? null : t("The box has no PostgreSQL."));
            }
        });
        ports.forEach((exporter, port) -> port.setValue(now.exporters().getOrDefault(exporter, exporter.port())));
        address.setValue(now.address() == null ? "" : now.address());
        firewall.setValue(now.opensFirewall());
    }

    private void fillOtlp(HostState state) {
        Otlp otlp = monitoring(state).otlp();
        sends.setValue(otlp != null);
        endpoint.setValue(otlp == null ? "" : otlp.endpoint());
        metrics.setValue(otlp == null || otlp.sendsMetrics());
        logs.setValue(otlp == null || otlp.sendsLogs());
        header.setValue(otlp == null || otlp.header() == null ? "" : otlp.header());
        value.clear();
    }

    private void renderAsked(Monitoring after) {
        Monitoring before = inForce == null ? Monitoring.NONE : inForce;
        var list = new UnorderedList();
        list.addClassName("croft-rows");
        for (Exporter exporter : Exporter.values()) {
            String was = url(before, exporter);
            String is = url(after, exporter);
            var state = was == null
                    ? is == null
                            ? new StatusText(Tone.IDLE, t("Off"))
                            : new StatusText(Tone.IDLE, t("On with the pending change"))
                    : is == null
                            ? new StatusText(Tone.WARN, t("On; off with the pending change"))
                            : was.equals(is)
                                    ? new StatusText(Tone.OK, t("On"))
                                    : new StatusText(Tone.WARN, t("On; elsewhere with the pending change"));
            list.add(item("exporter", exporter.word(), label(exporter), state, was == null ? is : was));
        }
        boolean any = !before.exporters().isEmpty() || !after.exporters().isEmpty();
        asked.content(
                hint(
                        !any
                                ? t(
                                        "Nothing. Each exporter is a program that answers with figures when Prometheus asks.")
                                : after.isLoopback()
                                        ? t(
                                                "They listen on the loopback: only what runs on the box itself reaches them.")
                                        : after.opensFirewall()
                                                ? t(
                                                        "Whoever reaches {0} can read the figures.",
                                                        after.addressOrDefault())
                                                : t(
                                                        "They listen at {0}; the firewall keeps the ports shut.",
                                                        after.addressOrDefault())),
                list);
    }

    private static @Nullable String url(Monitoring monitoring, Exporter exporter) {
        Integer port = monitoring.exporters().get(exporter);
        return port == null ? null : "http://" + monitoring.addressOrDefault() + ":" + port + "/metrics";
    }

    private void renderSent(Monitoring after) {
        Otlp was = inForce == null ? null : inForce.otlp();
        Otlp is = after.otlp();
        if (was == null && is == null) {
            sent.content(hint(t("Nothing.")));
            return;
        }
        Otlp shown = was == null ? Objects.requireNonNull(is) : was;
        var state = was == null
                ? new StatusText(Tone.IDLE, t("On with the pending change"))
                : is == null
                        ? new StatusText(Tone.WARN, t("On; off with the pending change"))
                        : was.equals(is)
                                ? new StatusText(Tone.OK, t("On"))
                                : new StatusText(Tone.WARN, t("On; changes with the pending change"));
        String what = shown.sendsMetrics() && shown.sendsLogs()
                ? t("Metrics and logs")
                : shown.sendsMetrics() ? t("Metrics") : t("Logs");
        var list = new UnorderedList(item("otlp", "otlp", what, state, shown.endpoint()));
        list.addClassName("croft-rows");
        sent.content(list);
    }

    private static ListItem item(String kind, String key, String name, StatusText state, @Nullable String place) {
        var title = new Span(name);
        title.addClassName("croft-row-title");
        var first = new Div(title, state);
        first.addClassName("croft-row-main");
        var words = new Div(first);
        words.addClassName("croft-row-words");
        if (place != null) {
            var at = new Span(place);
            at.addClassName("croft-mono");
            var under = new Div(at);
            under.addClassName("croft-row-under");
            words.add(under);
        }
        var row = new ListItem(words);
        row.addClassName("croft-row");
        row.getElement().setAttribute("data-" + kind, key);
        return row;
    }

    // ---- what becomes of the forms

    private void saveExporters() {
        SettingsDraft draft = settings;
        if (draft == null) {
            return;
        }
        exportersRefused.clear();
        SortedMap<Exporter, Integer> chosen = new TreeMap<>();
        for (Exporter exporter : Exporter.values()) {
            IntegerField port = ports.get(exporter);
            Checkbox box = on.get(exporter);
            if (box != null && port != null && box.getValue()) {
                Integer number = port.getValue();
                if (number == null || port.isInvalid()) {
                    port.setErrorMessage(t("A port is a whole number between 1024 and 65535."));
                    port.setInvalid(true);
                    port.focus();
                    saveExporters.setEnabled(true);
                    return;
                }
                chosen.put(exporter, number);
            }
        }
        String at = address.getValue().strip();
        boolean open = firewall.getValue();
        draft.save(
                this,
                before -> {
                    Monitoring was = before.services().monitoring();
                    Otlp otlp = was == null ? null : was.otlp();
                    // Without an exporter nobody listens anywhere, and nothing is to be opened.
                    var after = chosen.isEmpty()
                            ? new Monitoring(null, null, chosen, otlp)
                            : new Monitoring(at.isEmpty() ? null : at, open ? true : null, chosen, otlp);
                    return before.withServices(before.services().withMonitoring(after));
                },
                saved -> {
                    saveExporters.setEnabled(true);
                    // The other form may have something in it that is not saved.
                    fillExporters(saved);
                    renderNow(saved);
                },
                refused -> {
                    saveExporters.setEnabled(true);
                    exportersRefused.show(refused);
                });
    }

    private void saveOtlp() {
        SettingsDraft draft = settings;
        if (draft == null) {
            return;
        }
        otlpRefused.clear();
        SecretBytes secret = null;
        if (sends.getValue() && !value.isEmpty()) {
            String wrong = whyRefused(value.getValue());
            value.setErrorMessage(wrong);
            value.setInvalid(wrong != null);
            boolean unnamed = header.getValue().isBlank();
            header.setErrorMessage(unnamed ? t("Name the header that the value is of.") : null);
            header.setInvalid(unnamed);
            if (wrong != null || unnamed) {
                saveOtlp.setEnabled(true);
                return;
            }
            secret = SecretBytes.of(SecretText.of(value.getValue()));
        }
        SecretBytes typed = secret;
        Otlp otlp = sends.getValue()
                ? new Otlp(
                        endpoint.getValue().strip(),
                        metrics.getValue() ? null : false,
                        logs.getValue() ? null : false,
                        header.getValue().isBlank() ? null : header.getValue().strip())
                : null;
        draft.save(
                this,
                before -> {
                    Monitoring was = before.services().monitoring();
                    Monitoring now = was == null ? Monitoring.NONE : was;
                    return before.withServices(before.services()
                            .withMonitoring(new Monitoring(now.address(), now.openFirewall(), now.exporters(), otlp)));
                },
                saved -> {
                    if (typed != null && otlp != null) {
                        store(typed, otlp, saved);
                    } else {
                        kept(saved);
                    }
                },
                this::refuseOtlp);
    }

    /** As nix/modules/services/otlp-header.sh, which would refuse it on the box only. */
    private static @Nullable String whyRefused(String value) {
        return value.codePoints()
                        .anyMatch(each -> Character.isISOControl(each)
                                || each == '$'
                                || Character.getType(each) == Character.SURROGATE)
                ? t("It is one line, without control characters and dollar signs.")
                : null;
    }

    private void kept(HostState saved) {
        saveOtlp.setEnabled(true);
        fillOtlp(saved);
        renderNow(saved);
        if (stored != null) {
            stored.load();
        }
    }

    private void refuseOtlp(Problem refused) {
        saveOtlp.setEnabled(true);
        otlpRefused.show(refused);
    }

    /** A server that stays the same is told the new value at once; another one when the change is applied. */
    private void store(SecretBytes secret, Otlp otlp, HostState saved) {
        HostName box = host.orElseThrow();
        boolean same = inForce != null && otlp.equals(inForce.otlp());
        background.call(
                this,
                () -> secrets.set(
                        box, SecretOwner.ofService(Monitoring.SECRET_OWNER), Monitoring.OTLP_HEADER, secret, same),
                placed -> {
                    kept(saved);
                    if (placed.problem() != null) {
                        show(placed.problem());
                    }
                },
                this::refuseOtlp);
    }
}
