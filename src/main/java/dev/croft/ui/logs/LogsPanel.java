package dev.croft.ui.logs;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Input;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.NativeLabel;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.server.streams.DownloadHandler;
import com.vaadin.flow.server.streams.DownloadResponse;
import com.vaadin.flow.shared.Registration;
import dev.croft.apps.Deployment;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.logs.LogQuery;
import dev.croft.logs.Logs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.LogView;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Texts;
import dev.croft.ui.support.Tone;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The journal of an app or of a box. It follows what is written, unless its reader asks for something that is over: a time, a deployment
 * of before, a line with its neighbours. Then it shows a page of it, from which one can go on in both directions.
 */
public final class LogsPanel extends Div {

    private static final int AT_FIRST = 500;
    private static final int NEIGHBOURS = 200;
    private static final int STARTS_OFFERED = 10;
    private static final int UNITS_OFFERED = 200;
    private static final int SEARCH_MOST = 200;
    private static final Duration BEFORE_NEXT_TRY = Duration.ofSeconds(3);

    private final HostName host;
    private final @Nullable AppName app;
    private final Logs logs;
    private final Supplier<List<Deployment>> deployments;
    private final Background background;
    private final PushBridge bridge;

    /** Files are made off the page's thread. */
    private final Locale locale = Texts.locale();

    private final LogView log;
    private final StatusText state = new StatusText();
    private final Button pause = new Button();
    private final Button older = Actions.button("log-older", t("Older lines"), "up", this::older);
    private final Button newer = Actions.button("log-newer", t("Newer lines"), "down", this::newer);
    private final Button live = Actions.button("log-live", t("Go to the newest"), "play", this::live);
    private final TextField text = new TextField();
    private final Checkbox pattern = new Checkbox(t("Pattern"));
    private final Select<Urgency> urgency = new Select<>();
    private final ComboBox<String> unit = new ComboBox<>(t("Unit"));
    private final Select<Integer> boot = new Select<>();
    private final Select<Deployment> deployment = new Select<>();
    private final Input from = time("log-from");
    private final Input until = time("log-until");
    private final Div problem = new Div();
    private final Span note = new Span();
    private final SortedSet<String> units = new TreeSet<>();

    private ZoneId zone = ZoneOffset.UTC;
    private @Nullable Registration following;
    private @Nullable String newest;
    private @Nullable String wanted;
    private boolean paused;
    private boolean settling;
    /** Counts what was asked for: an answer to an older question is not shown. */
    private long asked;

    /**
     * @param app null: the whole box
     * @param deployments newest first; called off the page's thread, and only where there is an app
     */
    public LogsPanel(
            HostName host,
            @Nullable AppName app,
            Logs logs,
            Supplier<List<Deployment>> deployments,
            Background background,
            PushBridge bridge) {
        this.host = host;
        this.app = app;
        this.logs = logs;
        this.deployments = deployments;
        this.background = background;
        this.bridge = bridge;
        addClassName("croft-logs");
        log = app == null
                ? new LogView(t("Journal of the box"), t("No lines yet. They appear here as the box writes them."))
                : new LogView(t("Journal of the app"), t("No lines yet. They appear here as the app writes them."));
        log.setId("logs");
        log.addClassName("croft-log-page");
        log.showUnits(app == null);
        log.linkLines();

        text.setId("log-filter");
        text.setPlaceholder(t("Search"));
        text.setAriaLabel(t("Show only lines that contain this text"));
        text.setPrefixComponent(Icons.of("search"));
        text.setClearButtonVisible(true);
        text.setMaxLength(SEARCH_MOST);
        text.setValueChangeMode(ValueChangeMode.LAZY);
        text.addValueChangeListener(change -> ask());
        pattern.setId("log-pattern");
        pattern.setTooltipText(t("The text is a regular expression (PCRE2)"));
        pattern.addValueChangeListener(change -> {
            if (!text.isEmpty()) {
                ask();
            }
        });
        urgency.setId("log-priority");
        urgency.setAriaLabel(t("Show only lines at least this urgent"));
        urgency.setItems(Urgency.values());
        urgency.setItemLabelGenerator(each -> marked(each.label));
        urgency.setValue(Urgency.ALL);
        urgency.addValueChangeListener(change -> ask());
        pause.setId("log-pause");
        pause.addClickListener(click -> pause(!paused));
        state.setId("log-state");
        state.getElement().setAttribute("role", "status");
        var download = new Anchor(DownloadHandler.fromInputStream(event -> file()), "");
        download.add(Icons.of("download"), new Span(t("Download")));
        download.addClassName("croft-button-link");
        download.setId("log-download");
        String bound = t("The newest {0, number} lines that match, at most", Logs.MOST);
        download.setTitle(bound);
        download.setAriaLabel(t("Download: {0}", bound));
        var spring = new Span();
        spring.addClassName("croft-spring");
        var bar = new Div(text, pattern, urgency, spring, state, live, pause, download);
        bar.addClassName("croft-filters");
        note.setId("log-note");
        note.addClassName("croft-seen");
        note.getElement().setAttribute("role", "status");
        var turning = new Div(older, newer, note);
        turning.addClassName("croft-actions");
        turning.addClassName("croft-log-turning");
        problem.setId("log-problem");
        add(bar, more(), problem, log, turning);
        showState();
    }

