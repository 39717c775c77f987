package dev.croft.alerts;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Use cases: what is wrong, whom it is told to and when. Whoever looks sees what is theirs. */
public interface Alerts {

    int MOST = 200;

    /** What is wrong right now with a box, or one app of it, as it was last seen; whatever the rules say. */
    @RequiresViewer
    List<Trouble> troubles(HostName host, @Nullable AppName app);

    /** The services of a box, or of one app, as systemd told of them at last. Empty: it has told nothing yet. */
    @RequiresViewer
    List<UnitNow> units(HostName host, @Nullable AppName app);

    /** What is raised now, the newest first. */
    @RequiresViewer(within = true)
    List<Alert> firing();

    /**
     * What was raised, newest first.
     *
     * @param before only those with a lower id: the next page; null: from the newest
     * @param limit 1 to {@link #MOST}
     */
    @RequiresViewer(within = true)
    List<Alert> history(@Nullable Long before, int limit);

    /** NOT_FOUND, also when it is of a box that the caller may not see. */
    @RequiresViewer(within = true)
    Alert get(long id);

    /** To whom it was told. */
    @RequiresViewer(within = true)
    List<Delivery> deliveries(long id);

    // ---- rules

    /** One for each kind. */
    @RequiresViewer(within = true)
    List<Rule> rules();

    /** INVALID_INPUT for what is out of bounds. */
    @RequiresAdmin(everywhere = true)
    Rule change(Rule rule);

    // ---- silences

    /** Those that last. */
    @RequiresViewer(within = true)
    List<Silence> silences();

    /** @param until at most 90 days from now */
    @RequiresOperator
    Silence silence(HostName host, @Nullable AppName app, @Nullable AlertKind kind, Instant until, String reason);

    /** For all boxes. */
    @RequiresOperator
    Silence silenceEverywhere(@Nullable AlertKind kind, Instant until, String reason);

    /** Ends one before its time. NOT_FOUND, also when it is not the caller's to end. */
    @RequiresOperator(within = true)
    void speakAgain(long silence);

    // ---- channels

    @RequiresViewer
    List<Channel> channels();

    /**
     * Makes one, or changes the one of that name.
     *
     * @param secret null: the one that is kept stays; empty: there is none any more
     */
    @RequiresAdmin(everywhere = true)
    Channel save(Channel.Wish wish, @Nullable SecretText secret);

    /** What it has not sent is not sent any more. */
    @RequiresAdmin(everywhere = true)
    void remove(String channel);

    /** Sends a message that says that it is a test, now. ALERT_NOT_SENT says what went wrong. */
    @RequiresAdmin(everywhere = true)
    void test(String channel);

    /** Tries now what waits for its next try. */
    @ReadsOnly
    @RequiresAdmin(everywhere = true)
    void tryNow(String channel);
}
