package dev.croft.fleet;

import dev.croft.kernel.HostName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a component does for each box while the console runs: begun for those that are known at its start and for each one that is enrolled
 * later, ended with the console.
 *
 * @param <W> what is done for one box
 */
public final class EachBox<W> {

    private final Hosts hosts;
    private final Function<Host, W> begin;
    private final Consumer<W> end;
    private final Map<HostName, W> boxes = new ConcurrentHashMap<>();
    private volatile boolean running;

    /**
     * @param begin starts the work, on threads of its own, and returns at once
     * @param end tells it to end; not by interrupt, which would close the embedded database's file under a thread that is reading it
     */
    public EachBox(Hosts hosts, Function<Host, W> begin, Consumer<W> end) {
        this.hosts = hosts;
        this.begin = begin;
        this.end = end;
    }

    public void start() {
        running = true;
        hosts.all().forEach(this::begin);
    }

    public void enrolled(HostEnrolled event) {
        if (running) {
            begin(event.host());
        }
    }

    private void begin(Host host) {
        boxes.computeIfAbsent(host.name(), name -> begin.apply(host));
    }

    /** Empty: the box is not known, or nothing is running. */
    public Optional<W> find(HostName name) {
        return Optional.ofNullable(boxes.get(name));
    }

    /** As they are now. */
    public Collection<W> all() {
        return List.copyOf(boxes.values());
    }

    public void stop() {
        running = false;
        boxes.values().forEach(end);
        boxes.clear();
    }

    public boolean isRunning() {
        return running;
    }
}