    private Component more() {
        unit.setId("log-unit");
        unit.setClearButtonVisible(true);
        unit.setAllowCustomValue(app == null);
        unit.addCustomValueSetListener(typed -> unit.setValue(typed.getDetail().strip()));
        unit.addValueChangeListener(change -> ask());
        boot.setId("log-boot");
        boot.setLabel(t("Boot"));
        boot.setItems(
                IntStream.range(0, STARTS_OFFERED).map(each -> -each).boxed().toList());
        boot.setEmptySelectionAllowed(true);
        boot.setEmptySelectionCaption(t("All"));
        boot.setItemLabelGenerator(each -> each == null
                ? t("All")
                : each == 0
                        ? t("The current one")
                        : t("{0, plural, one {The one before} other {# starts before}}", -each));
        boot.addValueChangeListener(change -> ask());
        deployment.setId("log-deployment");
        deployment.setLabel(t("Deployment"));
        deployment.setEmptySelectionAllowed(true);
        deployment.setEmptySelectionCaption(t("All"));
        deployment.setItemLabelGenerator(each -> each == null ? t("All") : label(each));
        deployment.addValueChangeListener(change -> ask());
        deployment.setVisible(app != null);
        for (Input each : List.of(from, until)) {
            each.addValueChangeListener(change -> ask());
        }
        var fields = new Div(
                unit, boot, deployment, labelled(t("From (your time)"), from), labelled(t("Until (your time)"), until));
        fields.addClassName("croft-filters");
        var details = new NativeDetails(t("More filters"), fields);
        details.addClassName("croft-folded");
        details.setId("log-more");
        return details;
    }

    private static Input time(String id) {
        var input = new Input();
        input.setType("datetime-local");
        input.setId(id);
        input.getElement().setAttribute("step", "1");
        input.setValueChangeMode(ValueChangeMode.ON_CHANGE);
        return input;
    }

    private static Component labelled(String words, Input input) {
        var label = new NativeLabel(words);
        label.setFor(input);
        var field = new Div(label, input);
        field.addClassName("croft-native-field");
        return field;
    }

    private String label(Deployment each) {
        String when = DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
                .withLocale(Texts.locale())
                .format(each.at().atZone(zone));
        String rev = each.rev() == null
                ? ""
                : " · " + each.rev().substring(0, Math.min(7, each.rev().length()));
        return when + rev;
    }

    /** Shows this line and its neighbours instead of the newest ones. May be called before it is attached. */
    public void open(@Nullable String cursor) {
        wanted = cursor;
        if (isAttached()) {
            ask();
        }
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        event.getUI().getPage().retrieveExtendedClientDetails(browser -> zone = zoneOf(browser.getTimeZoneId()));
        if (app != null) {
            background.call(this, deployments, this::offer, why -> {
                // The log is worth having without them.
            });
        }
        ask();
    }

    private static ZoneId zoneOf(@Nullable String named) {
        try {
            return named == null || named.isBlank() ? ZoneOffset.UTC : ZoneId.of(named);
        } catch (DateTimeException unknown) {
            return ZoneOffset.UTC;
        }
    }

