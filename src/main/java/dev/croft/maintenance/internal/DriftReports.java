package dev.croft.maintenance.internal;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.FindDrift;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** What boxes said of where they drift. A question with an evaluation takes minutes and must not hold up those without. */
@Component
class DriftReports {

    private final HostLink link;
    private final DriftTable table;
    private final Clock clock;
    private final Map<HostName, Kept<DriftReport>> looked = new ConcurrentHashMap<>();
    private final Map<HostName, Kept<DriftReport>> evaluated = new ConcurrentHashMap<>();

    DriftReports(HostLink link, DriftTable table, Clock clock) {
        this.link = link;
        this.table = table;
        this.clock = clock;
    }

    DriftReport look(Host host, Duration fresh) {
        return of(looked, host.name()).get(fresh, () -> {
            DriftReport report = link.call(host.endpoint(), new FindDrift(false));
            table.keep(host.name(), report, null);
            return report;
        });
    }

    DriftReport evaluate(Host host, Duration fresh) {
        return of(evaluated, host.name()).get(fresh, () -> {
            DriftReport report = link.call(host.endpoint(), new FindDrift(true));
            table.keep(host.name(), report, clock.instant());
            return report;
        });
    }

    Optional<DriftReport> last(HostName host) {
        return table.last(host);
    }

    Optional<Instant> evaluatedAt(HostName host) {
        return table.evaluatedAt(host);
    }

    void outdate(HostName host) {
        of(looked, host).outdate();
        of(evaluated, host).outdate();
    }

    private Kept<DriftReport> of(Map<HostName, Kept<DriftReport>> reports, HostName host) {
        return reports.computeIfAbsent(host, unused -> new Kept<>(clock));
    }
}
