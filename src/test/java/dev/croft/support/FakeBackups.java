package dev.croft.support;

import dev.croft.hostlink.HostCommand.BackupCommand;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.ReadBackups;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Instant;
import java.util.List;

/** The {@link FakeBox} has no backup target. */
final class FakeBackups {

    private FakeBackups() {}

    static Object answer(BackupCommand<?> command, Instant now) {
        if (command instanceof ReadBackups) {
            return new BackupsReport(now, List.of());
        }
        throw Problem.of(
                        ProblemCode.NOT_FOUND,
                        "The box does not know the backup target.",
                        "The running system has no target of this name.",
                        "Reload the page; it shows what the box has now.")
                .toException();
    }
}
