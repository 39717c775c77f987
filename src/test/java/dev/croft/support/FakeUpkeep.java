package dev.croft.support;

import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.DiskItem;
import dev.croft.hostlink.HostCommand.DiskPart;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.DriftItem;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.FileSystem;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.hostlink.HostCommand.GarbagePolicy;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.PackageChange;
import dev.croft.hostlink.HostCommand.PlannedGeneration;
import dev.croft.hostlink.HostCommand.PortChanges;
import dev.croft.hostlink.HostCommand.Ports;
import dev.croft.hostlink.HostCommand.Pressure;
import dev.croft.hostlink.HostCommand.StateTexts;
import dev.croft.hostlink.HostCommand.UnitFiles;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The part of a {@link FakeBox} that looks after itself: marks of generations, disks, garbage, drift. */
public final class FakeUpkeep {

    public static final String DIGEST = "d".repeat(64);
    public static final String CONFIGURED = "/nix/store/" + "c".repeat(32) + "-nixos-system-attic";

    private static final long GIB = 1L << 30;

    private final Clock clock;
    private final Set<Integer> pinned = ConcurrentHashMap.newKeySet();
    private final Map<Integer, String> labels = new ConcurrentHashMap<>();
    private final List<DriftItem> drift = new CopyOnWriteArrayList<>();
    private volatile String pressure = "ok";
    private volatile @Nullable Problem refusal;
    private volatile @Nullable Instant evaluatedAt;

    FakeUpkeep(Clock clock) {
        this.clock = clock;
    }

    // ---- steering

    /** @param level ok, warn, collect or refuse */
    public void pressure(String level) {
        pressure = level;
    }

    public void drift(DriftItem... items) {
        drift.clear();
        drift.addAll(List.of(items));
    }

    /** What is asked of this part is refused, until it is called with null. */
    public void refuse(@Nullable ProblemCode code) {
        refusal = code == null ? null : Problem.of(code, "It did not work.", "Told to.", "Look at the test.");
    }

    // ---- answers

    Generation marked(Generation generation) {
        return new Generation(
                generation.number(),
                generation.date(),
                generation.current(),
                generation.booted(),
                generation.bootDefault(),
                generation.closure(),
                generation.closureBytes(),
                generation.description(),
                generation.operation(),
                generation.author(),
                generation.revision(),
                pinned.contains(generation.number()),
                labels.get(generation.number()),
                generation.current() ? null : GIB / 8,
                generation.kind());
    }

    Generation mark(HostCommand.Mark mark, List<Generation> generations) {
        requireWilling();
        Generation generation = find(mark.generation(), generations);
        if (mark.pinned() != null) {
            if (mark.pinned()) {
                pinned.add(mark.generation());
            } else {
                pinned.remove(mark.generation());
            }
        }
        if (mark.label() != null) {
            if (mark.label().isEmpty()) {
                labels.remove(mark.generation());
            } else {
                labels.put(mark.generation(), mark.label());
            }
        }
        return marked(generation);
    }

    Comparison compare(HostCommand.Compare compare, List<Generation> generations, Map<Integer, String> states) {
        requireWilling();
        find(compare.to(), generations);
        if (compare.from() != null) {
            find(compare.from(), generations);
        }
        return new Comparison(
                compare.from(),
                compare.to(),
                List.of(new PackageChange("nginx", List.of("1.28.0"), List.of("1.29.1"), 4096)),
                4096,
                new UnitFiles(List.of("croft-app-blog.service"), List.of(), List.of("nginx.service")),
                new PortChanges(List.of(new Ports("tcp", 8080, 8080)), List.of()),
                null,
                null,
                null,
                new StateTexts(compare.from() == null ? null : states.get(compare.from()), states.get(compare.to())));
    }

    private static Generation find(int number, List<Generation> generations) {
        return generations.stream()
                .filter(each -> each.number() == number)
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.GENERATION_NOT_FOUND,
                                "It did not work.",
                                "There is no generation " + number + ".",
                                "Look at the test.")
                        .toException());
    }

    DiskReport disk() {
        requireWilling();
        return new DiskReport(
                clock.instant(),
                List.of(new FileSystem("/", "ext4", 40 * GIB, 12 * GIB)),
                List.of(
                        new DiskPart("store", "/", 9 * GIB, List.of(), true),
                        new DiskPart("data", "/", GIB, List.of(new DiskItem("blog", GIB)), true)),
                new Pressure(pressure, "Told to."),
                new GarbagePolicy(true, 10, 2 * GIB),
                List.of());
    }

    /** As the box: a digest stands for exactly one plan. */
    GarbagePlan plan(HostCommand.PlanGarbage asked, List<Generation> generations) {
        requireWilling();
        List<PlannedGeneration> planned = generations.stream()
                .map(each -> {
                    boolean go = asked.deleteGenerations().contains(each.number()) && !each.current();
                    return new PlannedGeneration(each.number(), !go, go ? "named" : "policy", go ? GIB / 8 : null);
                })
                .toList();
        long gone = planned.stream().filter(each -> !each.keep()).count();
        return new GarbagePlan(DIGEST, planned, List.of(), 10 * gone, GIB / 8 * gone);
    }

    DriftReport drift(HostCommand.FindDrift asked) {
        requireWilling();
        if (asked.evaluate()) {
            evaluatedAt = clock.instant();
        }
        Instant at = evaluatedAt;
        return new DriftReport(
                clock.instant(),
                CONFIGURED,
                CONFIGURED,
                at == null ? null : CONFIGURED,
                at,
                drift.isEmpty(),
                List.copyOf(drift));
    }

    private void requireWilling() {
        Problem told = refusal;
        if (told != null) {
            throw told.toException();
        }
    }
}
