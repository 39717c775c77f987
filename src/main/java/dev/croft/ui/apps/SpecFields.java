package dev.croft.ui.apps;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Focusable;
import com.vaadin.flow.component.details.Details;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.shared.HasValidationProperties;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.ui.support.Words;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of an app that a person may change, for the new app and for the app's own page. */
final class SpecFields extends Div {

    final IntegerField port = new IntegerField("Port");
    private final TextField domain = new TextField("Domain");
    private final TextField healthPath = new TextField("Health path");
    private final IntegerField healthTimeout = new IntegerField("Health timeout");
    private final TextArea command = new TextArea("Start command");
    private final EnvironmentEditor environment = new EnvironmentEditor();
    private final TextField memory = new TextField("Memory");
    private final TextField cpu = new TextField("Processor");
    private final IntegerField tasks = new IntegerField("Tasks");
    private final Details environmentSection = new Details("Environment variables", environment);
    private final Details limitsSection;
    private final Details commandSection;

    /** Where in state.json a field's value lands: the same words that a refusal uses. */
    private final Map<String, HasValidationProperties> byPath = new LinkedHashMap<>();

    /** @param prefix start of the fields' ids, which stay the same for scripts and tests */
    SpecFields(String prefix) {
        addClassName("croft-fields");
        port.setId(prefix + "-port");
        port.setMin(1);
        port.setMax(65535);
        port.setHelperText("Where the app listens. Croft tells it by PORT.");
        domain.setId(prefix + "-domain");
        domain.setPlaceholder("blog.example.org");
        domain.setHelperText("Optional. Without one the app answers on the box's address and this port.");
        healthPath.setId(prefix + "-health");
        healthPath.setPlaceholder("/");
        healthPath.setHelperText("Must answer 2xx or 3xx before the new version counts as running.");
        healthTimeout.setId(prefix + "-health-timeout");
        healthTimeout.setMin(1);
        healthTimeout.setMax(600);
        healthTimeout.setSuffixComponent(new Span("s"));
        healthTimeout.setPlaceholder("30");
        healthTimeout.setHelperText("How long it may take to get there.");
        command.setId(prefix + "-command");
        command.setPlaceholder("The builder's own");
        command.setHelperText("One argument a line. Empty: what the builder found.");
        command.addClassName("croft-mono");
        memory.setId(prefix + "-memory");
        memory.setPlaceholder("512M");
        memory.setHelperText("Above it the app is ended.");
        cpu.setId(prefix + "-cpu");
        cpu.setPlaceholder("50%");
        cpu.setHelperText("100% is one whole core.");
        tasks.setId(prefix + "-tasks");
        tasks.setMin(8);
        tasks.setMax(32_768);
        tasks.setPlaceholder("256");
        tasks.setHelperText("Processes and threads.");

        byPath.put("run.port", port);
        byPath.put("domains", domain);
        byPath.put("health.path", healthPath);
        byPath.put("health.timeoutSeconds", healthTimeout);
        byPath.put("run.command", command);
        byPath.put("limits.memoryMax", memory);
        byPath.put("limits.cpuQuota", cpu);
        byPath.put("limits.tasksMax", tasks);

        limitsSection = new Details("Limits", row(memory, cpu, tasks));
        commandSection = new Details("Start command", command);
        environmentSection.setId(prefix + "-env-section");
        limitsSection.setId(prefix + "-limits-section");
        command.setWidthFull();
        add(row(port, domain), row(healthPath, healthTimeout), environmentSection, limitsSection, commandSection);
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
        AppSpec.Limits limits = spec.limits() == null ? new AppSpec.Limits(null, null, null) : spec.limits();
        memory.setValue(orEmpty(limits.memoryMax()));
        cpu.setValue(orEmpty(limits.cpuQuota()));
        tasks.setValue(limits.tasksMax());
        environmentSection.setOpened(!spec.run().env().isEmpty());
        limitsSection.setOpened(spec.limits() != null);
        commandSection.setOpened(!spec.run().command().isEmpty());
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
