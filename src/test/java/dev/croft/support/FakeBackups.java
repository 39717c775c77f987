package dev.croft.support;

import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.ComparedFiles;
import dev.croft.hostlink.HostCommand.DifferentFile;
import dev.croft.hostlink.HostCommand.DiscardRestore;
import dev.croft.hostlink.HostCommand.Discarded;
import dev.croft.hostlink.HostCommand.ListBackups;
import dev.croft.hostlink.HostCommand.ReadBackups;
import dev.croft.hostlink.HostCommand.ReadComparison;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The backups of the {@link FakeBox}. */
public final class FakeBackups {

    private final Clock clock;
    private final Map<String, BackupTarget> targets = new LinkedHashMap<>();
    private final Map<String, List<Backup>> kept = new LinkedHashMap<>();
    private final List<RestoredCopy> copies = new ArrayList<>();

    FakeBackups(Clock clock) {
        this.clock = clock;
    }

    public synchronized void target(BackupTarget target) {
        targets.put(target.name(), target);
    }

    public synchronized void keeps(String target, Backup backup) {
        kept.computeIfAbsent(target, name -> new ArrayList<>()).addFirst(backup);
    }

    public synchronized void copy(RestoredCopy copy) {
        copies.add(copy);
    }

    synchronized BackupsReport report(ReadBackups asked) {
        return new BackupsReport(clock.instant(), List.copyOf(targets.values()), List.copyOf(copies));
    }

    synchronized List<Backup> list(ListBackups asked) {
        if (!targets.containsKey(asked.target())) {
            throw unknown("the backup target");
        }
        return kept.getOrDefault(asked.target(), List.of()).stream()
                .filter(each -> asked.app() == null || Objects.equals(asked.app(), each.app()))
                .toList();
    }

    synchronized RestoreComparison compared(ReadComparison asked) {
        RestoredCopy copy = copy(asked.app(), asked.snapshot());
        return new RestoreComparison(
                copy.app(),
                copy.snapshot(),
                copy.time(),
                copy.path(),
                new ComparedFiles(3, 1, 0, 0, 4096, 4000, List.of(new DifferentFile("orders", "changed"))),
                List.of());
    }

    synchronized Discarded discard(DiscardRestore asked) {
        copies.remove(copy(asked.app(), asked.snapshot()));
        return new Discarded(asked.app(), asked.snapshot());
    }

    private RestoredCopy copy(AppName app, String snapshot) {
        return copies.stream()
                .filter(each -> each.app().equals(app) && each.snapshot().equals(snapshot))
                .findFirst()
                .orElseThrow(() -> unknown("this copy"));
    }

    private static ProblemException unknown(String what) {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "The box does not know " + what + ".",
                        "The running system has none of this name.",
                        "Reload the page; it shows what the box has now.")
                .toException();
    }
}
