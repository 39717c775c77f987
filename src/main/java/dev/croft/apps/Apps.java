package dev.croft.apps;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.desired.AppSpec;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Use cases: apps. */
public interface Apps {

    @RequiresViewer(within = true)
    List<App> list(HostName host);

    @RequiresViewer
    App get(HostName host, AppName app);

    /** Lets the box read a git source and say what it would build, before anything is saved. */
    @ReadsOnly
    @RequiresOperator(within = true)
    Inspection inspect(HostName host, String url, @Nullable String ref);

    @RequiresOperator
    App putDraft(HostName host, AppName app, AppSpec spec);

    /**
     * Like {@link #putDraft(HostName, AppName, AppSpec)}, but CONFLICT when somebody changed the app's entry meanwhile.
     *
     * @param base {@code DesiredStates.digest} of the entry from which the edit began; empty: there was no such app
     */
    @RequiresOperator
    App putDraft(HostName host, AppName app, AppSpec spec, String base);

    /** The versions of an app that were brought to the box, or were to be, newest first: those that the console remembers. */
    @RequiresViewer
    List<Deployment> deployments(HostName host, AppName app);

    @RequiresOperator
    void removeDraft(HostName host, AppName app);

    @RequiresOperator
    App control(HostName host, AppName app, Action action);

    /** A name for an app of that repository: "https://git.example.org/Me/My_Blog.git" → "my-blog". */
    static String nameFrom(String address) {
        UnaryOperator<String> last = text -> text.substring(Math.max(text.lastIndexOf('/'), text.lastIndexOf(':')) + 1);
        String words = last.apply(address.replaceFirst("[?#].*$", "").replaceFirst("/+$", ""))
                .replaceFirst("\\.git$", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceFirst("^[^a-z]+", "")
                .replaceFirst("-+$", "");
        return words.length() > 31 ? words.substring(0, 31).replaceFirst("-+$", "") : words;
    }
}
