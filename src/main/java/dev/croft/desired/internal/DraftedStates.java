package dev.croft.desired.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.RenderedState;
import dev.croft.desired.internal.FieldReader.FieldRefused;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.HostEnrolled;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.HostCommand.StateResult;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** Drafts in this console's database over the state that the box keeps in its own git repository. */
@Service
class DraftedStates implements DesiredStates {

    private static final Logger log = LoggerFactory.getLogger(DraftedStates.class);

    /** What a box without a state.json starts from. */
    private static final String FIRST_STATE_VERSION = "26.05";

    private final StateJson json = new StateJson();
    private final DraftTable table;
    private final Hosts hosts;
    private final HostLink link;
    private final CurrentOperator current;
    private final TransactionTemplate transaction;
    private final Clock clock;

    DraftedStates(
            DraftTable table,
            Hosts hosts,
            HostLink link,
            CurrentOperator current,
            TransactionTemplate transaction,
            Clock clock) {
        this.table = table;
        this.hosts = hosts;
        this.link = link;
        this.current = current;
        this.transaction = transaction;
        this.clock = clock;
    }

    @Override
    public HostState draft(HostName host) {
        requireHost(host);
        return with(host, allChanges(host));
    }

    @Override
    public Optional<HostState> inForce(HostName host) {
        requireHost(host);
        return kept(host);
    }

    @Override
    public SortedMap<AppName, AppSpec> pending(HostName host) {
        return changes(host).put();
    }

    @Override
    public Changes changes(HostName host) {
        requireHost(host);
        return allChanges(host);
    }

    @Override
    @Transactional
    public void putApp(HostName host, AppName app, AppSpec spec) {
        requireHost(host);
        AppSpec valid = spec.validated();
        if (kept(host).map(state -> valid.equals(state.apps().get(app))).orElse(false)) {
            table.delete(host, app);
            return;
        }
        requireItFits(host, app, valid);
        table.put(host, app, json.renderApp(valid), current.get().name(), clock.instant());
    }

