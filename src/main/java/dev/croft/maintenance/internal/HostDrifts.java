package dev.croft.maintenance.internal;

import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Drifts;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Drift as the boxes report it. */
@Service
class HostDrifts implements Drifts {

    private final Hosts hosts;
    private final Operations operations;
    private final DriftReports reports;
    private final MaintenanceProperties properties;

    HostDrifts(Hosts hosts, Operations operations, DriftReports reports, MaintenanceProperties properties) {
        this.hosts = hosts;
        this.operations = operations;
        this.reports = reports;
        this.properties = properties;
    }

    @Override
    public DriftReport find(HostName name, boolean evaluate) {
        Host host = hosts.get(name);
        return evaluate ? reports.evaluate(host, properties.fresh()) : reports.look(host, properties.fresh());
    }

    @Override
    public Optional<DriftReport> lastReport(HostName host) {
        return reports.last(hosts.get(host).name());
    }

    @Override
    public Operation reconcile(HostName host, DriftedThing what, Reconciliation action) {
        return operations.reconcile(host, what, action);
    }
}
