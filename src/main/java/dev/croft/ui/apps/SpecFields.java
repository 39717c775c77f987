package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Focusable;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.shared.HasValidationProperties;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.IsolationLevel;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.ui.support.DomainCheckList;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Words;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The fields of an app that a person may change, for the new app and for the app's own page. */
final class SpecFields extends Div {

    final IntegerField port = new IntegerField(t("Port"));
    private final TextField domain = new TextField(t("Domain"));
    private final TextField healthPath = new TextField(t("Health path"));
    private final IntegerField healthTimeout = new IntegerField(t("Health timeout"));
    private final TextArea command = new TextArea(t("Start command"));
    private final EnvironmentEditor environment = new EnvironmentEditor();
    private final TextField memory = new TextField(t("Memory"));
    private final TextField cpu = new TextField(t("Processor"));
    private final IntegerField tasks = new IntegerField(t("Tasks"));
    private final Select<Tls> tls = new Select<>();
    private final TextField maxBody = new TextField(t("Largest request"));
    private final TextArea redirects = new TextArea(t("Names that lead here"));
    private final Checkbox toHttps = new Checkbox(t("Lead http to https"));
    private final Button check = new Button(t("Check the domains"), Icons.of("search"));
    private final Div checks = new Div();
    private final Details webSection;
    private final Details environmentSection = new Details(t("Environment variables"), environment);
    private final Select<String> isolation = new Select<>();
    private final Details limitsSection;
    private final Details isolationSection;
    private final Details commandSection;

    /** Where in state.json a field's value lands: the same words that a refusal uses. */
    private final Map<String, HasValidationProperties> byPath = new LinkedHashMap<>();

    /** @param prefix start of the fields' ids, which stay the same for scripts and tests */
    SpecFields(String prefix) {
        addClassName("croft-fields");
        port.setId(prefix + "-port");
        port.setMin(1);
        port.setMax(65535);
        port.setHelperText(t("Where the app listens. Croft tells it by PORT."));
        domain.setId(prefix + "-domain");
        domain.setPlaceholder("blog.example.org");
        domain.setHelperText(t("Optional. Without one the app answers on the box's address and this port."));
        healthPath.setId(prefix + "-health");
        healthPath.setPlaceholder("/");
        healthPath.setHelperText(t("Must answer 2xx or 3xx before the new version counts as running."));
        healthTimeout.setId(prefix + "-health-timeout");
        healthTimeout.setMin(1);
        healthTimeout.setMax(600);
        healthTimeout.setSuffixComponent(new Span("s"));
        healthTimeout.setPlaceholder("30");
        healthTimeout.setHelperText(t("How long it may take to get there."));
        command.setId(prefix + "-command");
        command.setPlaceholder(t("The builder's own"));
        command.setHelperText(t("One argument a line. Empty: what the builder found."));
        command.addClassName("croft-mono");
        memory.setId(prefix + "-memory");
        memory.setPlaceholder("512M");
        memory.setHelperText(t("Above it the app is ended."));
        cpu.setId(prefix + "-cpu");
        cpu.setPlaceholder("50%");
        cpu.setHelperText(t("100% is one whole core."));
        tasks.setId(prefix + "-tasks");
        tasks.setMin(8);
        tasks.setMax(32_768);
        tasks.setPlaceholder("256");
        tasks.setHelperText(t("Processes and threads."));

        isolation.setId(prefix + "-isolation");
        isolation.setLabel(t("Isolation level"));
        isolation.setItems(IsolationLevel.all().stream().map(IsolationLevel::id).toList());
        isolation.setItemLabelGenerator(IsolationTable::name);
        isolation.addValueChangeListener(
                change -> isolation.setHelperText(IsolationTable.explained(change.getValue())));
        isolation.setValue(IsolationLevel.DEFAULT);

        tls.setId(prefix + "-tls");
        tls.setLabel(t("Certificate"));
        tls.setItems(Tls.values());
        tls.setItemLabelGenerator(SpecFields::words);
        tls.setValue(Tls.NONE);
        tls.setHelperText(t("With one, the domain answers over https."));
        maxBody.setId(prefix + "-max-body");
        maxBody.setPlaceholder(AppSpec.Web.MAX_BODY);
        maxBody.setHelperText(t("Uploads above it are refused."));
        redirects.setId(prefix + "-redirects");
        redirects.setPlaceholder("www.shop.example shop.example");
        redirects.setHelperText(t("One a line: the name, a blank, and the domain of this app that it leads to."));
        redirects.setWidthFull();
        redirects.addClassName("croft-mono");
        toHttps.setId(prefix + "-to-https");
        toHttps.setValue(true);
        check.setId(prefix + "-check-domains");
        check.addThemeVariants(ButtonVariant.SMALL);
        check.setVisible(false);
        checks.addClassName("croft-checks");
        checks.setId(prefix + "-domain-checks");
        checks.getElement().setAttribute("role", "status");
        webSection =
                new Details(t("Domain and certificate"), new Div(row(tls, maxBody), toHttps, redirects, check, checks));
        webSection.setId(prefix + "-web-section");
        byPath.put("web.tls", tls);
        byPath.put("web.maxBody", maxBody);
        byPath.put("web.redirects", redirects);
        byPath.put("run.port", port);
        byPath.put("domains", domain);
        byPath.put("health.path", healthPath);
        byPath.put("health.timeoutSeconds", healthTimeout);
        byPath.put("run.command", command);
        byPath.put("isolation", isolation);
        byPath.put("limits.memoryMax", memory);
        byPath.put("limits.cpuQuota", cpu);
        byPath.put("limits.tasksMax", tasks);

        limitsSection = new Details(t("Limits"), row(memory, cpu, tasks));
        isolationSection = new Details(t("Isolation"), row(isolation), new IsolationTable());
        isolationSection.setId(prefix + "-isolation-section");
        commandSection = new Details(t("Start command"), command);
        environmentSection.setId(prefix + "-env-section");
        limitsSection.setId(prefix + "-limits-section");
        command.setWidthFull();
        add(
                row(port, domain),
                row(healthPath, healthTimeout),
                webSection,
                environmentSection,
                limitsSection,
                isolationSection,
                commandSection);
    }

