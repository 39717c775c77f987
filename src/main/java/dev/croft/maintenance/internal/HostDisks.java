package dev.croft.maintenance.internal;

import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.hostlink.HostCommand.PlanGarbage;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Disks;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Disks as the boxes report them. */
@Service
class HostDisks implements Disks {

    private static final int GENERATIONS_MOST = 1000;
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private final Hosts hosts;
    private final HostLink link;
    private final Operations operations;
    private final DiskReports reports;
    private final MaintenanceProperties properties;

    HostDisks(
            Hosts hosts, HostLink link, Operations operations, DiskReports reports, MaintenanceProperties properties) {
        this.hosts = hosts;
        this.link = link;
        this.operations = operations;
        this.reports = reports;
        this.properties = properties;
    }

    @Override
    public DiskReport report(HostName host) {
        return reports.read(hosts.get(host), properties.fresh());
    }

    @Override
    public Optional<DiskReport> lastReport(HostName host) {
        return reports.last(hosts.get(host).name());
    }

    @Override
    public GarbagePlan plan(HostName host, List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        requireBounds(deleteGenerations, keepGenerations);
        return link.call(hosts.get(host).endpoint(), new PlanGarbage(deleteGenerations, keepGenerations));
    }

    @Override
    public Operation collect(
            HostName host, String digest, List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        requireBounds(deleteGenerations, keepGenerations);
        Bounds.require(
                DIGEST.matcher(digest).matches(), "Nothing was collected.", "digest: it is that of a plan, 64 digits.");
        return operations.collectGarbage(host, digest, deleteGenerations, keepGenerations);
    }

    private static void requireBounds(List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        String what = "Nothing was collected.";
        Bounds.require(
                keepGenerations == null || (keepGenerations >= 2 && keepGenerations <= 1000),
                what,
                "keepGenerations: it lies between 2 and 1000.");
        Bounds.require(
                deleteGenerations.size() <= GENERATIONS_MOST,
                what,
                "deleteGenerations: there are at most " + GENERATIONS_MOST + ".");
        deleteGenerations.forEach(number -> Bounds.requireGeneration("deleteGenerations", number, what));
    }
}
