package dev.croft.api.internal;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.telemetry.Telemetry;
import dev.croft.telemetry.Telemetry.Query;
import dev.croft.telemetry.Telemetry.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** /hosts/{host}/metrics: what a box, its units and its apps use. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class MetricsResource {

    private final Telemetry telemetry;

    MetricsResource(Telemetry telemetry) {
        this.telemetry = telemetry;
    }

    /** @param values one for each step from {@code from}; null: not measured */
    record SeriesView(String metric, @Nullable String of, String measure, List<@Nullable Double> values) {}

    /** @param step seconds */
    record MetricsView(
            Instant from,
            long step,
            List<SeriesView> series,
            List<String> units,
            Map<String, String> gaps,
            int cut,
            @Nullable Instant measuredAt,
            @Nullable Problem problem) {}

    /** Of the whole box, or of a unit of it. {@code step} in seconds. */
    @GetMapping("/metrics")
    MetricsView ofBox(
            @PathVariable String host,
            @RequestParam(required = false) @Nullable String unit,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(required = false) @Nullable Integer step) {
        return view(telemetry.window(new HostName(host), null, new Query(unit, from, to, seconds(step))));
    }

    /** Of an app's service. */
    @GetMapping("/apps/{app}/metrics")
    MetricsView ofApp(
            @PathVariable String host,
            @PathVariable String app,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(required = false) @Nullable Integer step) {
        return view(telemetry.window(new HostName(host), new AppName(app), new Query(null, from, to, seconds(step))));
    }

    private static @Nullable Duration seconds(@Nullable Integer step) {
        return step == null ? null : Duration.ofSeconds(step);
    }

    private static MetricsView view(Window window) {
        return new MetricsView(
                window.from(),
                window.step().toSeconds(),
                window.series().stream()
                        .map(series -> new SeriesView(
                                series.metric().wireName(),
                                series.of(),
                                series.metric().measure().wireName(),
                                series.values()))
                        .toList(),
                window.units(),
                window.gaps(),
                window.cut(),
                window.measuredAt(),
                window.problem());
    }
}
