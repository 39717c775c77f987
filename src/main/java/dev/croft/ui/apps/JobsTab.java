package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Job;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand.JobRun;
import dev.croft.hostlink.HostCommand.JobState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.services.Jobs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the app runs by the clock: when next, how it went, run it now; and a command just once. */
final class JobsTab extends Div implements AppTab {

    private static final List<String> USUAL = List.of(
            "minutely",
            "*:0/5",
            "hourly",
            "daily",
            "*-*-* 04:00",
            "Mon..Fri *-*-* 04:00",
            "weekly",
            "monthly",
            "quarterly");

    private final HostName host;
    private final AppName name;
    private final Apps apps;
    private final Jobs jobs;
    private final DesiredStates desired;
    private final Background background;
    private final boolean mayOperate;
    private final Runnable onSaved;
    private final ProblemPanel refusal = new ProblemPanel();
    private final UnorderedList rows = new UnorderedList();
    private final Panel panel;
    private @Nullable AppSpec shown;
    private Map<String, JobState> running = Map.of();

    JobsTab(
            HostName host,
            AppName name,
            Apps apps,
            Jobs jobs,
            DesiredStates desired,
            Background background,
            boolean mayOperate,
            Runnable onSaved) {
        this.host = host;
        this.name = name;
        this.apps = apps;
        this.jobs = jobs;
        this.desired = desired;
        this.background = background;
        this.mayOperate = mayOperate;
        this.onSaved = onSaved;
        addClassName("croft-stack");
        var add = Actions.button("job-new", t("Add a job"), "plus", () -> ask(null));
        var command = Actions.button(
                "command-new",
                t("Run a command"),
                "play",
                () -> new CommandDialog(host, name, jobs, background).open());
        add.addThemeVariants(ButtonVariant.SMALL);
        command.addThemeVariants(ButtonVariant.SMALL);
        panel = mayOperate ? new Panel(t("Jobs"), command, add) : new Panel(t("Jobs"));
        panel.setId("jobs");
        rows.addClassName("croft-rows");
        add(refusal, panel);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.every(this, Duration.ofSeconds(5), () -> jobs.list(host, name), this::take, refusal::show);
    }

    private void take(List<JobState> now) {
        Map<String, JobState> byName = now.stream().collect(Collectors.toMap(JobState::job, each -> each));
        if (!byName.equals(running)) {
            running = byName;
            refusal.clear();
            render();
        }
    }

    @Override
    public void show(App app) {
        if (!app.spec().equals(shown)) {
            shown = app.spec();
            render();
        }
    }

    private void render() {
        AppSpec spec = shown;
        if (spec == null) {
            return;
        }
        rows.removeAll();
        if (spec.jobs().isEmpty()) {
            panel.content(
                    new EmptyState(
                            "clock",
                            t("No jobs yet"),
                            t(
                                    "A job is a command of the app that the box runs by the clock: to tidy up, to send a digest, to fetch the news.")));
            return;
        }
        spec.jobs().forEach((job, settings) -> rows.add(row(job, settings, running.get(job))));
        panel.content(rows);
    }

    private ListItem row(String job, Job settings, @Nullable JobState state) {
        var title = new Div(job);
        title.addClassName("croft-row-title");
        var under = new Div(new Span(settings.onCalendar()), new Span(String.join(" ", settings.command())));
        under.addClassName("croft-row-under");
        if (state == null) {
            under.add(new Span(t("not in force yet")));
        } else if (state.next() != null) {
            under.add(rich("next {0}", TimeText.clock(state.next())));
        }
        var words = new Div(title, under);
        words.addClassName("croft-row-words");
        if (state != null && !state.history().isEmpty()) {
            words.add(history(state.history()));
        }
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-job", job);
        if (state != null) {
            item.add(status(state));
        }
        if (mayOperate) {
            item.add(actions(job, settings, state));
        }
        return item;
    }

    private static StatusText status(JobState state) {
        JobRun last = state.last();
        if (isRunning(state)) {
            return new StatusText(Tone.BUSY, t("Running"));
        }
        if (last == null) {
            return new StatusText(Tone.IDLE, t("Never ran"));
        }
        return succeeded(last) ? new StatusText(Tone.OK, t("Went well")) : new StatusText(Tone.BAD, failure(last));
    }

    private static boolean isRunning(JobState state) {
        return state.active().equals("activating") || state.active().equals("active");
    }

    private static boolean succeeded(JobRun run) {
        return "success".equals(run.result());
    }

    private static String failure(JobRun run) {
        if (run.result() == null) {
            return t("Running");
        }
        return switch (run.result()) {
            case "timeout" -> t("Took too long");
            case "oom-kill" -> t("Ran out of memory");
            case "exit-code" -> t("Failed with exit code {0}", run.exitCode());
            default -> t("Failed: {0}", run.result());
        };
    }

