package dev.croft.ui.demo;

import dev.croft.hostlink.HostCommand.DriftItem;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Drifts;
import dev.croft.operations.Operation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is outside the configuration of the box in memory. */
public class DemoDrifts implements Drifts {

    private static final String RUNNING = "/nix/store/0c5j7x9q2w4m6k8z1y3v5s7d9f2h4b6n-nixos-system-attic-26.05";
    private static final String FOREIGN = "/nix/store/7b2m4k6j8h1g3f5d2s9a7p6r4q3w1z8x-nixos-system-attic-26.05";

    private final DemoWorld world;
    private @Nullable Instant evaluatedAt;
    private List<DriftItem> drift = List.of();

    DemoDrifts(DemoWorld world) {
        this.world = world;
    }

    public synchronized void restart() {
        evaluatedAt = null;
        drift = List.of();
    }

    public synchronized void drifted() {
        drift = List.of(
                new DriftItem(
                        "system:running",
                        "system",
                        "A system runs that Croft did not activate.",
                        FOREIGN,
                        RUNNING,
                        List.of("adopt", "return")),
                new DriftItem(
                        "flake",
                        "flake",
                        "Files of the flake in /var/lib/croft/flake were edited and not committed.",
                        "host/configuration.nix, state.json",
                        "no uncommitted edits",
                        List.of("adopt", "return")),
                new DriftItem(
                        "unit:/etc/systemd/system/backup.service",
                        "unit",
                        "backup.service was changed by hand, for good.",
                        "/etc/systemd/system/backup.service",
                        "only units of the configuration",
                        List.of()),
                new DriftItem(
                        "port:tcp/4000",
                        "port",
                        "Something listens on tcp port 4000, which nobody declared.",
                        "python3 on 0.0.0.0",
                        "a port of an app or of the firewall",
                        List.of()));
    }

    @Override
    public synchronized DriftReport find(HostName host, boolean evaluate) {
        world.requireReachable();
        if (evaluate) {
            evaluatedAt = world.now();
        }
        String running = drift.isEmpty() ? RUNNING : FOREIGN;
        return new DriftReport(
                world.now(),
                running,
                RUNNING,
                evaluatedAt == null ? null : RUNNING,
                evaluatedAt,
                drift.isEmpty(),
                drift);
    }

    @Override
    public Operation reconcile(HostName host, DriftedThing what, Reconciliation action) {
        world.requireReachable();
        return world.start(
                Operation.Kind.RECONCILE,
                null,
                action == Reconciliation.ADOPT ? "Adopt what was found" : "Return to the configuration",
                DemoOperations.who(),
                () -> reconciled(what),
                null);
    }

    private synchronized void reconciled(DriftedThing what) {
        String kind = what == DriftedThing.FLAKE ? "flake" : "system";
        drift = drift.stream().filter(each -> !each.kind().equals(kind)).toList();
    }

    @Override
    public Optional<DriftReport> lastReport(HostName host) {
        return Optional.of(find(host, false));
    }
}
