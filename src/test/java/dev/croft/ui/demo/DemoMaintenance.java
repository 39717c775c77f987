package dev.croft.ui.demo;

import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.DiskItem;
import dev.croft.hostlink.HostCommand.DiskPart;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.FileSystem;
import dev.croft.hostlink.HostCommand.FullVolume;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.hostlink.HostCommand.GarbagePolicy;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.MajorChange;
import dev.croft.hostlink.HostCommand.NameChanges;
import dev.croft.hostlink.HostCommand.PackageChange;
import dev.croft.hostlink.HostCommand.PlannedGeneration;
import dev.croft.hostlink.HostCommand.PlannedSnapshot;
import dev.croft.hostlink.HostCommand.PortChanges;
import dev.croft.hostlink.HostCommand.Ports;
import dev.croft.hostlink.HostCommand.Pressure;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostCommand.StateTexts;
import dev.croft.hostlink.HostCommand.UnitFiles;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.maintenance.Disks;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Generations and disks of the box in memory. */
public class DemoMaintenance implements Generations, Disks {

    private static final long GB = 1_000_000_000L;
    private static final GarbagePolicy POLICY = new GarbagePolicy(true, 2, 2 * GB);

    private final DemoWorld world;
    private final DesiredStates desired;

    private long free = 31 * GB;
    private int plans;
    private List<FullVolume> full = List.of();

    DemoMaintenance(DemoWorld world, DesiredStates desired) {
        this.world = world;
        this.desired = desired;
    }

    // ---- what seldom happens

    public synchronized void freeBytes(long bytes) {
        free = bytes;
    }

    public synchronized void full(FullVolume... volumes) {
        full = List.of(volumes);
    }

    public synchronized void restart() {
        free = 31 * GB;
        plans = 0;
        full = List.of();
    }

    /** The next plan has another digest than those before: what they named is not what would go now. */
    public synchronized void outdatePlans() {
        plans++;
    }

    // ---- generations

    @Override
    public List<Generation> list(HostName host) {
        world.requireReachable();
        return world.generations();
    }

    @Override
    public Comparison compare(HostName host, @Nullable Integer from, int to) {
        world.requireReachable();
        int first = from == null ? world.currentGeneration() : from;
        var before = world.kept(first);
        var after = world.kept(to);
        var packages = new ArrayList<PackageChange>();
        var added = new ArrayList<String>();
        var removed = new ArrayList<String>();
        var changed = new ArrayList<String>();
        var opened = new ArrayList<Ports>();
        var closed = new ArrayList<Ports>();
        for (var entry : union(before, after).entrySet()) {
            AppName app = entry.getKey();
            String unit = "croft-app-" + app + ".service";
            AppSpec was = before.get(app);
            AppSpec is = after.get(app);
            if (was == null && is != null) {
                packages.add(new PackageChange("croft-app-" + app, List.of(), List.of("2026.11.20"), 3_100_000));
                added.add(unit);
                opened.addAll(ports(is));
            } else if (is == null && was != null) {
                packages.add(new PackageChange("croft-app-" + app, List.of("2026.11.20"), List.of(), -3_100_000));
                removed.add(unit);
                closed.addAll(ports(was));
            } else if (was != null && !was.equals(is)) {
                packages.add(
                        new PackageChange("croft-app-" + app, List.of("2026.11.18"), List.of("2026.11.20"), 180_000));
                changed.add(unit);
            }
        }
        if (Math.min(first, to) == 1 && first != to) {
            long sign = to > first ? 1 : -1;
            packages.add(new PackageChange(
                    "nginx",
                    sign > 0 ? List.of("1.28.0") : List.of("1.28.1"),
                    sign > 0 ? List.of("1.28.1") : List.of("1.28.0"),
                    sign * 41_000));
            packages.add(new PackageChange("openssl", List.of("3.5.4"), List.of("3.5.4"), 0));
            changed.add("nginx.service");
        }
        long bytes = packages.stream().mapToLong(PackageChange::bytes).sum();
        return new Comparison(
                from,
                to,
                packages,
                bytes,
                new UnitFiles(added, removed, changed),
                new PortChanges(opened, closed),
                new NameChanges(List.of(), List.of(), List.of()),
                // The first one ran an older PostgreSQL.
                first == 1 ? new MajorChange(15, 17) : to == 1 ? new MajorChange(17, 15) : null,
                null,
                new StateTexts(text(before), text(after)));
    }

    private static Map<AppName, AppSpec> union(Map<AppName, AppSpec> one, Map<AppName, AppSpec> other) {
        var all = new TreeMap<>(one);
        all.putAll(other);
        return all;
    }

    private static List<Ports> ports(AppSpec spec) {
        Integer port = spec.run().port();
        return port == null || !spec.domains().isEmpty() ? List.of() : List.of(new Ports("tcp", port, port));
    }

    private String text(Map<AppName, AppSpec> apps) {
        return desired.render(new HostState(1, desired.draft(DemoWorld.BOX).host(), new TreeMap<>(apps)))
                .text();
    }

    @Override
    public Generation mark(HostName host, int generation, @Nullable Boolean pinned, @Nullable String label) {
        world.requireReachable();
        return world.mark(generation, pinned, label);
    }

    @Override
    public List<Snapshot> snapshots(HostName host, @Nullable AppName app) {
        world.requireReachable();
        return world.snapshots().stream()
                .filter(each -> app == null || each.app().equals(app))
                .sorted(Comparator.comparing(Snapshot::takenAt).reversed())
                .toList();
    }

    // ---- disks