    void alsoKnown(String path, HasValidationProperties field) {
        byPath.put(path, field);
    }

    void set(AppSpec spec) {
        port.setValue(spec.run().port());
        domain.setValue(String.join(", ", spec.domains()));
        healthPath.setValue(spec.health() == null ? "" : spec.health().path());
        healthTimeout.setValue(spec.health() == null ? null : spec.health().timeoutSeconds());
        command.setValue(String.join("\n", spec.run().command()));
        environment.set(spec.run().env());
        AppSpec.Web web = spec.web();
        tls.setValue(web == null || web.tls() == null ? Tls.NONE : web.tls());
        maxBody.setValue(web == null ? "" : orEmpty(web.maxBody()));
        redirects.setValue(
                web == null
                        ? ""
                        : web.redirects().entrySet().stream()
                                .map(each -> each.getKey() + " " + each.getValue())
                                .collect(Collectors.joining("\n")));
        toHttps.setValue(web == null || web.redirectToHttps() == null || web.redirectToHttps());
        webSection.setOpened(web != null);
        AppSpec.Limits limits = spec.limits() == null ? new AppSpec.Limits(null, null, null) : spec.limits();
        isolation.setValue(spec.isolation());
        memory.setValue(orEmpty(limits.memoryMax()));
        cpu.setValue(orEmpty(limits.cpuQuota()));
        tasks.setValue(limits.tasksMax());
        environmentSection.setOpened(!spec.run().env().isEmpty());
        limitsSection.setOpened(spec.limits() != null);
        isolationSection.setOpened(!spec.isolation().equals(IsolationLevel.DEFAULT));
        commandSection.setOpened(!spec.run().command().isEmpty());
    }

    /** Has the box look at domains; one of the two ends it. */
    interface DomainsCheck {
        void look(List<String> domains, Consumer<List<Checked>> onChecked, Runnable onProblem);
    }

    /** What the box says of a domain. */
    record Checked(String domain, List<DomainCheck> results) {}

    /**
     * Offers to have the box look whether the domains would get their certificates; done by itself when ACME is chosen, which asks a
     * certificate authority.
     */
    void onCheckDomains(DomainsCheck ask) {
        check.setVisible(true);
        Runnable run = () -> {
            if (domains().isEmpty()) {
                refuse(domain, t("A certificate is for a domain. Give the app one."));
                check.setEnabled(true);
                return;
            }
            checks.removeAll();
            checks.add(new Span(t("Looking where they lead …")));
            ask.look(domains(), this::showChecks, () -> showChecks(List.of()));
        };
        check.setDisableOnClick(true);
        check.addClickListener(click -> run.run());
        tls.addValueChangeListener(change -> {
            if (change.isFromClient() && change.getValue() == Tls.ACME) {
                run.run();
            }
        });
    }

    private void showChecks(List<Checked> all) {
        check.setEnabled(true);
        checks.removeAll();
        all.forEach(checked -> checks.add(new DomainCheckList(checked.domain(), checked.results())));
    }

    /** Takes the variable out of the editor; it is kept somewhere else now. */
    void forget(String variable) {
        environment.forget(variable);
    }