    private static Component history(List<JobRun> runs) {
        var list = new UnorderedList();
        list.addClassName("croft-history");
        for (JobRun run : runs) {
            var item = new ListItem(
                    run.finishedAt() == null
                            ? new StatusText(Tone.BUSY, t("Running"))
                            : succeeded(run)
                                    ? new StatusText(Tone.OK, t("Went well"))
                                    : new StatusText(Tone.BAD, failure(run)),
                    TimeText.clock(run.startedAt()),
                    TimeText.elapsed(run.startedAt(), run.finishedAt()));
            list.add(item);
        }
        var details = new NativeDetails(t("Last runs"), list);
        details.addClassName("croft-more");
        return details;
    }

    private Component actions(String job, Job settings, @Nullable JobState state) {
        var run = new Button(t("Run now"), Icons.of("play"), click -> {
            refusal.clear();
            background.call(this, () -> jobs.run(host, name, job), started -> reload(), problem -> {
                click.getSource().setEnabled(true);
                refusal.show(problem);
            });
        });
        run.setAriaLabel(t("Run {0} now", job));
        run.setDisableOnClick(true);
        run.setVisible(state != null);
        run.setEnabled(state != null && !isRunning(state));
        run.addClassName("job-run");
        var edit = new Button(t("Edit"), click -> ask(job));
        edit.setAriaLabel(t("Edit {0}", job));
        var remove = new Button(Icons.of("trash"), click -> askRemove(job));
        remove.setAriaLabel(t("Remove {0}", job));
        var actions = new Div();
        actions.addClassName("croft-actions");
        for (Button button : List.of(run, edit, remove)) {
            button.addThemeVariants(ButtonVariant.SMALL);
            actions.add(button);
        }
        return actions;
    }

    private void reload() {
        background.call(this, () -> jobs.list(host, name), this::take, refusal::show);
    }

    private void ask(@Nullable String job) {
        AppSpec before = Objects.requireNonNull(shown);
        Job was = job == null ? null : before.jobs().get(job);
        var jobName = new TextField(t("Name"));
        jobName.setId("job-name");
        jobName.setHelperText(t("a to z, 0 to 9 and dash"));
        jobName.setValue(job == null ? "" : job);
        jobName.setReadOnly(job != null);
        var when = new ComboBox<String>(t("When"));
        when.setId("job-when");
        when.setItems(USUAL);
        when.setAllowCustomValue(true);
        when.addCustomValueSetListener(typed -> when.setValue(typed.getDetail()));
        when.setHelperText(t("Such as daily, or Mon..Fri *-*-* 04:00. In the time zone of the box."));
        when.setValue(was == null ? "daily" : was.onCalendar());
        var command = new TextArea(t("Command"));
        command.setId("job-command");
        command.setHelperText(t("One argument a line, the program first."));
        command.addClassName("croft-mono");
        command.setValue(was == null ? "" : String.join("\n", was.command()));
        var timeout = new IntegerField(t("Time limit (s)"));
        timeout.setId("job-timeout");
        Job usual = was == null ? new Job("daily", List.of(), null, null).orDefaults() : was.orDefaults();
        timeout.setValue(usual.timeoutSeconds());
        var persistent = new Checkbox(t("Make up for a run that was missed while the box was off"));
        persistent.setId("job-persistent");
        persistent.setValue(Boolean.TRUE.equals(usual.persistent()));
        for (com.vaadin.flow.component.HasSize field :
                List.<com.vaadin.flow.component.HasSize>of(jobName, when, command, timeout)) {
            field.setWidthFull();
        }
        new Dialogs(
                        job == null ? t("Add a job") : t("Edit {0}", job),
                        "job-confirm",
                        t("Save as draft"),
                        dialog -> {
                            var all = new TreeMap<>(before.jobs());
                            all.put(
                                    jobName.getValue().strip(),
                                    new Job(
                                            when.getValue() == null
                                                    ? ""
                                                    : when.getValue().strip(),
                                            command.getValue().isEmpty()
                                                    ? List.of()
                                                    : List.of(command.getValue().split("\n", -1)),
                                            persistent.getValue(),
                                            timeout.getValue()));
                            put(before, all, dialog::close, dialog::refuse);
                        },
                        jobName,
                        when,
                        command,
                        timeout,
                        persistent)
                .open();
    }

    private void askRemove(String job) {
        AppSpec before = Objects.requireNonNull(shown);
        new Dialogs(
                        t("Remove the job {0}?", job),
                        "job-remove-confirm",
                        t("Remove"),
                        dialog -> {
                            var left = new TreeMap<>(before.jobs());
                            left.remove(job);
                            put(before, left, dialog::close, dialog::refuse);
                        },
                        new Paragraph(t("It is no longer run after the next deployment.")))
                .open();
    }

    /** Other jobs than somebody began with in the dialog are a CONFLICT; whatever else of the app changed meanwhile stays. */
    private void put(AppSpec before, SortedMap<String, Job> all, Runnable onDone, Consumer<Problem> onProblem) {
        AppSpec now = Objects.requireNonNull(shown);
        AppSpec base = now.jobs().equals(before.jobs()) ? now : before;
        background.call(
                this,
                () -> apps.putDraft(host, name, base.withJobs(all), desired.digest(base)),
                app -> {
                    onDone.run();
                    show(app);
                    onSaved.run();
                },
                onProblem);
    }
}
