package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.UIDetachedException;
import com.vaadin.flow.shared.Registration;
import dev.croft.access.Accounts;
import dev.croft.access.MyAccount;
import dev.croft.access.Passkeys;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.springframework.security.concurrent.DelegatingSecurityContextRunnable;
import org.springframework.security.core.context.SecurityContextHolder;

/**
 * Runs use cases beside the page: many of them ask the box, and a page must not freeze while a box thinks. The signed-in person goes
 * along; the answer comes back under the page's lock, and only while the component that asked is still on the page.
 */
public final class Background implements AutoCloseable {

    private final Executor executor;
    private final ScheduledExecutorService clock;
    private final Accounts accounts;
    private final MyAccount me;
    private final Passkeys passkeys;

    public Background(
            Executor executor, ScheduledExecutorService clock, Accounts accounts, MyAccount me, Passkeys passkeys) {
        this.accounts = accounts;
        this.me = me;
        this.passkeys = passkeys;
        this.executor = executor;
        this.clock = clock;
    }

    /** Calls the use case once; again, when it wants a proof of who is there and gets one. To be called by the page's own thread; the owner must be attached. */
    public <T> void call(Component owner, Supplier<T> useCase, Consumer<T> onDone, Consumer<Problem> onProblem) {
        UI ui = UI.getCurrent();
        start(() -> {
            Outcome<T> outcome = Outcome.of(useCase);
            enter(
                    ui,
                    owner,
                    () -> outcome.tell(onDone, problem -> {
                        if (problem.code() == ProblemCode.PASSWORD_NEEDED) {
                            ProofDialog.ask(
                                    this,
                                    owner,
                                    accounts,
                                    me,
                                    passkeys,
                                    () -> call(owner, useCase, onDone, onProblem),
                                    onProblem,
                                    problem);
                        } else {
                            onProblem.accept(problem);
                        }
                    }));
        });
    }

    /** Calls a use case that answers nothing. */
    public void run(Component owner, Runnable useCase, Runnable onDone, Consumer<Problem> onProblem) {
        call(
                owner,
                () -> {
                    useCase.run();
                    return true;
                },
                done -> onDone.run(),
                onProblem);
    }

    /** Calls the use case now and again, each time the given time after the last answer, until the owner leaves the page. */
    public <T> Registration every(
            Component owner, Duration pause, Supplier<T> useCase, Consumer<T> onDone, Consumer<Problem> onProblem) {
        UI ui = UI.getCurrent();
        var stopped = new AtomicBoolean();
        var security = SecurityContextHolder.getContext();
        Runnable round = new Runnable() {
            @Override
            public void run() {
                if (stopped.get()) {
                    return;
                }
                Outcome<T> outcome = Outcome.of(useCase);
                enter(ui, owner, () -> {
                    if (!stopped.get()) {
                        outcome.tell(onDone, onProblem);
                    }
                });
                Runnable again = new DelegatingSecurityContextRunnable(this, security);
                later(pause, () -> execute(again));
            }
        };
        execute(new DelegatingSecurityContextRunnable(round, security));
        owner.addDetachListener(event -> stopped.set(true));
        return () -> stopped.set(true);
    }

    /** Does something on the page a while later, if the owner is still there. */
    public void after(Component owner, Duration delay, Runnable action) {
        UI ui = UI.getCurrent();
        later(delay, () -> enter(ui, owner, action));
    }

    /** Runs on a thread of its own, as the person who is signed in here. */
    void start(Runnable task) {
        execute(new DelegatingSecurityContextRunnable(task, SecurityContextHolder.getContext()));
    }

    void later(Duration delay, Runnable task) {
        try {
            clock.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException shuttingDown) {
            // the console is stopping: nobody waits for this page any more
        }
    }

    private void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException shuttingDown) {
            // as above
        }
    }

    /** For other threads: enters the page; silently not, when it or the component has gone meanwhile. */
    public static void enter(UI ui, Component owner, Runnable action) {
        try {
            ui.access(() -> {
                if (owner.isAttached()) {
                    action.run();
                }
            });
        } catch (UIDetachedException gone) {
            // the browser left: nothing to tell
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        if (executor instanceof ExecutorService service) {
            service.shutdownNow();
        }
    }

    private sealed interface Outcome<T> {

        record Done<T>(T value) implements Outcome<T> {}

        record Failed<T>(Problem problem) implements Outcome<T> {}

        static <T> Outcome<T> of(Supplier<T> useCase) {
            try {
                return new Done<>(useCase.get());
            } catch (RuntimeException | Error failure) {
                // An error, too: the page would wait for ever, and nobody would know.
                return new Failed<>(Problems.of(failure));
            }
        }

        default void tell(Consumer<T> onDone, Consumer<Problem> onProblem) {
            switch (this) {
                case Done<T>(T value) -> onDone.accept(value);
                case Failed<T>(Problem problem) -> onProblem.accept(problem);
            }
        }
    }
}