    private static String words(Tls tls) {
        return switch (tls) {
            case NONE -> t("None: http only");
            case ACME -> t("From a certificate authority, by ACME");
            case INTERNAL -> t("From the box's own authority");
            case SELF_SIGNED -> t("Self-signed: browsers warn");
            case UPLOADED -> t("Uploaded: I have one");
        };
    }

    private AppSpec.@Nullable Web web(AppSpec.@Nullable Web before) {
        TreeMap<String, String> leading = new TreeMap<>();
        redirects
                .getValue()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .forEach(line -> {
                    String[] words = line.split("(\\s|→|->|,)+", 2);
                    leading.put(words[0], words.length > 1 ? words[1].strip() : "");
                });
        Boolean https = before == null ? null : before.redirectToHttps();
        return new AppSpec.Web(
                tls.getValue() == Tls.NONE && (before == null || before.tls() == null) ? null : tls.getValue(),
                orNull(maxBody.getValue()),
                leading,
                toHttps.getValue().equals(https == null || https) ? https : toHttps.getValue());
    }

    void suggest(@Nullable Integer suggestedPort, @Nullable List<String> suggestedCommand) {
        if (port.isEmpty() && suggestedPort != null) {
            port.setValue(suggestedPort);
        }
        if (suggestedCommand != null && !suggestedCommand.isEmpty()) {
            command.setPlaceholder(String.join("\n", suggestedCommand));
        }
    }

    /** What the fields say; what they do not show stays. */
    AppSpec laidOver(AppSpec spec) {
        return spec.withRun(new AppSpec.Run(
                        command(),
                        port.getValue(),
                        environment.get(),
                        spec.run().secrets(),
                        spec.run().migrate()))
                .withDomains(domains())
                .withWeb(web(spec.web()))
                .withIsolation(isolation.getValue())
                .withLimits(limits())
                .withHealth(health());
    }

    private List<String> command() {
        return command.isEmpty()
                ? List.of()
                : Arrays.asList(command.getValue().stripTrailing().split("\n", -1));
    }

    private List<String> domains() {
        return Arrays.stream(domain.getValue().split("[,\\s]+"))
                .filter(part -> !part.isEmpty())
                .toList();
    }

    private AppSpec.@Nullable Limits limits() {
        if (memory.isEmpty() && cpu.isEmpty() && tasks.isEmpty()) {
            return null;
        }
        return new AppSpec.Limits(orNull(memory.getValue()), orNull(cpu.getValue()), tasks.getValue());
    }

    private AppSpec.@Nullable Health health() {
        if (healthPath.isEmpty() && healthTimeout.isEmpty()) {
            return null;
        }
        return new AppSpec.Health(
                healthPath.isEmpty() ? "/" : healthPath.getValue().strip(),
                healthTimeout.isEmpty() ? 30 : healthTimeout.getValue());
    }

    void clearProblems() {
        byPath.values().forEach(field -> field.setInvalid(false));
        environment.clearProblems();
    }

    /** Puts a refusal beside the field it is about (its reason begins with the field's path); false when it is about none of them. */
    boolean mark(Problem problem) {
        int colon = problem.why().indexOf(": ");
        if (problem.code() != ProblemCode.INVALID_INPUT || colon < 0) {
            return false;
        }
        String path = problem.why().substring(0, colon);
        String reason = Words.capital(problem.why().substring(colon + 2));
        if (path.equals("run.env") || path.startsWith("run.env.")) {
            environmentSection.setOpened(true);
            return environment.mark(path.substring("run.env".length()).replaceFirst("^\\.", ""), reason);
        }
        for (var entry : byPath.entrySet()) {
            if (path.equals(entry.getKey()) || path.startsWith(entry.getKey() + ".")) {
                reveal(entry.getValue());
                refuse(entry.getValue(), reason);
                return true;
            }
        }
        return false;
    }

    static void refuse(HasValidationProperties field, String reason) {
        field.setErrorMessage(reason);
        field.setInvalid(true);
        if (field instanceof Focusable<?> focusable) {
            focusable.focus();
        }
    }

    private void reveal(HasValidationProperties field) {
        if (field == memory || field == cpu || field == tasks) {
            limitsSection.setOpened(true);
        } else if (field == tls || field == maxBody || field == redirects) {
            webSection.setOpened(true);
        } else if (field == isolation) {
            isolationSection.setOpened(true);
        } else if (field == command) {
            commandSection.setOpened(true);
        }
    }

    static Div row(Component... fields) {
        var row = new Div(fields);
        row.addClassName("croft-field-row");
        return row;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable String orNull(String text) {
        return text.isBlank() ? null : text.strip();
    }
}
