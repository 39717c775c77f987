package dev.croft.maintenance.internal;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.ReadDisk;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** What boxes said of their disks. Adding up what fills them takes a box a while. */
@Component
class DiskReports {

    private final HostLink link;
    private final Clock clock;
    private final Map<HostName, Kept<DiskReport>> reports = new ConcurrentHashMap<>();

    DiskReports(HostLink link, Clock clock) {
        this.link = link;
        this.clock = clock;
    }

    DiskReport read(Host host, Duration fresh) {
        return of(host.name()).get(fresh, () -> link.call(host.endpoint(), new ReadDisk()));
    }

    Optional<DiskReport> last(HostName host) {
        return of(host).last();
    }

    void outdate(HostName host) {
        of(host).outdate();
    }

    private Kept<DiskReport> of(HostName host) {
        return reports.computeIfAbsent(host, unused -> new Kept<>(clock));
    }
}
