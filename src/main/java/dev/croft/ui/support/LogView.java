package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ComponentEvent;
import com.vaadin.flow.component.ComponentEventListener;
import com.vaadin.flow.component.DomEvent;
import com.vaadin.flow.component.EventData;
import com.vaadin.flow.component.HasSize;
import com.vaadin.flow.component.HasStyle;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.internal.JacksonUtils;
import com.vaadin.flow.shared.Registration;
import dev.croft.hostlink.HostReply;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/** Log lines, drawn by the browser. The server keeps none: a page that comes back reads the log again. */
@Tag("croft-log")
@JsModule("./croft/log-view.ts")
public final class LogView extends Component implements HasSize, HasStyle {

    /** What the browser keeps; more than this in one batch would be thrown away there. */
    public static final int CAPACITY = 5_000;

    /** A line longer than this is cut for the page; the download has all of it. */
    private static final int LONGEST = 8_000;

    public LogView(String label, String empty) {
        getElement().setProperty("label", label);
        getElement().setProperty("empty", empty);
        addClassName("croft-log");
    }

    public void append(List<HostReply.Line> lines) {
        ArrayNode batch = JacksonUtils.createArrayNode();
        for (HostReply.Line line : lines) {
            ArrayNode row = batch.addArray();
            row.add(line.time().toEpochMilli());
            row.add(line.priority());
            row.add(line.stream() == null ? "" : line.stream());
            row.add(shortened(line.text()));
            if (line.derivation() != null) {
                row.add(line.derivation());
            }
        }
        getElement().callJsFunction("addLines", batch);
    }

    public void clear() {
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
