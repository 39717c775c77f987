package dev.croft.logs;

import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.Subscription;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: the journal of a box. With an app it is that of the app's units by the running system's account (its service, jobs,
 * migration and what makes its databases) and of nothing else; without one that of the whole box.
 *
 * <p>INVALID_INPUT for a query that cannot be answered, such as a pattern that is none; NOT_FOUND for an app or a box that is not there.
 */
public interface Logs {

    /** At most this many lines in one page. */
    int MOST = 10_000;

    /** One page, oldest line first: at most 8 MiB of text, whatever was asked for. */
    @RequiresViewer
    Page read(HostName host, @Nullable AppName app, LogQuery query);

    /**
     * The last lines, or those after {@code query.after()}, and then each as it is written. A listener that takes its time makes the box
     * wait: nothing is lost and at most 10 000 lines wait here. When the link breaks the listener is told once by {@code onProblem}; it
     * goes on after the last line that was delivered.
     *
     * @param query without {@code before}, {@code around}, {@code oldest} and {@code until}
     */
    @RequiresViewer
    Subscription follow(
            HostName host,
            @Nullable AppName app,
            LogQuery query,
            Consumer<Batch> listener,
            Consumer<Problem> onProblem);

    /**
     * @param complete false: the answer would have been too long, or the search took too long; there is more of it than this
     * @param found false: {@code around} named a line that the journal does not have any more
     * @param unreadable how many entries the box could not read
     */
    record Page(List<HostReply.Line> lines, boolean complete, boolean found, long unreadable) {}

    /** @param lines at most 500 */
    record Batch(List<HostReply.Line> lines, long unreadable) {}
}
