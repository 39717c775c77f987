package dev.croft.ui.metrics;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ComponentEvent;
import com.vaadin.flow.component.ComponentEventListener;
import com.vaadin.flow.component.DomEvent;
import com.vaadin.flow.component.EventData;
import com.vaadin.flow.component.HasStyle;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.component.dependency.NpmPackage;
import com.vaadin.flow.internal.JacksonUtils;
import com.vaadin.flow.shared.Registration;
import dev.croft.telemetry.Telemetry.Reading;
import dev.croft.telemetry.Telemetry.Value;
import dev.croft.telemetry.Telemetry.Window;
import dev.croft.ui.support.Tone;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The charts of a page, drawn by the browser. The server keeps no values: a page that comes back asks anew.
 *
 * <p>Chart.js draws lines on a canvas and nothing else: 60 times smaller than what draws every kind of chart, without anything that is
 * fetched from elsewhere. Its zoom plugin (of the same people) adds wheel, pinch and drag. An adapter for dates is not needed
 * (metrics.ts says why).
 */
@Tag("croft-metrics")
@NpmPackage(value = "chart.js", version = "4.6.1")
@NpmPackage(value = "chartjs-plugin-zoom", version = "2.2.0")
@JsModule("./croft/metrics.ts")
final class Charts extends Component implements HasStyle {

    /** From here on a step is a mean of many seconds, whose least and most are worth showing. */
    private static final Duration SPREAD = Duration.ofMinutes(1);

    /** @param label of whom the charts are, for files and screen readers */
    Charts(String label) {
        getElement().setProperty("label", label);
        setId("metrics");
    }

    void label(String label) {
        getElement().setProperty("label", label);
    }

    /** What happened, as a mark in each chart. */
    record Mark(String id, Instant at, String label, Tone tone) {}

    /** @param live whether readings move it on */
    void present(Window window, List<ChartPlan> plans, boolean live) {
        boolean spread = window.step().compareTo(SPREAD) >= 0;
        ObjectNode data = JacksonUtils.createObjectNode();
        data.put("from", window.from().toEpochMilli());
        data.put("step", window.step().toMillis());
        int count = window.series().stream()
                .mapToInt(series -> series.values().size())
                .max()
                .orElse(0);
        data.put("count", count);
        ArrayNode charts = data.putArray("charts");
        for (ChartPlan plan : plans) {
            List<ChartPlan.Shown> shown = plan.of(window.series()).toList();
            String why = plan.why(window.gaps());
            if (shown.isEmpty() && why.isEmpty() && !plan.id().equals("cpu")) {
                // There is none of it: no sensor, no second disk.
                continue;
            }
            ObjectNode chart = charts.addObject();
            chart.put("id", plan.id());
            chart.put("title", plan.titleText());
            chart.put("measure", plan.measure().wireName());
            chart.put("gap", why);
            ArrayNode all = chart.putArray("series");
            for (ChartPlan.Shown each : shown) {
                ObjectNode series = all.addObject();
                series.put("key", each.key());
                series.put("label", each.label());
                put(series.putArray("values"), each.series().values());
                if (spread) {
                    put(series.putArray("least"), each.series().least());
                    put(series.putArray("most"), each.series().most());
                }
            }
        }
        getElement().callJsFunction("present", data, live);
    }

    private static void put(ArrayNode array, List<@Nullable Double> values) {
        for (Double value : values) {
            if (value == null) {
                array.addNull();
            } else {
                // As exact as it is kept, in half as many characters.
                array.add(value.floatValue());
            }
        }
    }

    void reading(Reading reading) {
        ObjectNode values = JacksonUtils.createObjectNode();
        for (Value value : reading.values()) {
            values.put(ChartPlan.key(value.metric(), value.of()), (float) value.value());
        }
        getElement().callJsFunction("reading", reading.at().toEpochMilli(), values);
    }

    void mark(List<Mark> marks) {
        ArrayNode all = JacksonUtils.createArrayNode();
        for (Mark mark : marks) {
            ObjectNode each = all.addObject();
            each.put("id", mark.id());
            each.put("at", mark.at().toEpochMilli());
            each.put("label", mark.label());
            each.put(
                    "tone",
                    switch (mark.tone()) {
                        case OK -> "ok";
                        case BAD, WARN -> "bad";
                        case BUSY -> "busy";
                        case IDLE -> "idle";
                    });
        }
        getElement().callJsFunction("mark", all);
    }

    Registration addWantedListener(ComponentEventListener<WindowWanted> listener) {
        return addListener(WindowWanted.class, listener);
    }

    /** The reader wants to see another time. */
    @DomEvent("window-wanted")
    public static final class WindowWanted extends ComponentEvent<Charts> {

        private final double seconds;
        private final double to;
        private final boolean live;

        public WindowWanted(
                Charts source,
                boolean fromClient,
                @EventData("event.detail.seconds") double seconds,
                @EventData("event.detail.to") double to,
                @EventData("event.detail.live") boolean live) {
            super(source, fromClient);
            this.seconds = seconds;
            this.to = to;
            this.live = live;
        }

        /** How much time, from half a minute to 366 days, whatever the browser says. */
        Duration span() {
            return Duration.ofSeconds((long) Math.clamp(seconds, 30, 366.0 * 86_400));
        }

        /** When it ends; null: now, and moving on. */
        @Nullable
        Instant to() {
            return live ? null : Instant.ofEpochSecond((long) Math.clamp(to, 0, 4e9));
        }
    }
}
