package dev.croft.support;

import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.ComparedFiles;
import dev.croft.hostlink.HostCommand.DifferentFile;
import dev.croft.hostlink.HostCommand.DiscardRestore;
import dev.croft.hostlink.HostCommand.Discarded;
import dev.croft.hostlink.HostCommand.DropMailCopy;
import dev.croft.hostlink.HostCommand.DropReplaced;
import dev.croft.hostlink.HostCommand.DroppedMail;
import dev.croft.hostlink.HostCommand.ListBackups;
import dev.croft.hostlink.HostCommand.MailComparison;
import dev.croft.hostlink.HostCommand.MailCopy;
import dev.croft.hostlink.HostCommand.ReadBackups;
import dev.croft.hostlink.HostCommand.ReadComparison;
import dev.croft.hostlink.HostCommand.ReadMailComparison;
import dev.croft.hostlink.HostCommand.ReadSshKeys;
import dev.croft.hostlink.HostCommand.ReplacedData;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.hostlink.HostCommand.ServerKey;
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
    private final List<ReplacedData> replaced = new ArrayList<>();
    private final List<MailCopy> mail = new ArrayList<>();

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

    public synchronized void replaced(ReplacedData data) {
        replaced.add(data);
    }

    public synchronized void mail(MailCopy copy) {
        mail.add(copy);
    }

    synchronized BackupsReport report(ReadBackups asked) {
        return new BackupsReport(
                clock.instant(),
                List.copyOf(targets.values()),
                List.copyOf(copies),
                List.copyOf(replaced),
                List.copyOf(mail));
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

    synchronized Discarded drop(DropReplaced asked) {
        boolean known = replaced.removeIf(
                each -> each.app().equals(asked.app()) && each.snapshot().equals(asked.snapshot()));
        if (!known) {
            throw unknown("this data");
        }
        return new Discarded(asked.app(), asked.snapshot());
    }

    synchronized MailComparison compared(ReadMailComparison asked) {
        MailCopy copy = mail(asked.copy());
        return new MailComparison(copy.id(), copy.snapshot(), copy.time(), copy.path(), List.of(), List.of());
    }

    synchronized DroppedMail drop(DropMailCopy asked) {
        mail.remove(mail(asked.copy()));
        return new DroppedMail(asked.copy(), 4096);
    }

    private MailCopy mail(String id) {
        return mail.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow(() -> unknown("this copy"));
    }

    List<ServerKey> keys(ReadSshKeys asked) {
        return List.of(new ServerKey("ssh-ed25519", "ssh-ed25519 AAAA" + asked.server(), "SHA256:" + asked.server()));
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
