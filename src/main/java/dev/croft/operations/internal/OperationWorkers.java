package dev.croft.operations.internal;

import dev.croft.desired.DesiredStates;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationQueued;
import dev.croft.vault.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionalEventListener;

/** One worker for each lane of a box that has work. At start it takes up what an earlier run of the console left. */
@Component
@EnableConfigurationProperties(OperationsProperties.class)
class OperationWorkers implements SmartLifecycle {

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

    private record Running(HostWorker worker, Thread thread) {}

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final Secrets secrets;
    private final OperationTable table;
    private final OperationStore store;
    private final OperationHub hub;
    private final OperationsProperties properties;
    private final Clock clock;

    private record Place(HostName host, Lane lane) {}

    private final Map<Place, Running> workers = new HashMap<>();
    private boolean running;

    OperationWorkers(
            Hosts hosts,
            HostLink link,
            DesiredStates desired,
            Secrets secrets,
            OperationTable table,
            OperationStore store,
            OperationHub hub,
            OperationsProperties properties,
            Clock clock) {
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.secrets = secrets;
        this.table = table;
        this.store = store;
        this.hub = hub;
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public void start() {
        synchronized (workers) {
            running = true;
        }
        store.tellUntold();
        table.hostsWithWork().forEach(host -> {
            for (Lane lane : Lane.values()) {
                wake(new Place(host, lane));
            }
        });
    }

    @TransactionalEventListener
    void queued(OperationQueued event) {
        hub.changed(event.operation());
        wake(place(event.operation()));
    }

    /** No need to wait for the next try when the heartbeat has found the box again. */
    @EventListener
    void cameBack(HostCameBack event) {
        for (Lane lane : Lane.values()) {
            HostWorker worker = existing(new Place(event.host().name(), lane));
            if (worker != null) {
                worker.wake();
            }
        }
    }

    void interruptResolve(Operation operation) {
        HostWorker worker = existing(place(operation));
        if (worker != null) {
            worker.interruptResolve();
        }
    }

    private static Place place(Operation operation) {
        return new Place(operation.host(), Lane.of(operation.kind()));
    }

    private @Nullable HostWorker existing(Place place) {
        synchronized (workers) {
            Running found = workers.get(place);
            return found == null ? null : found.worker();
        }
    }

    private void wake(Place place) {
        synchronized (workers) {
            if (!running) {
                return; // it will be found at the next start
            }
            workers.computeIfAbsent(place, this::begin).worker().wake();
        }
    }

    private Running begin(Place place) {
        HostWorker worker = new HostWorker(
                place.host(), place.lane(), hosts, link, desired, secrets, table, store, properties, clock);
        String name = "operations-" + place.host() + (place.lane() == Lane.BESIDE ? "-beside" : "");
        return new Running(worker, Thread.ofVirtual().name(name).start(worker));
    }

    @Override
    public void stop() {
        List<Running> ending;
        synchronized (workers) {
            running = false;
            ending = new ArrayList<>(workers.values());
            workers.clear();
        }
        hub.close();
        ending.forEach(each -> each.worker().stop());
        try {
            for (Running each : ending) {
                each.thread().join(STOP_PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        synchronized (workers) {
            return running;
        }
    }
}
