package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.server.streams.DownloadHandler;
import com.vaadin.flow.server.streams.DownloadResponse;
import com.vaadin.flow.shared.Registration;
import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.LogView;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The app's journal as it is written. */
final class LogsTab extends Div implements AppTab {

    private static final int AT_FIRST = 500;
    private static final int MOST = 10_000;
    private static final Duration BEFORE_NEXT_TRY = Duration.ofSeconds(3);

    private final HostName host;
    private final AppName app;
    private final Apps apps;
    private final Background background;
    private final PushBridge bridge;
    private final LogView log =
            new LogView(t("Journal of the app"), t("No lines yet. They appear here as the app writes them."));
    private final StatusText state = new StatusText();
    private final Button pause = new Button();
    private final TextField text = new TextField();
    private final Select<Urgency> urgency = new Select<>();
    private final Span lost = new Span();

    private @Nullable String cursor;
    private @Nullable Registration following;
    private boolean paused;
    private long dropped;

    LogsTab(HostName host, AppName app, Apps apps, Background background, PushBridge bridge) {
        this.host = host;
        this.app = app;
        this.apps = apps;
        this.background = background;
        this.bridge = bridge;
        addClassName("croft-logs");

        text.setId("log-filter");
        text.setPlaceholder(t("Filter lines"));
        text.setAriaLabel(t("Show only lines that contain this text"));
        text.setPrefixComponent(Icons.of("search"));
        text.setClearButtonVisible(true);
        text.setValueChangeMode(ValueChangeMode.LAZY);
        text.addValueChangeListener(change -> filter());
        urgency.setId("log-priority");
        urgency.setAriaLabel(t("Show only lines at least this urgent"));
        urgency.setItems(Urgency.values());
        urgency.setItemLabelGenerator(each -> marked(each.label));
        urgency.setValue(Urgency.ALL);
        urgency.addValueChangeListener(change -> filter());
        pause.setId("log-pause");
        pause.addClickListener(click -> pause(!paused));
        var download = new Anchor(DownloadHandler.fromInputStream(event -> file()), "");
        download.add(Icons.of("download"), new Span(t("Download")));
        download.addClassName("croft-button-link");
        download.setId("log-download");
        state.getElement().setAttribute("role", "status");
        lost.addClassName("croft-seen");
        var spring = new Span();
        spring.addClassName("croft-spring");
        var bar = new Div(text, urgency, spring, state, lost, pause, download);
        bar.addClassName("croft-filters");
        log.setId("logs");
        log.addClassName("croft-log-page");
        add(bar, log);
        showState();
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        // the browser's copy is gone after a detach: start over from the last lines
        cursor = null;
        log.clear();
        follow();
    }

    private void follow() {
        if (following != null) {
            following.remove();
        }
        var ui = com.vaadin.flow.component.UI.getCurrent();
        following = bridge.<HostReply.Line>lists(
                this,
                LogView.CAPACITY,
                listener -> apps.followLogs(
                        host,
                        app,
                        cursor,
                        AT_FIRST,
                        listener,
                        problem -> Background.enter(ui, this, () -> interrupted(problem))),
                this::take,
                this::notOpened);
        showState();
    }

    private void take(PushBridge.Batch<HostReply.Line> batch) {
        cursor = batch.values().getLast().cursor();
        dropped += batch.dropped();
        log.append(batch.values());
        lost.setText(dropped == 0 ? "" : t("{0, plural, one {# line} other {# lines}} came too fast to show", dropped));
        showState();
    }

    /** The delivery tries again by itself and goes on after the last line it had; until then the page says why it is quiet. */
    private void interrupted(Problem problem) {
        if (!paused) {
            state.show(Tone.WARN, problem.what());
            state.setTitle(problem.why() + " " + problem.next());
        }
    }

    private void notOpened(Problem problem) {
        interrupted(problem);
        background.after(this, BEFORE_NEXT_TRY, () -> {
            if (!paused) {
                follow();
            }
        });
    }

    /** Paused, nothing travels; going on starts after the last line that was shown. */
    private void pause(boolean stop) {
        paused = stop;
        if (stop) {
            if (following != null) {
                following.remove();
            }
        } else {
            log.follow(true);
            follow();
        }
        showState();
    }

    private void showState() {
        state.show(paused ? Tone.IDLE : Tone.OK, paused ? t("Paused") : t("Live"));
        state.setTitle("");
        pause.setText(paused ? t("Go on") : t("Pause"));
        pause.setIcon(Icons.of(paused ? "play" : "pause"));
    }

    private void filter() {
        log.showOnly(text.getValue().strip(), urgency.getValue().lowest);
    }

    private DownloadResponse file() {
        var content = new StringBuilder();
        List<HostReply.Line> lines = apps.logs(host, app, null, MOST);
        for (HostReply.Line line : lines) {
            content.append(line.time()).append(' ').append(line.text()).append('\n');
        }
        byte[] bytes = content.toString().getBytes(StandardCharsets.UTF_8);
        return new DownloadResponse(
                new ByteArrayInputStream(bytes), app + ".log", "text/plain;charset=utf-8", bytes.length);
    }

    @Override
    public void show(App now) {
        // the journal speaks for itself
    }

    private enum Urgency {
        ALL(mark("All lines"), 7),
        INFO(mark("Without debug"), 6),
        WARNING(mark("Warnings and errors"), 4),
        ERROR(mark("Errors"), 3);

        private final String label;
        private final int lowest;

        Urgency(String label, int lowest) {
            this.label = label;
            this.lowest = lowest;
        }
    }
}