    @Override
    public synchronized DiskReport report(HostName host) {
        world.requireReachable();
        long whole = 64 * GB;
        long store = 21_400_000_000L;
        long data = 4_310_000_000L;
        long snapshots = 1_240_000_000L;
        long logs = 812_000_000L;
        long used = Math.max(0, whole - free - store - data - snapshots - logs);
        return new DiskReport(
                world.now(),
                List.of(
                        new FileSystem("/", "ext4", whole, free),
                        new FileSystem("/boot", "vfat", 512_000_000L, 361_000_000L)),
                List.of(
                        new DiskPart(
                                "store",
                                "/",
                                store,
                                List.of(
                                        new DiskItem("linux", 2_900_000_000L),
                                        new DiskItem("linux-firmware", 1_400_000_000L),
                                        new DiskItem("python3", 612_000_000L),
                                        new DiskItem("nodejs", 498_000_000L),
                                        new DiskItem("nginx", 31_000_000L)),
                                true),
                        new DiskPart(
                                "data",
                                "/",
                                data,
                                List.of(
                                        new DiskItem("bookmarks", 3_900_000_000L),
                                        new DiskItem("weather", 402_000_000L),
                                        new DiskItem("blog", 8_000_000L)),
                                false),
                        new DiskPart(
                                "snapshots",
                                "/",
                                snapshots,
                                List.of(
                                        new DiskItem("bookmarks", 1_180_000_000L),
                                        new DiskItem("weather", 60_000_000L)),
                                true),
                        new DiskPart("logs", "/", logs, List.of(new DiskItem("journal", 808_000_000L)), true),
                        new DiskPart("other", "/", used, List.of(), true),
                        new DiskPart(
                                "boot",
                                "/boot",
                                151_000_000L,
                                List.of(new DiskItem("EFI", 1_000_000L), new DiskItem("kernels", 150_000_000L)),
                                true)),
                pressure(),
                POLICY,
                full);
    }

    private Pressure pressure() {
        long least = POLICY.minFree();
        String has = "The Nix store's disk has " + free / (GB / 10) / 10.0 + " GB free";
        return free < least
                ? new Pressure("refuse", has + "; below 2.0 GB deploys are refused.")
                : free < 2 * least
                        ? new Pressure("collect", has + "; below 4.0 GB garbage is collected.")
                        : free < 3 * least
                                ? new Pressure(
                                        "warn",
                                        has
                                                + "; below 4.0 GB garbage will be collected, below 2.0 GB deploys are refused.")
                                : new Pressure("ok", has + ".");
    }

    @Override
    public Optional<DiskReport> lastReport(HostName host) {
        return Optional.of(report(host));
    }

    @Override
    public synchronized GarbagePlan plan(
            HostName host, List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        world.requireReachable();
        List<Generation> all = world.generations();
        var rows = new ArrayList<PlannedGeneration>();
        long bytes = 612_345_678L;
        for (int i = 0; i < all.size(); i++) {
            Generation each = all.get(i);
            boolean chosen = deleteGenerations.contains(each.number());
            String stays = each.pinned()
                    ? "pinned"
                    : each.current()
                            ? "running"
                            : each.bootDefault() ? "boot default" : each.booted() ? "booted" : null;
            boolean byPolicy = deleteGenerations.isEmpty() && keepGenerations == null;
            if (stays != null) {
                rows.add(new PlannedGeneration(each.number(), true, stays, null));
            } else if (chosen || (byPolicy && i >= POLICY.keepGenerations())) {
                rows.add(new PlannedGeneration(
                        each.number(), false, chosen ? "chosen" : "older than the newest 2", 311_000_000L));
                bytes += 311_000_000L;
            } else {
                rows.add(new PlannedGeneration(
                        each.number(), true, byPolicy ? "one of the newest 2" : "not chosen", 311_000_000L));
            }
        }
        List<PlannedSnapshot> snapshots = world.snapshots().isEmpty()
                ? List.of()
                : List.of(new PlannedSnapshot(
                        world.snapshots().getFirst().app(),
                        world.snapshots().getFirst().id(),
                        60_000_000L));
        return new GarbagePlan(
                "d" + plans,
                rows,
                snapshots,
                1_284,
                bytes + snapshots.stream().mapToLong(PlannedSnapshot::bytes).sum());
    }

    @Override
    public synchronized Operation collect(
            HostName host, String digest, List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        world.requireReachable();
        if (!digest.equals("d" + plans)) {
            throw Problem.of(
                            ProblemCode.PLAN_OUTDATED,
                            "Nothing was collected.",
                            "What could be deleted is not what the plan showed: something was built, deleted or started since.",
                            "Make a new plan.")
                    .toException();
        }
        GarbagePlan plan = plan(host, deleteGenerations, keepGenerations);
        return world.start(
                Operation.Kind.GC,
                null,
                "Collect garbage",
                DemoOperations.who(),
                new DemoWorld.Work(() -> done(plan), false, 60, () -> Map.of("bytes", plan.bytes()), null));
    }

    private synchronized void done(GarbagePlan plan) {
        free += plan.bytes();
        plans++;
        world.forget(plan.generations().stream()
                .filter(each -> !each.keep())
                .map(PlannedGeneration::number)
                .toList());
    }

    static Snapshot snapshot(AppName app, OperationId id, Instant takenAt, int generation, @Nullable String rev) {
        return new Snapshot(
                app,
                id.value(),
                id,
                takenAt.minus(Duration.ofSeconds(5)),
                generation,
                rev,
                12_400_000L,
                214,
                "reflink");
    }
}