    private void offer(List<Deployment> found) {
        settling = true;
        deployment.setItems(found);
        settling = false;
    }

    // ---- what is asked for

    private void ask() {
        if (settling || !isAttached()) {
            return;
        }
        stop();
        asked++;
        newest = null;
        note.setText("");
        problem.removeAll();
        log.clear();
        log.highlight(pattern.getValue() ? "" : text.getValue().strip());
        LogQuery.Filter filter = filter();
        if (wanted != null) {
            String line = wanted;
            // Its neighbours are what stands beside it, whatever is searched for.
            LogQuery query = LogQuery.last(NEIGHBOURS).withColours().around(line);
            show(query, page -> {
                append(page.lines(), 0);
                if (page.found()) {
                    log.mark(line);
                } else {
                    note.setText(t("The journal does not have this line any more. These are the nearest that it has."));
                }
            });
        } else if (filter.until() != null || isOver(deployment.getValue())) {
            show(LogQuery.last(AT_FIRST).matching(filter).withColours(), page -> append(page.lines(), 0));
        } else if (filter.since() != null) {
            show(LogQuery.last(AT_FIRST).matching(filter).withColours().fromTheOldest(), page -> {
                append(page.lines(), 0);
                if (!page.lines().isEmpty()) {
                    log.scrollTo(page.lines().getFirst().cursor());
                }
            });
        } else {
            follow();
        }
        showState();
    }

    private static boolean isOver(@Nullable Deployment chosen) {
        return chosen != null && !chosen.current();
    }

    private LogQuery.Filter filter() {
        Deployment chosen = deployment.getValue();
        boolean ranged = from.getValue().isBlank() && until.getValue().isBlank();
        return new LogQuery.Filter(
                text.getValue().isBlank() ? null : text.getValue().strip(),
                pattern.getValue(),
                urgency.getValue() == Urgency.ALL ? null : urgency.getValue().lowest,
                unit.getValue() == null || unit.getValue().isBlank() ? null : unit.getValue(),
                boot.getValue(),
                moment(from),
                moment(until),
                chosen == null || !ranged ? null : chosen.operation());
    }

    private @Nullable Instant moment(Input field) {
        try {
            return field.getValue().isBlank()
                    ? null
                    : LocalDateTime.parse(field.getValue()).atZone(zone).toInstant();
        } catch (DateTimeException half) {
            return null;
        }
    }

    // ---- a page of what is over

    private void show(LogQuery query, Consumer<Logs.Page> then) {
        long mine = asked;
        background.call(
                this,
                () -> logs.read(host, app, query),
                page -> {
                    if (mine == asked) {
                        note.setText("");
                        then.accept(page);
                        tell(page);
                        showState();
                    }
                },
                why -> {
                    if (mine == asked) {
                        refuse(why);
                    }
                });
    }

    private void tell(Logs.Page page) {
        if (page.lines().isEmpty()) {
            note.setText(t("The journal has no more lines like these."));
        }
        if (!page.complete()) {
            note.setText(
                    t("There is more than one answer can have, or the search took too long. Narrow it by a time."));
        }
    }

    private void refuse(Problem why) {
        problem.removeAll();
        problem.add(new ProblemPanel(why));
        showState();
    }

    /** What stands in front of the first line that the browser has; whoever looks back does not follow. */
    private void older() {
        stop();
        paused = false;
        asked++;
        log.edge(
                true,
                first -> show(paging().before(first), page -> {
                    take(page.lines());
                    log.prepend(page.lines());
                }));
        showState();
    }

    private void newer() {
        log.edge(false, last -> show(paging().after(last), page -> append(page.lines(), 0)));
    }

    private LogQuery paging() {
        LogQuery query = LogQuery.last(AT_FIRST).withColours();
        return wanted == null ? query.matching(filter()) : query;
    }

    private void live() {
        settling = true;
        from.setValue("");
        until.setValue("");
        deployment.clear();
        settling = false;
        paused = false;
        log.follow(true);
        if (wanted == null) {
            ask();
        } else {
            // The address names no line any more, and so the page is told to show none.
            UI ui = UI.getCurrent();
            ui.navigate(ui.getActiveViewLocation().getPath());
        }
    }

