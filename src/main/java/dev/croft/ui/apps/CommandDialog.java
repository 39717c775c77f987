package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.DetachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.TextArea;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import dev.croft.services.Jobs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.LogView;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command that runs once as the app, with its output as it comes. Closing the dialog ends it. */
final class CommandDialog extends Dialog {

    private static final int SECONDS = 600;
    private static final Duration TOGETHER = Duration.ofMillis(100);

    private final HostName host;
    private final AppName app;
    private final Jobs jobs;
    private final Background background;
    private final TextArea command = new TextArea(t("Command"));
    private final StatusText state = new StatusText();
    private final ProblemPanel refusal = new ProblemPanel();
    private final LogView output = new LogView(t("Output of the command"), t("Nothing was printed yet."));
    private final Button run = Actions.primary("command-run", t("Run"), "play", this::run);
    private final Button stop = Actions.button("command-stop", t("Stop"), "stop", this::end);
    private final ArrayDeque<HostReply.Line> waiting = new ArrayDeque<>();
    private @Nullable Subscription running;
    /** A command that was stopped still has words under way; they belong to nobody. */
    private int attempt;

    CommandDialog(HostName host, AppName app, Jobs jobs, Background background) {
        this.host = host;
        this.app = app;
        this.jobs = jobs;
        this.background = background;
        setHeaderTitle(t("Run a command as {0}", app));
        addClassNames("croft-dialog", "croft-command-dialog");
        command.setId("command-words");
        command.addClassName("croft-mono");
        command.setWidthFull();
        command.setHelperText(
                t(
                        "One argument a line, the program first. It runs with the app's user, environment, files and limits, for at most ten minutes."));
        command.setPlaceholder("./manage\nmigrate");
        state.getElement().setAttribute("role", "status");
        state.setId("command-state");
        state.setVisible(false);
        output.setId("command-output");
        output.setVisible(false);
        stop.setVisible(false);
        var body = new Div(command, state, refusal, output);
        body.addClassName("croft-dialog-body");
        add(body);
        getFooter().add(new Button(t("Close"), click -> close()), stop, run);
        setCloseOnOutsideClick(false);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        command.focus();
    }

    @Override
    protected void onDetach(DetachEvent event) {
        end();
        super.onDetach(event);
    }

    private void run() {
        List<String> words = List.of(command.getValue().split("\n", -1));
        UI ui = UI.getCurrent();
        int now = ++attempt;
        refusal.clear();
        output.clear();
        output.setVisible(true);
        show(true, Tone.BUSY, t("Running …"));
        background.call(
                this,
                () -> jobs.execute(
                        host,
                        app,
                        words,
                        SECONDS,
                        line -> take(ui, line),
                        exit -> Background.enter(ui, this, () -> {
                            if (now == attempt) {
                                flush();
                                show(
                                        false,
                                        exit.exitCode() == 0 ? Tone.OK : Tone.BAD,
                                        t(
                                                "Ended with exit code {0} after {1}",
                                                exit.exitCode(), t("{0} s", Words.number(exit.seconds(), 1))));
                            }
                        }),
                        problem -> Background.enter(ui, this, () -> failed(now, problem))),
                started -> {
                    if (now == attempt) {
                        running = started;
                    } else {
                        started.close();
                    }
                },
                problem -> failed(now, problem));
    }

    private void failed(int which, Problem problem) {
        if (which == attempt) {
            flush();
            show(false, Tone.BAD, t("Not run to its end"));
            refusal.show(problem);
        }
    }

    /** Lines come faster than a page can take them one by one; the oldest are dropped when nobody takes them. */
    private void take(UI ui, HostReply.Line line) {
        boolean first;
        synchronized (waiting) {
            first = waiting.isEmpty();
            if (waiting.size() == LogView.CAPACITY) {
                waiting.removeFirst();
            }
            waiting.addLast(line);
        }
        if (first) {
            Background.enter(ui, this, () -> background.after(this, TOGETHER, this::flush));
        }
    }

    private void flush() {
        List<HostReply.Line> batch;
        synchronized (waiting) {
            batch = new ArrayList<>(waiting);
            waiting.clear();
        }
        if (!batch.isEmpty()) {
            output.append(batch);
        }
    }

    private void end() {
        if (running != null) {
            attempt++;
            running.close();
            running = null;
            show(false, Tone.WARN, t("Stopped"));
        }
    }

    private void show(boolean busy, Tone tone, String words) {
        if (!busy) {
            running = null;
        }
        state.setVisible(true);
        state.show(tone, words);
        run.setVisible(!busy);
        stop.setVisible(busy);
        command.setReadOnly(busy);
    }
}
