package dev.croft.proofs.internal;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.ClosurePage;
import dev.croft.hostlink.HostCommand.ReadClosure;
import dev.croft.hostlink.HostCommand.ReadIdentity;
import dev.croft.hostlink.HostCommand.StorePath;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.proofs.Closure;
import dev.croft.proofs.Closure.Part;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Closures, put together from the boxes' pages. The last few are kept: what has the same identity is the same. */
@Component
class Closures {

    private static final int KEPT = 8;
    /** A change between two pages begins it anew; one after another of them is not waited for. */
    private static final int TRIES = 3;

    private final HostLink link;

    @SuppressWarnings("serial") // never serialised
    private final Map<String, Closure> kept = new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Closure> eldest) {
            return size() > KEPT;
        }
    };

    Closures(HostLink link) {
        this.link = link;
    }

    Closure read(Host host, @Nullable AppName app) {
        String identity = link.call(host.endpoint(), new ReadIdentity(app)).identity();
        // The same contents may lie on two boxes, fetched on one and made on the other.
        String key = host.name() + " " + identity;
        synchronized (kept) {
            Closure known = kept.get(key);
            if (known != null) {
                return known;
            }
        }
        Closure read = ask(host, app);
        synchronized (kept) {
            kept.put(host.name() + " " + read.identity(), read);
        }
        return read;
    }

    private Closure ask(Host host, @Nullable AppName app) {
        for (int tried = 0; tried < TRIES; tried++) {
            List<StorePath> paths = new ArrayList<>();
            ClosurePage first = link.call(host.endpoint(), new ReadClosure(app, 0));
            ClosurePage page = first;
            paths.addAll(page.paths());
            while (page.next() != null && page.identity().equals(first.identity()) && page.next() == paths.size()) {
                page = link.call(host.endpoint(), new ReadClosure(app, page.next()));
                paths.addAll(page.paths());
            }
            if (page.identity().equals(first.identity()) && paths.size() == first.total()) {
                return closure(first, paths);
            }
        }
        throw Problem.of(
                        ProblemCode.CONFLICT,
                        "What it is made of was not read.",
                        "The box changed each time while it told.",
                        "Wait until the changes have ended, then try again.")
                .toException();
    }

    private static Closure closure(ClosurePage page, List<StorePath> paths) {
        List<Part> parts = new ArrayList<>(paths.size());
        for (int i = 0; i < paths.size(); i++) {
            StorePath path = paths.get(i);
            parts.add(new Part(
                    path.path(),
                    path.name(),
                    path.version(),
                    path.bytes(),
                    closureBytes(paths, i),
                    path.sha256() == null
                            ? null
                            : HexFormat.of().formatHex(Base64.getDecoder().decode(path.sha256())),
                    path.fetched(),
                    path.references()));
        }
        return new Closure(page.identity(), page.roots(), page.bytes(), parts);
    }

    private static long closureBytes(List<StorePath> paths, int root) {
        var seen = new BitSet(paths.size());
        var rest = new ArrayDeque<Integer>();
        seen.set(root);
        rest.add(root);
        long bytes = 0;
        while (!rest.isEmpty()) {
            StorePath here = paths.get(rest.remove());
            bytes += here.bytes();
            for (int next : here.references()) {
                if (!seen.get(next)) {
                    seen.set(next);
                    rest.add(next);
                }
            }
        }
        return bytes;
    }
}
