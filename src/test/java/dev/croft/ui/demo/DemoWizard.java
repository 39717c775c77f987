package dev.croft.ui.demo;

import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Subscription;
import dev.croft.setup.Wizard;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContextHolder;

/** Progress in memory, by the rules of the real one. */
public class DemoWizard implements Wizard {

    private final Clock clock;
    private final Map<Step, Mark> marks = new EnumMap<>(Step.class);
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private boolean finished;

    DemoWizard(Clock clock) {
        this.clock = clock;
    }

    public synchronized void forget() {
        marks.clear();
        finished = false;
    }

    /** Somebody else leaves a step. */
    public void leaveAs(String who, Step step, Standing standing, @Nullable String answer) {
        synchronized (this) {
            marks.put(step, new Mark(standing, answer, who, clock.instant()));
        }
        listeners.forEach(Runnable::run);
    }

    @Override
    public synchronized Progress progress(HostName host) {
        return new Progress(marks, finished);
    }

    @Override
    public Progress leave(HostName host, Step step, Standing standing, @Nullable String answer, @Nullable Mark seen) {
        synchronized (this) {
            if (!Objects.equals(marks.get(step), seen)) {
                throw Problem.of(
                                ProblemCode.CONFLICT,
                                "The step was not kept.",
                                marks.get(step).by() + " left it in another way meanwhile.",
                                "Look at what is there now.")
                        .toException();
            }
        }
        leaveAs(SecurityContextHolder.getContext().getAuthentication().getName(), step, standing, answer);
        return progress(host);
    }

    @Override
    public Progress reopen(HostName host, Step step) {
        synchronized (this) {
            marks.remove(step);
        }
        listeners.forEach(Runnable::run);
        return progress(host);
    }

    @Override
    public synchronized Progress finish(HostName host) {
        finished = true;
        return progress(host);
    }

    @Override
    public Subscription watch(HostName host, Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
