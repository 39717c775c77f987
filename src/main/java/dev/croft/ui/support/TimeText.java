package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A time in the reader's own time zone that keeps itself up to date in the browser. */
@Tag("croft-time")
@JsModule("./croft/time-text.ts")
public final class TimeText extends Component {

    private TimeText(String mode, @Nullable Instant at, @Nullable Instant until) {
        getElement().setAttribute("mode", mode);
        if (at != null) {
            getElement().setAttribute("at", at.toString());
        }
        if (until != null) {
            getElement().setAttribute("until", until.toString());
        }
    }

    /** "3 minutes ago". */
    public static TimeText ago(@Nullable Instant at) {
        return new TimeText("ago", at, null);
    }

    /** "42 s", counting while there is no end. */
    public static TimeText elapsed(@Nullable Instant at, @Nullable Instant until) {
        return new TimeText("elapsed", at, until);
    }

    /** "21 Nov 2026, 04:30". */
    public static TimeText clock(@Nullable Instant at) {
        return new TimeText("clock", at, null);
    }

    /** "0:42", counting down to then. */
    public static TimeText left(Instant until) {
        return new TimeText("left", until, null);
    }

    /** "about 20 s left", counting down to when it should be over; then "longer than usual". */
    public static TimeText estimate(Instant end) {
        return new TimeText("estimate", end, null);
    }
}
