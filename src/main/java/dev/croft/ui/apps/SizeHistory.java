package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.SizeOn;
import dev.croft.hostlink.HostCommand.VolumeState;
import dev.croft.ui.support.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How large a volume was day by day, as small bars and in words. */
final class SizeHistory extends Div {

    /** As many as can be told apart in a table's cell; of more days in one bar the last counts. */
    private static final int MOST_BARS = 60;

    SizeHistory(VolumeState volume) {
        addClassName("croft-size-history");
        List<SizeOn> days = thinned(volume.history());
        long most = Math.max(
                1, volume.history().stream().mapToLong(SizeOn::bytes).max().orElse(1));
        var bars = new Div();
        bars.addClassName("croft-size-bars");
        bars.getElement().setAttribute("aria-hidden", "true");
        days.forEach(day -> bars.add(bar(day, most)));
        var words = new Span(words(volume));
        words.addClassName("croft-hint");
        add(bars, words);
    }

    private static Span bar(SizeOn day, long most) {
        var bar = new Span();
        bar.getElement().setAttribute("title", day.date() + ": " + Words.bytes(day.bytes()));
        bar.getStyle().set("--croft-share", String.format(Locale.ROOT, "%.1f%%", 100.0 * day.bytes() / most));
        return bar;
    }

    private static List<SizeOn> thinned(List<SizeOn> days) {
        if (days.size() <= MOST_BARS) {
            return days;
        }
        List<SizeOn> kept = new ArrayList<>();
        for (int bar = 1; bar <= MOST_BARS; bar++) {
            kept.add(days.get(bar * days.size() / MOST_BARS - 1));
        }
        return kept;
    }

    private static String words(VolumeState volume) {
        SizeOn first = volume.history().getFirst();
        long grown = volume.bytes() - first.bytes();
        if (grown == 0) {
            return t("as large as on {0}", first.date());
        }
        return grown > 0
                ? t("{0} more than on {1}", Words.bytes(grown), first.date())
                : t("{0} less than on {1}", Words.bytes(-grown), first.date());
    }
}