    /** Ports and names are checked against the other apps as they are and as they are drafted. */
    private void requireItFits(HostName host, AppName app, AppSpec spec) {
        Optional<HostState> inForce = kept(host);
        if (inForce.isEmpty()) {
            return; // the box itself checks again
        }
        try {
            HostRules.check(laid(inForce.get(), allChanges(host).with(app, spec)));
        } catch (FieldRefused e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The app's entry was not accepted.",
                            e.getMessage(),
                            "Correct it and try again."),
                    e);
        }
    }

    @Override
    @Transactional
    public void removeApp(HostName host, AppName app) {
        requireHost(host);
        boolean inForce = kept(host).map(state -> state.apps().containsKey(app)).orElse(false);
        if (!inForce && !table.drafts(host).containsKey(app)) {
            throw unknownApp(host, app);
        }
        if (inForce) {
            table.put(host, app, null, current.get().name(), clock.instant());
        } else {
            table.delete(host, app);
        }
    }

    @Override
    @Transactional
    public void discard(HostName host, AppName app) {
        requireHost(host);
        table.delete(host, app);
    }

    @Override
    public void putSettings(HostName host, HostSettings settings) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putApp(HostName host, AppName app, AppSpec spec, String base) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putSettings(HostName host, HostSettings settings, String base) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> notes(HostState state) {
        return List.of();
    }

    @Override
    public HostSettings parseSettings(String settings) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<String, Object> entry(HostSettings settings) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String digest(AppSpec spec) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String digest(HostSettings settings) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void discardSettings(HostName host) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void discardAll(HostName host) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Draft> drafts(HostName host) {
        return List.of();
    }

    @Override
    public List<Edit> edits(HostName host) {
        return List.of();
    }

    @Override
    public List<Edit> edits(HostState before, HostState after) {
        return List.of();
    }

    @Override
    public Subscription watch(HostName host, Runnable listener) {
        return () -> {};
    }

    @Override
    public HostState refresh(HostName name) {
        Host host = requireHost(name);
        StateResult read = link.call(host.endpoint(), new ReadState(null));
        HostState state = read.state() == null
                ? new HostState(
                        HostState.VERSION, HostSettings.of(name.value(), FIRST_STATE_VERSION, "UTC"), new TreeMap<>())
                : json.parse(read.state());
        transaction.executeWithoutResult(status -> {
            table.keepInForce(name, read.revision(), json.render(state).text(), clock.instant());
            dropFulfilled(name, state);
        });
        return state;
    }

    /** A draft that says what is in force anyway is no change any more. */
    private void dropFulfilled(HostName host, HostState state) {
        table.drafts(host).forEach((app, entry) -> {
            AppSpec inForce = state.apps().get(app);
            boolean fulfilled =
                    entry.map(text -> json.parseApp(text).equals(inForce)).orElse(inForce == null);
            if (fulfilled) {
                table.delete(host, app);
            }
        });
    }

    @Override
    public HostState with(HostName host, Changes changes) {
        HostState state = kept(host).orElseGet(() -> refresh(host));
        return laid(state, changes);
    }

    private static HostState laid(HostState state, Changes changes) {
        SortedMap<AppName, AppSpec> apps = new TreeMap<>(state.apps());
        apps.putAll(changes.put());
        changes.remove().forEach(apps::remove);
        return new HostState(state.version(), state.host(), apps);
    }

    @Override
    public void keepResolved(HostName host, AppName app, AppSpec resolved) {
        transaction.executeWithoutResult(status -> {
            Optional<String> draft = table.drafts(host).get(app);
            AppSpec inForce = kept(host).map(state -> state.apps().get(app)).orElse(null);
            AppSpec before = draft == null ? inForce : draft.map(json::parseApp).orElse(null);
            boolean editedMeanwhile = before == null
                    || !before.source().url().equals(resolved.source().url())
                    || !before.withSource(resolved.source()).equals(resolved);
            if (!editedMeanwhile && !resolved.equals(inForce)) {
                table.put(host, app, json.renderApp(resolved.validated()), "croft", clock.instant());
            }
        });
    }

    @Override
    public RenderedState render(HostState state) {
        return json.render(state);
    }

    @Override
    public HostState parse(String text) {
        return json.parse(text);
    }

    @Override
    public AppSpec parseApp(String entry) {
        return json.parseApp(entry);
    }

    @Override
    public Map<String, Object> entry(AppSpec spec) {
        return json.entry(spec);
    }

    /** The box may have been changed by another console, or by hand, while nobody here was looking. */
    @EventListener
    void readAgain(HostCameBack event) {
        tryToRefresh(event.host());
    }

    @EventListener
    void readFirst(HostEnrolled event) {
        tryToRefresh(event.host());
    }

    private void tryToRefresh(Host host) {
        try {
            refresh(host.name());
        } catch (ProblemException e) {
            log.warn("The state of {} was not read: {}", host.name(), e.getMessage());
        }
    }

    private Changes allChanges(HostName host) {
        SortedMap<AppName, AppSpec> put = new TreeMap<>();
        TreeSet<AppName> remove = new TreeSet<>();
        table.drafts(host)
                .forEach((app, entry) ->
                        entry.ifPresentOrElse(text -> put.put(app, json.parseApp(text)), () -> remove.add(app)));
        return new Changes(null, put, remove);
    }

    private Optional<HostState> kept(HostName host) {
        return table.inForce(host).map(json::parse);
    }

    private Host requireHost(HostName name) {
        return hosts.find(name)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "The host was not found.",
                                "This console has no host named \"" + name + "\".",
                                "Choose one of the Host page, or add it there.")
                        .toException());
    }

    private static ProblemException unknownApp(HostName host, AppName app) {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "The app was not found.",
                        host + " has no app named \"" + app + "\", and there is no draft of one.",
                        "Choose one of the Apps page.")
                .toException();
    }
}
