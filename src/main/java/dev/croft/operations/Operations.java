package dev.croft.operations;

import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Subscription;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Use cases: changes to a box. All return at once with a QUEUED row; the box works on its own. */
public interface Operations {

    /** Builds the drafts and says what they would change, without changing it. */
    @RequiresOperator
    Operation plan(HostName host);

    /** Applies every draft of the box. {@code expect}: the store path that was reviewed, or null. */
    @RequiresOperator
    Operation apply(HostName host, @Nullable String expect);

    /** Resolves the app's ref (or the given one), saves it as draft and applies this app's draft alone. */
    @RequiresOperator
    Operation deploy(HostName host, AppName app, @Nullable String ref);

    /** Returns the whole box to a generation; null: the one before the current. */
    @RequiresOperator
    Operation rollBack(HostName host, @Nullable Integer generation);

    @RequiresOperator
    Operation cancel(OperationId id);

    @RequiresViewer
    Operation get(OperationId id);

    /** Newest first. */
    @RequiresViewer
    List<Operation> list(@Nullable HostName host, @Nullable AppName app, int limit);

    /** Newest first, those that were made before the given one: the next page. */
    @RequiresViewer
    List<Operation> list(@Nullable HostName host, @Nullable AppName app, @Nullable OperationId before, int limit);

    /** The operation that runs or waits on a box, for the drawer; empty when none. */
    @RequiresViewer
    Optional<Operation> current(HostName host);

    /**
     * Delivers what happened so far after {@code sequence} (0: all that is kept, at most the last 5 000 lines) and then what happens, in order, on a
     * thread of its own, until the operation ends or the subscription is closed.
     */
    @RequiresViewer
    Subscription follow(OperationId id, long afterSequence, Consumer<OperationEvent> listener);

    /** Rows of a box as they change, for lists and the drawer. */
    @RequiresViewer
    Subscription watch(@Nullable HostName host, Consumer<Operation> listener);

    @RequiresViewer
    List<Generation> generations(HostName host);
}
