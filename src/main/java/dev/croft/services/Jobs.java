package dev.croft.services;

import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Exit;
import dev.croft.hostlink.HostCommand.JobState;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Use cases: what apps run beside serving: jobs by the clock, and one-off commands. */
public interface Jobs {

    /** Jobs in force with their next run, their last ones and how those ended; of every app when none is named. */
    @RequiresViewer(within = true)
    List<JobState> list(HostName host, @Nullable AppName app);

    /** Starts a job now, beside its times. */
    @RequiresOperator
    JobState run(HostName host, AppName app, String job);

    /**
     * Runs a command once as the app: its user, environment, files and limits. Returns at once; the listeners are called on a thread of
     * its own, lines first, then exactly one of {@code onExit} and {@code onProblem}. Closing the subscription ends the command.
     *
     * @param timeoutSeconds 1 to 3600
     */
    @RequiresStepUp
    @RequiresOperator
    Subscription execute(
            HostName host,
            AppName app,
            List<String> command,
            int timeoutSeconds,
            Consumer<HostReply.Line> onLine,
            Consumer<Exit> onExit,
            Consumer<Problem> onProblem);
}
