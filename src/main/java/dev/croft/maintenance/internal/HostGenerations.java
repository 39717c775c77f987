package dev.croft.maintenance.internal;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Generations;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The generations as the box lists them at the moment. */
@Service
class HostGenerations implements Generations {

    private static final int LABEL_MOST = 100;
    private static final String NOT_MARKED = "The generation was not marked.";

    private final Hosts hosts;
    private final HostLink link;
    private final Sight sight;

    HostGenerations(Hosts hosts, HostLink link, Sight sight) {
        this.sight = sight;
        this.hosts = hosts;
        this.link = link;
    }

    @Override
    public List<Generation> list(HostName host) {
        return link.call(hosts.get(host).endpoint(), new HostCommand.ListGenerations());
    }

    @Override
    public Comparison compare(HostName host, @Nullable Integer from, int to) {
        if (from != null) {
            Bounds.requireGeneration("from", from, "Nothing was compared.");
        }
        Bounds.requireGeneration("to", to, "Nothing was compared.");
        return link.call(hosts.get(host).endpoint(), new HostCommand.Compare(from, to));
    }

    @Override
    public Generation mark(HostName host, int generation, @Nullable Boolean pinned, @Nullable String label) {
        Bounds.requireGeneration("generation", generation, NOT_MARKED);
        Bounds.require(pinned != null || label != null, NOT_MARKED, "pinned or label: one of them is needed.");
        Bounds.require(
                label == null
                        || (label.codePointCount(0, label.length()) <= LABEL_MOST
                                && label.codePoints().noneMatch(Character::isISOControl)),
                NOT_MARKED,
                "label: it has at most " + LABEL_MOST + " characters, on one line.");
        return link.call(hosts.get(host).endpoint(), new HostCommand.Mark(generation, pinned, label));
    }

    @Override
    public List<Snapshot> snapshots(HostName host, @Nullable AppName app) {
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        return link.call(hosts.get(host).endpoint(), new HostCommand.ListSnapshots(app)).stream()
                .filter(snapshot -> mine.test(Scope.of(host, snapshot.app())))
                .toList();
    }
}
