package dev.croft.ui.demo;

import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Subscription;
import dev.croft.logs.LogQuery;
import dev.croft.logs.Logs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Journals that go on, and lines by their number: {@code c12} stands between {@code c11} and {@code c13}. */
public class DemoLogs implements Logs {

    private static final long NEWEST = 5_000;

    private final DemoWorld world;
    private final List<LogQuery> asked = new CopyOnWriteArrayList<>();
    private volatile boolean forgotten;

    DemoLogs(DemoWorld world) {
        this.world = world;
    }

    /** What was asked for, oldest first. */
    public List<LogQuery> asked() {
        return asked;
    }

    /** From now on no line that is asked for by its cursor is there any more. */
    public void forget() {
        forgotten = true;
    }

    public void restart() {
        asked.clear();
        forgotten = false;
    }

    @Override
    public Page read(HostName host, @Nullable AppName app, LogQuery query) {
        asked.add(query);
        world.requireReachable();
        String search = query.filter().search();
        if (search != null && query.filter().regex() && search.endsWith("(")) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The log was not read.",
                            "search: it is no pattern that can be searched for.",
                            "Correct it and try again.")
                    .toException();
        }
        long first;
        long last;
        if (query.around() != null) {
            first = number(query.around()) - query.lines() / 2;
            last = number(query.around()) + query.lines() / 2;
        } else if (query.before() != null) {
            last = number(query.before()) - 1;
            first = last - query.lines() + 1;
        } else if (query.after() != null) {
            first = number(query.after()) + 1;
            last = first + query.lines() - 1;
        } else {
            last = NEWEST;
            first = last - Math.min(query.lines(), 300) + 1;
        }
        var lines = new ArrayList<HostReply.Line>();
        for (long n = Math.max(first, 1); n <= Math.min(last, NEWEST); n++) {
            HostReply.Line line = world.journalLine(app, n);
            if (search == null || line.text().toLowerCase(Locale.ROOT).contains(search.toLowerCase(Locale.ROOT))) {
                lines.add(line);
            }
        }
        return new Page(lines, true, !forgotten, 0);
    }

    private static long number(String cursor) {
        return Long.parseLong(cursor.substring(1));
    }

    @Override
    public Subscription follow(
            HostName host,
            @Nullable AppName app,
            LogQuery query,
            Consumer<Batch> listener,
            Consumer<Problem> onProblem) {
        asked.add(query);
        world.requireReachable();
        return world.journal(
                app,
                query.after() == null ? query.lines() : 0,
                lines -> listener.accept(new Batch(lines, 0)),
                onProblem);
    }
}
