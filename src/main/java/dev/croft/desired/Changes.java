package dev.croft.desired;

import dev.croft.desired.HostState.HostSettings;
import dev.croft.kernel.AppName;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Drafts of one box, frozen: what is laid over the state in force.
 *
 * @param host the box's settings as they are to be; null: as they are
 * @param put apps that are to be as given
 * @param remove apps that are to go
 */
public record Changes(@Nullable HostSettings host, SortedMap<AppName, AppSpec> put, SortedSet<AppName> remove) {

    public Changes {
        put = Collections.unmodifiableSortedMap(new TreeMap<>(put));
        remove = Collections.unmodifiableSortedSet(new TreeSet<>(remove));
    }

    public static Changes of(AppName app, AppSpec spec) {
        return new Changes(null, new TreeMap<>(Map.of(app, spec)), new TreeSet<>());
    }

    public boolean isEmpty() {
        return host == null && put.isEmpty() && remove.isEmpty();
    }

    /** These changes with one app's entry replaced. */
    public Changes with(AppName app, AppSpec spec) {
        var all = new TreeMap<>(put);
        all.put(app, spec);
        var gone = new TreeSet<>(remove);
        gone.remove(app);
        return new Changes(host, all, gone);
    }
}
