package dev.croft.setup.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.fleet.Hosts;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Subscription;
import dev.croft.setup.Wizard;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** The wizard's progress in setup_wizard_step. Each verb is one statement: whoever is second fails on the row, not on a lock. */
@Service
class KeptProgress implements Wizard {

    private static final int LONGEST_ANSWER = 300;

    private final JdbcClient jdbc;
    private final Hosts hosts;
    private final CurrentOperator operator;
    private final Clock clock;
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

    private record Watcher(HostName host, Runnable listener) {}

    KeptProgress(JdbcClient jdbc, Hosts hosts, CurrentOperator operator, Clock clock) {
        this.jdbc = jdbc;
        this.hosts = hosts;
        this.operator = operator;
        this.clock = clock;
    }

    @Override
    public Progress progress(HostName host) {
        String name = hosts.get(host).name().value();
        Map<Step, Mark> marks = new EnumMap<>(Step.class);
        jdbc.sql("select step, standing, answer, left_by, left_at from setup_wizard_step where host = ?")
                .param(name)
                .query(row -> {
                    marks.put(
                            Step.valueOf(row.getString("step")),
                            new Mark(
                                    Standing.valueOf(row.getString("standing")),
                                    row.getString("answer"),
                                    row.getString("left_by"),
                                    row.getObject("left_at", OffsetDateTime.class)
                                            .toInstant()));
                });
        boolean finished = jdbc.sql("select count(*) from setup_wizard_finished where host = ?")
                        .param(name)
                        .query(Long.class)
                        .single()
                > 0;
        return new Progress(marks, finished);
    }

    @Override
    public Progress leave(HostName host, Step step, Standing standing, @Nullable String answer, @Nullable Mark seen) {
        Mark now = progress(host).mark(step).orElse(null);
        if (answer != null && answer.length() > LONGEST_ANSWER) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The step was not kept.",
                            "answer: it has more than " + LONGEST_ANSWER + " characters.",
                            "Shorten it.")
                    .toException();
        }
        if (now != null && now.standing() == standing && Objects.equals(now.answer(), answer)) {
            return progress(host);
        }
        String by = operator.get().name();
        OffsetDateTime at = OffsetDateTime.ofInstant(clock.instant().truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC);
        int written;
        if (seen == null) {
            written = insert(host, step, standing, answer, by, at);
        } else {
            written = jdbc.sql("update setup_wizard_step set standing = ?, answer = ?, left_by = ?, left_at = ?"
                            + " where host = ? and step = ? and left_at = ?")
                    .params(
                            standing.name(),
                            answer,
                            by,
                            at,
                            host.value(),
                            step.name(),
                            OffsetDateTime.ofInstant(seen.at(), ZoneOffset.UTC))
                    .update();
        }
        if (written == 0) {
            Mark other = progress(host).mark(step).orElse(null);
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "The step was not kept.",
                            (other == null ? "Somebody" : other.by()) + " left it in another way meanwhile.",
                            "Look at what is there now, and change it if it is not what you want.")
                    .toException();
        }
        tell(host);
        return progress(host);
    }

    private int insert(
            HostName host, Step step, Standing standing, @Nullable String answer, String by, OffsetDateTime at) {
        try {
            return jdbc.sql("insert into setup_wizard_step (host, step, standing, answer, left_by, left_at)"
                            + " values (?, ?, ?, ?, ?, ?)")
                    .params(host.value(), step.name(), standing.name(), answer, by, at)
                    .update();
        } catch (DuplicateKeyException somebodyWasFaster) {
            return 0;
        }
    }

    @Override
    public Progress reopen(HostName host, Step step) {
        hosts.get(host);
        jdbc.sql("delete from setup_wizard_step where host = ? and step = ?")
                .params(host.value(), step.name())
                .update();
        tell(host);
        return progress(host);
    }

    @Override
    public Progress finish(HostName host) {
        hosts.get(host);
        try {
            jdbc.sql("insert into setup_wizard_finished (host) values (?)")
                    .param(host.value())
                    .update();
        } catch (DuplicateKeyException alreadyFinished) {
            return progress(host);
        }
        tell(host);
        return progress(host);
    }

    @Override
    public Subscription watch(HostName host, Runnable listener) {
        Watcher watcher = new Watcher(hosts.get(host).name(), listener);
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    private void tell(HostName host) {
        watchers.stream()
                .filter(each -> each.host().equals(host))
                .forEach(each -> Thread.ofVirtual().name("wizard-" + host).start(each.listener()));
    }
}
