package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.ClientCallable;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ComponentEvent;
import com.vaadin.flow.component.ComponentEventListener;
import com.vaadin.flow.component.DomEvent;
import com.vaadin.flow.component.EventData;
import com.vaadin.flow.component.HasSize;
import com.vaadin.flow.component.HasStyle;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.dom.DisabledUpdateMode;
import com.vaadin.flow.internal.JacksonUtils;
import com.vaadin.flow.shared.Registration;
import dev.croft.hostlink.HostReply;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ArrayNode;

/**
 * Log lines, drawn by the browser. The server keeps none: a page that comes back reads the log again.
 *
 * <p>A browser takes one batch at a time and says so. Until it has, at most {@link #CAPACITY} lines wait here; of what is older the
 * page says how many it does not show. A browser that sleeps for an hour therefore costs what one does that sleeps for a second.
 */
@Tag("croft-log")
@JsModule("./croft/log-view.ts")
public final class LogView extends Component implements HasSize, HasStyle {

    /** What the browser keeps; more than this in one batch would be thrown away there. */
    public static final int CAPACITY = 5_000;

    /** A line longer than this is cut for the page; the download has all of it. */
    private static final int LONGEST = 8_000;

    private final ArrayDeque<HostReply.Line> waiting = new ArrayDeque<>();
    private long notShown;
    private long batches;
    private boolean underWay;

    public LogView(String label, String empty) {
        getElement().setProperty("label", label);
        getElement().setProperty("empty", empty);
        addClassName("croft-log");
    }

    public void append(List<HostReply.Line> lines) {
        append(lines, 0);
    }

    /** @param before how many lines were left out in front of these */
    public void append(List<HostReply.Line> lines, long before) {
        if (before > 0) {
            // What waits is older than the hole: the page has one hole at a time, in front of what it gets next.
            notShown += before + waiting.size();
            waiting.clear();
        }
        for (HostReply.Line line : lines) {
            if (waiting.size() == CAPACITY) {
                waiting.removeFirst();
                notShown++;
            }
            waiting.addLast(line);
        }
        deliver();
    }

    private void deliver() {
        if (underWay || waiting.isEmpty() && notShown == 0) {
            return;
        }
        underWay = true;
        batches++;
        getElement().callJsFunction("addLines", rows(waiting), (double) notShown, (double) batches);
        waiting.clear();
        notShown = 0;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        // What was under way went to a page that is gone.
        underWay = false;
        deliver();
    }

    /** Puts older lines in front, as many as there is room for; the browser keeps {@link #CAPACITY}. */
    public void prepend(List<HostReply.Line> lines) {
        getElement().callJsFunction("addOlder", rows(lines));
    }

    private static ArrayNode rows(Collection<HostReply.Line> lines) {
        ArrayNode batch = JacksonUtils.createArrayNode();
        for (HostReply.Line line : lines) {
            ArrayNode row = batch.addArray();
            row.add(line.time().toEpochMilli());
            row.add(line.priority());
            row.add(line.stream() == null ? "" : line.stream());
            row.add(shortened(line.text()));
            row.add(line.derivation() == null ? "" : line.derivation());
            row.add(line.cursor());
            row.add(line.unit() == null ? "" : line.unit());
        }
        return batch;
    }

    public void clear() {
        waiting.clear();
        notShown = 0;
        getElement().callJsFunction("clearLines");
    }

    /** Shows lines that contain the text and are at least as urgent as the priority (7 shows all). */
    public void showOnly(String text, int lowestPriority) {
        getElement().callJsFunction("showOnly", text, lowestPriority);
    }

    /** Shows what the builder of this derivation said and nothing else; empty: everything. */
    public void showDerivation(String path) {
        getElement().callJsFunction("showDerivation", path);
    }

    /** Makes a text stand out wherever a line has it, in any case of letters; empty: nothing. */
    public void highlight(String text) {
        getElement().callJsFunction("highlight", text);
    }

    /** Whether what is added is what is being written, and not a part of what is over. */
    public void live(boolean on) {
        getElement().setProperty("live", on);
    }

    /** Names the unit in each line. */
    public void showUnits(boolean shown) {
        getElement().setProperty("units", shown);
    }

    /** Lets a line be opened as a page's address with its cursor: {@code ?line=…}. */
    public void linkLines() {
        getElement().setProperty("links", true);
    }

    /** The cursor of the first or the last line that the browser has; nothing is told when it has none. */
    public void edge(boolean first, Consumer<String> then) {
        getElement().callJsFunction("edge", first).then(String.class, cursor -> {
            if (!cursor.isEmpty()) {
                then.accept(cursor);
            }
        });
    }

    /** Marks the line with this cursor and brings it into sight, once it is there. */
    public void mark(String cursor) {
        getElement().callJsFunction("mark", cursor, true);
    }

    /** Brings the line with this cursor into sight, once it is there, and stays with it. */
    public void scrollTo(String cursor) {
        getElement().callJsFunction("mark", cursor, false);
    }

    public void follow(boolean on) {
        getElement().callJsFunction("follow", on);
    }

    public Registration addFollowingListener(ComponentEventListener<FollowingChanged> listener) {
        return addListener(FollowingChanged.class, listener);
    }

    private static String shortened(String text) {
        if (text.length() <= LONGEST) {
            return text;
        }
        return text.substring(0, LONGEST) + " … " + t("({0, number} more characters)", text.length() - LONGEST);
    }

    @ClientCallable(DisabledUpdateMode.ALWAYS)
    private void taken(double number) {
        if (number == batches) {
            underWay = false;
            deliver();
        }
    }

    /** The reader scrolled away from the newest line, or back to it. */
    @DomEvent("following-changed")
    public static final class FollowingChanged extends ComponentEvent<LogView> {

        private final boolean following;

        public FollowingChanged(
                LogView source, boolean fromClient, @EventData("event.detail.following") boolean following) {
            super(source, fromClient);
            this.following = following;
        }

        public boolean isFollowing() {
            return following;
        }
    }
}