    // ---- what is written now

    private void follow() {
        UI ui = UI.getCurrent();
        LogQuery query =
                LogQuery.last(AT_FIRST).matching(filter()).withColours().after(newest);
        long mine = asked;
        following = bridge.<HostReply.Line>lists(
                this,
                LogView.CAPACITY,
                listener -> logs.follow(
                        host,
                        app,
                        query,
                        batch -> listener.accept(batch.lines()),
                        why -> Background.enter(ui, this, () -> interrupted(mine, why))),
                batch -> {
                    if (mine == asked && !paused) {
                        append(batch.values(), batch.dropped());
                        showState();
                    }
                },
                why -> notOpened(mine, why));
    }

    private void append(List<HostReply.Line> lines, long dropped) {
        take(lines);
        if (!lines.isEmpty()) {
            newest = lines.getLast().cursor();
        }
        log.append(lines, dropped);
    }

    private void take(Collection<HostReply.Line> lines) {
        boolean more = false;
        for (HostReply.Line line : lines) {
            if (line.unit() != null && !line.unit().isEmpty() && units.size() < UNITS_OFFERED) {
                more |= units.add(line.unit());
            }
        }
        if (more) {
            offerUnits();
        }
    }

    private void offerUnits() {
        settling = true;
        String chosen = unit.getValue();
        unit.setItems(List.copyOf(units));
        unit.setValue(chosen);
        settling = false;
    }

    /** The delivery tries again by itself and goes on after the last line it had; until then the page says why it is quiet. */
    private void interrupted(long mine, Problem why) {
        if (mine != asked || paused) {
            return;
        }
        if (why.code() == ProblemCode.INVALID_INPUT) {
            stop();
            refuse(why);
            return;
        }
        state.show(Tone.WARN, why.what());
        state.setTitle(why.why() + " " + why.next());
    }

    private void notOpened(long mine, Problem why) {
        interrupted(mine, why);
        if (why.code() != ProblemCode.INVALID_INPUT) {
            background.after(this, BEFORE_NEXT_TRY, () -> {
                if (mine == asked && !paused && wanted == null) {
                    follow();
                }
            });
        }
    }

    private void stop() {
        if (following != null) {
            following.remove();
            following = null;
        }
    }

    /** Paused, nothing travels; going on starts after the last line that was shown. */
    private void pause(boolean stop) {
        paused = stop;
        if (stop) {
            stop();
        } else {
            log.follow(true);
            follow();
        }
        showState();
    }

    private void showState() {
        boolean follows = following != null;
        log.live(follows || paused);
        state.show(follows ? Tone.OK : Tone.IDLE, follows ? t("Live") : paused ? t("Paused") : t("Not following"));
        state.setTitle("");
        pause.setText(paused ? t("Go on") : t("Pause"));
        pause.setIcon(Icons.of(paused ? "play" : "pause"));
        pause.setVisible(follows || paused);
        live.setVisible(!follows && !paused);
        newer.setVisible(!follows && !paused);
    }

    // ---- to keep

    private DownloadResponse file() {
        Logs.Page page = logs.read(host, app, LogQuery.last(Logs.MOST).matching(filter()));
        var content = new StringBuilder();
        if (!page.complete() || page.lines().size() == Logs.MOST) {
            content.append("# ")
                    .append(Texts.in(
                            locale,
                            "The newest {0, number} lines that match. The journal has more, or was not searched to its beginning.",
                            page.lines().size()))
                    .append('\n');
        }
        for (HostReply.Line line : page.lines()) {
            content.append(line.time()).append(' ');
            if (app == null) {
                content.append(Optional.ofNullable(line.unit()).orElse("")).append(' ');
            }
            content.append(line.text()).append('\n');
        }
        byte[] bytes = content.toString().getBytes(StandardCharsets.UTF_8);
        return new DownloadResponse(
                new ByteArrayInputStream(bytes),
                (app == null ? host : app) + ".log",
                "text/plain;charset=utf-8",
                bytes.length);
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
