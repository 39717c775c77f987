package dev.croft.api.internal;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.telemetry.Metric;
import dev.croft.telemetry.Telemetry;
import dev.croft.telemetry.Telemetry.Query;
import dev.croft.telemetry.Telemetry.Reading;
import dev.croft.telemetry.Telemetry.Window;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** /hosts/{host}/metrics: what a box, its units and its apps use, now and up to a year back. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class MetricsResource {

    private final Telemetry telemetry;
    private final Views views;
    private final EventStreams streams;

    MetricsResource(Telemetry telemetry, Views views, EventStreams streams) {
        this.telemetry = telemetry;
        this.views = views;
        this.streams = streams;
    }

    /**
     * @param values one for each step from {@code from}; null: not measured
     * @param least with {@code spread} only
     * @param most likewise
     */
    record SeriesView(
            String metric,
            @Nullable String of,
            String measure,
            List<@Nullable Double> values,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<@Nullable Double> least,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<@Nullable Double> most) {}

    /**
     * The history of all boxes: bytes.
     *
     * @param limit the most that it takes
     * @param taken what it takes now
     * @param notes what is to be told of it
     */
    record HistoryView(long limit, long taken, int series, List<String> notes) {}

    /** @param step seconds */
    record MetricsView(
            Instant from,
            long step,
            List<SeriesView> series,
            List<String> units,
            Map<String, String> gaps,
            int cut,
            @Nullable Instant measuredAt,
            @Nullable Problem problem,
            HistoryView history) {}

    record ValueView(String metric, @Nullable String of, double value) {}

    /** @param skipped how many measurements before it were not sent, because the reader was slow */
    record ReadingView(Instant at, List<ValueView> values, int skipped) {}

    /** Of the whole box, or of a unit of it. {@code step} in seconds; {@code series} names of metrics, all when there are none. */
    @GetMapping("/metrics")
    MetricsView ofBox(
            @PathVariable String host,
            @RequestParam(required = false) @Nullable String unit,
            @RequestParam(required = false) @Nullable List<String> series,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(required = false) @Nullable Integer step,
            @RequestParam(defaultValue = "false") boolean spread) {
        return view(
                telemetry.window(new HostName(host), null, new Query(unit, from, to, seconds(step), metrics(series))),
                spread);
    }

    /** Of an app's service. */
    @GetMapping("/apps/{app}/metrics")
    MetricsView ofApp(
            @PathVariable String host,
            @PathVariable String app,
            @RequestParam(required = false) @Nullable List<String> series,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(required = false) @Nullable Integer step,
            @RequestParam(defaultValue = "false") boolean spread) {
        return view(
                telemetry.window(
                        new HostName(host),
                        new AppName(app),
                        new Query(null, from, to, seconds(step), metrics(series))),
                spread);
    }

    /** Events "reading" as the box is measured; "problem" while it cannot be. Whoever reads slowly misses some, and is told how many. */
    @GetMapping("/metrics/stream")
    SseEmitter followBox(
            HttpServletRequest request,
            @PathVariable String host,
            @RequestParam(required = false) @Nullable String unit,
            @RequestParam(required = false) @Nullable List<String> series) {
        return follow(request, new HostName(host), null, unit, metrics(series));
    }

    @GetMapping("/apps/{app}/metrics/stream")
    SseEmitter followApp(
            HttpServletRequest request,
            @PathVariable String host,
            @PathVariable String app,
            @RequestParam(required = false) @Nullable List<String> series) {
        return follow(request, new HostName(host), new AppName(app), null, metrics(series));
    }

    private SseEmitter follow(
            HttpServletRequest request, HostName host, @Nullable AppName app, @Nullable String unit, Set<Metric> only) {
        EventStream stream = streams.open(request);
        return stream.from(telemetry.follow(host, app, unit, reading -> send(stream, reading, only)))
                .emitter();
    }

    private void send(EventStream stream, Reading reading, Set<Metric> only) {
        Problem problem = reading.problem();
        if (problem != null) {
            stream.send("problem", null, Objects.requireNonNull(views.problem(problem)));
            return;
        }
        List<ValueView> values = reading.values().stream()
                .filter(value -> only.isEmpty() || only.contains(value.metric()))
                .map(value -> new ValueView(value.metric().wireName(), value.of(), value.value()))
                .toList();
        stream.send("reading", reading.at().toString(), new ReadingView(reading.at(), values, reading.skipped()));
    }

    private static @Nullable Duration seconds(@Nullable Integer step) {
        return step == null ? null : Duration.ofSeconds(step);
    }

    private static Set<Metric> metrics(@Nullable List<String> names) {
        Set<Metric> found = EnumSet.noneOf(Metric.class);
        for (String name : names == null ? List.<String>of() : names) {
            found.add(Metric.named(name)
                    .orElseThrow(() -> Problem.of(
                                    ProblemCode.INVALID_INPUT,
                                    "Nothing was read.",
                                    "series: nothing that is measured is called \"" + name + "\".",
                                    "Leave it out to see what there is, then name some of those.")
                            .toException()));
        }
        return found;
    }

    private static MetricsView view(Window window, boolean spread) {
        return new MetricsView(
                window.from(),
                window.step().toSeconds(),
                window.series().stream()
                        .map(series -> new SeriesView(
                                series.metric().wireName(),
                                series.of(),
                                series.metric().measure().wireName(),
                                series.values(),
                                spread ? series.least() : null,
                                spread ? series.most() : null))
                        .toList(),
                window.units(),
                window.gaps(),
                window.cut(),
                window.measuredAt(),
                window.problem(),
                new HistoryView(
                        window.kept().limit().toBytes(),
                        window.kept().taken().toBytes(),
                        window.kept().series(),
                        window.kept().notes().stream().map(Phrase::english).toList()));
    }
}
