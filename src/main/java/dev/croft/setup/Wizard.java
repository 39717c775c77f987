package dev.croft.setup;

import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresViewer;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Subscription;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Use cases: how far somebody has come with a new box. What the steps decide is in the drafts, where everybody sees it; here is only which
 * of them were looked at, so that a closed browser costs nothing and a second person does not begin anew.
 */
public interface Wizard {

    enum Step {
        BOX,
        IDENTITY,
        DOMAIN,
        SIGN_IN,
        BACKUPS,
        APP
    }

    enum Standing {
        DONE,
        SKIPPED
    }

    /** @param answer what the step decided that no draft has yet: the domain of the first app, or its name; null: nothing */
    record Mark(Standing standing, @Nullable String answer, String by, Instant at) {}

    /** @param finished whether nobody is to be reminded of what is left */
    record Progress(Map<Step, Mark> marks, boolean finished) {

        public Progress {
            var all = new EnumMap<Step, Mark>(Step.class);
            all.putAll(marks);
            marks = Collections.unmodifiableMap(all);
        }

        public Optional<Mark> mark(Step step) {
            return Optional.ofNullable(marks.get(step));
        }

        /** The first step that nobody has looked at; the last one when there is none. */
        public Step next() {
            for (Step each : Step.values()) {
                if (!marks.containsKey(each)) {
                    return each;
                }
            }
            return Step.APP;
        }

        public long settled() {
            return marks.size();
        }
    }

    @RequiresViewer
    Progress progress(HostName host);

    /**
     * Notes how a step was left. CONFLICT when somebody else left it in another way meanwhile, so that nobody's answer is lost unseen.
     *
     * @param seen the mark from which this began; null: there was none
     */
    @RequiresAdmin
    Progress leave(HostName host, Step step, Standing standing, @Nullable String answer, @Nullable Mark seen);

    /** Takes a step back: it is open again, and what it answered is forgotten. */
    @RequiresAdmin
    Progress reopen(HostName host, Step step);

    /** Nobody is reminded any more; every step can still be come back to. */
    @RequiresAdmin
    Progress finish(HostName host);

    /** Tells when somebody has come further, on a thread of its own. */
    @RequiresViewer
    Subscription watch(HostName host, Runnable listener);
}
