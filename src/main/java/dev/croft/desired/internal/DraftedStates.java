package dev.croft.desired.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.desired.DraftsChanged;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Mail;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.RenderedState;
import dev.croft.desired.internal.DraftTable.Saved;
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
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Drafts in this console's database over the state that the box keeps in its own git repository. */
@Service
class DraftedStates implements DesiredStates {

    private static final Logger log = LoggerFactory.getLogger(DraftedStates.class);

    /** What a box without a state.json starts from. */
    private static final String FIRST_STATE_VERSION = "26.05";

    private final StateJson json = new StateJson();
    private static final String NOT_ALL_YOURS = "Among the changes of the box are some that you may not make.";

    private final DraftTable table;
    private final Hosts hosts;
    private final HostLink link;
    private final CurrentOperator current;
    private final TransactionTemplate transaction;
    private final ApplicationEventPublisher events;
    private final DraftWatchers watchers;
    private final Clock clock;
    private final Sight sight;

    DraftedStates(
            DraftTable table,
            Hosts hosts,
            HostLink link,
            CurrentOperator current,
            TransactionTemplate transaction,
            ApplicationEventPublisher events,
            DraftWatchers watchers,
            Clock clock,
            Sight sight) {
        this.sight = sight;
        this.table = table;
        this.hosts = hosts;
        this.link = link;
        this.current = current;
        this.transaction = transaction;
        this.events = events;
        this.watchers = watchers;
        this.clock = clock;
    }

    @Override
    public HostState draft(HostName host) {
        requireHost(host);
        return seen(host, with(host, allChanges(host)));
    }

    @Override
    public Optional<HostState> inForce(HostName host) {
        requireHost(host);
        return kept(host).map(state -> seen(host, state));
    }

    /** What the person may look at: their apps; of the box itself what an app's page has to know. */
    private HostState seen(HostName host, HostState state) {
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        if (mine.test(Scope.of(host))) {
            return state;
        }
        SortedMap<AppName, AppSpec> apps = new TreeMap<>(state.apps());
        apps.keySet().removeIf(app -> !mine.test(Scope.of(host, app)));
        HostSettings all = state.host();
        Services services = all.services();
        return new HostState(
                state.version(),
                HostSettings.of(all.name(), all.stateVersion(), all.timezone())
                        .withServices(services.withMail(services.mail() == null ? null : new Mail(null, null)))
                        .withBackups(all.backups()),
                apps);
    }

    @Override
    public SortedMap<AppName, AppSpec> pending(HostName host) {
        return changes(host).put();
    }

    @Override
    public Changes changes(HostName host) {
        requireHost(host);
        Changes all = allChanges(host);
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        SortedMap<AppName, AppSpec> put = new TreeMap<>(all.put());
        put.keySet().removeIf(app -> !mine.test(Scope.of(host, app)));
        SortedSet<AppName> remove = new TreeSet<>(all.remove());
        remove.removeIf(app -> !mine.test(Scope.of(host, app)));
        return new Changes(mine.test(Scope.of(host)) ? all.host() : null, put, remove);
    }

    // ---- apps

    @Override
    @Transactional
    public void putApp(HostName host, AppName app, AppSpec spec) {
        save(host, app, spec, null);
    }

    @Override
    @Transactional
    public void putApp(HostName host, AppName app, AppSpec spec, String base) {
        save(host, app, spec, base);
    }

    private void save(HostName host, AppName app, AppSpec spec, @Nullable String base) {
        requireHost(host);
        AppSpec valid = spec.validated();
        table.lock(host);
        Optional<AppSpec> inForce = kept(host).map(state -> state.apps().get(app));
        Saved draft = table.drafts(host).get(app);
        Optional<AppSpec> before = draft == null ? inForce : draft.entry().map(json::parseApp);
        if (before.equals(Optional.of(valid))) {
            return; // somebody else had the same wish, or nothing was edited
        }
        if (base != null && !base.equals(before.map(this::digest).orElse(""))) {
            throw conflict("The app's entry was not saved.", app + " on " + host, draft);
        }
        if (inForce.equals(Optional.of(valid))) {
            table.delete(host, app);
        } else {
            requireItFits(host, app, valid);
            table.put(host, app, json.renderApp(valid), current.get().name(), now());
        }
        draftsChanged(host);
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
        table.lock(host);
        boolean inForce = kept(host).map(state -> state.apps().containsKey(app)).orElse(false);
        if (!inForce && !table.drafts(host).containsKey(app)) {
            throw unknownApp(host, app);
        }
        if (inForce) {
            table.put(host, app, null, current.get().name(), now());
        } else {
            table.delete(host, app);
        }
        draftsChanged(host);
    }

    @Override
    @Transactional
    public void discard(HostName host, AppName app) {
        requireHost(host);
        if (table.delete(host, app)) {
            draftsChanged(host);
        }
    }

    // ---- the box itself

    @Override
    public void putSettings(HostName host, HostSettings settings) {
        save(host, settings, null);
    }

    @Override
    public void putSettings(HostName host, HostSettings settings, String base) {
        save(host, settings, base);
    }

    private void save(HostName host, HostSettings settings, @Nullable String base) {
        requireHost(host);
        requireRead(host);
        transaction.executeWithoutResult(status -> {
            table.lock(host);
            HostSettings inForce = requireRead(host).host();
            requireSame("name", inForce.name(), settings.name());
            requireSame("stateVersion", inForce.stateVersion(), settings.stateVersion());
            HostSettings valid = settings.withIdentityOf(inForce).validated();
            Optional<Saved> draft = table.settings(host);
            HostSettings before = draftedSettings(draft)
                    .map(drafted -> drafted.withIdentityOf(inForce))
                    .orElse(inForce);
            if (before.equals(valid)) {
                return;
            }
            if (base != null && !base.equals(digest(before))) {
                throw conflict("The settings were not saved.", host.toString(), draft.orElse(null));
            }
            if (valid.equals(inForce)) {
                table.deleteSettings(host);
            } else {
                table.putSettings(
                        host, json.renderSettings(valid), current.get().name(), now());
            }
            draftsChanged(host);
        });
    }

    private static void requireSame(String field, String inForce, String asked) {
        if (!asked.isEmpty() && !asked.equals(inForce)) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The box's settings were not accepted.",
                            field + ": it is \"" + inForce + "\" for as long as this installation lasts.",
                            "Leave the field as it is.")
                    .toException();
        }
    }

    @Override
    @Transactional
    public void discardSettings(HostName host) {
        requireHost(host);
        if (table.deleteSettings(host)) {
            draftsChanged(host);
        }
    }

    // ---- all drafts

    @Override
    @Transactional
    public void discardAll(HostName host) {
        requireHost(host);
        Operator operator = current.get();
        if (table.settings(host).isPresent() && !operator.may(Role.ADMIN, Scope.of(host))) {
            throw notAllDiscarded(
                    operator.may(Role.VIEWER, Scope.of(host))
                            ? "The box's own settings are among the changes, and only an administrator may discard those."
                            : NOT_ALL_YOURS);
        }
        if (!table.drafts(host).keySet().stream().allMatch(app -> operator.may(Role.OPERATOR, Scope.of(host, app)))) {
            throw notAllDiscarded(NOT_ALL_YOURS);
        }
        if (table.deleteAll(host)) {
            draftsChanged(host);
        }
    }

    private static ProblemException notAllDiscarded(String why) {
        return Problem.of(
                        ProblemCode.NOT_ALLOWED,
                        "Nothing was discarded.",
                        why,
                        "Discard the changes of the apps one by one, or ask an administrator.")
                .toException();
    }

    @Override
    public List<Draft> drafts(HostName host) {
        requireHost(host);
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        return table.saved(host).stream()
                .filter(draft -> mine.test(Scope.of(host, draft.app())))
                .toList();
    }

    @Override
    public List<Edit> edits(HostName host) {
        requireHost(host);
        HostState inForce = requireRead(host);
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        return Edits.between(inForce, laid(inForce, allChanges(host))).stream()
                .filter(edit -> mine.test(Scope.of(host, edit.app())))
                .toList();
    }

    @Override
    public List<Edit> edits(HostState before, HostState after) {
        return Edits.between(before, after);
    }

    @Override
    public List<String> notes(HostState state) {
        return HostRules.notes(state);
    }

    @Override
    public Subscription watch(HostName host, Runnable listener) {
        requireHost(host);
        return watchers.watch(host, listener);
    }

    // ---- what is in force

    @Override
    public HostState refresh(HostName name) {
        Host host = requireHost(name);
        StateResult read = link.call(host.endpoint(), new ReadState(null));
        HostState state = read.state() == null
                ? new HostState(
                        HostState.VERSION, HostSettings.of(name.value(), FIRST_STATE_VERSION, "UTC"), new TreeMap<>())
                : json.parse(read.state());
        String text = json.render(state).text();
        transaction.executeWithoutResult(status -> {
            table.lock(name);
            boolean another = !table.inForce(name).equals(Optional.of(text));
            table.keepInForce(name, read.revision(), text, clock.instant());
            if (dropFulfilled(name, state)) {
                draftsChanged(name);
            } else if (another) {
                afterCommit(() -> watchers.changed(name));
            }
        });
        return state;
    }

    /** A draft that says what is in force anyway is no change any more. Whether there was one. */
    private boolean dropFulfilled(HostName host, HostState state) {
        boolean dropped = false;
        for (Map.Entry<AppName, Saved> draft : table.drafts(host).entrySet()) {
            AppSpec inForce = state.apps().get(draft.getKey());
            boolean fulfilled = draft.getValue()
                    .entry()
                    .map(text -> json.parseApp(text).equals(inForce))
                    .orElse(inForce == null);
            dropped |= fulfilled && table.delete(host, draft.getKey());
        }
        boolean settingsFulfilled = draftedSettings(table.settings(host))
                .map(drafted -> drafted.withIdentityOf(state.host()).equals(state.host()))
                .orElse(false);
        return (settingsFulfilled && table.deleteSettings(host)) || dropped;
    }

    @Override
    public Optional<String> inForceAt(HostName host) {
        return table.revision(host);
    }

    @Override
    public HostState with(HostName host, Changes changes) {
        return laid(requireRead(host), changes);
    }

    private static HostState laid(HostState state, Changes changes) {
        SortedMap<AppName, AppSpec> apps = new TreeMap<>(state.apps());
        apps.putAll(changes.put());
        changes.remove().forEach(apps::remove);
        HostSettings host = changes.host();
        return new HostState(state.version(), host == null ? state.host() : host.withIdentityOf(state.host()), apps);
    }

    @Override
    public void keepResolved(HostName host, AppName app, AppSpec resolved) {
        transaction.executeWithoutResult(status -> {
            table.lock(host);
            Saved draft = table.drafts(host).get(app);
            AppSpec inForce = kept(host).map(state -> state.apps().get(app)).orElse(null);
            AppSpec before =
                    draft == null ? inForce : draft.entry().map(json::parseApp).orElse(null);
            boolean editedMeanwhile = before == null
                    || !before.source().url().equals(resolved.source().url())
                    || !before.withSource(resolved.source()).equals(resolved);
            if (!editedMeanwhile && !resolved.equals(inForce) && !resolved.equals(before)) {
                // Looking up a branch is no edit: the draft is still its author's.
                table.put(
                        host,
                        app,
                        json.renderApp(resolved.validated()),
                        draft == null ? "croft" : draft.savedBy(),
                        draft == null ? now() : draft.savedAt());
                draftsChanged(host);
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
    public HostSettings parseSettings(String settings) {
        return json.parseSettings(settings);
    }

    @Override
    public Map<String, Object> entry(HostSettings settings) {
        return json.entry(settings);
    }

    @Override
    public String digest(AppSpec spec) {
        return StateJson.digest(json.renderApp(spec));
    }

    @Override
    public String digest(HostSettings settings) {
        return StateJson.digest(json.renderSettings(settings));
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
                .forEach((app, draft) -> draft.entry()
                        .ifPresentOrElse(text -> put.put(app, json.parseApp(text)), () -> remove.add(app)));
        return new Changes(draftedSettings(table.settings(host)).orElse(null), put, remove);
    }

    private Optional<HostSettings> draftedSettings(Optional<Saved> draft) {
        return draft.flatMap(Saved::entry).map(json::parseSettings);
    }

    /** What is in force; asks the box when it never was. */
    private HostState requireRead(HostName host) {
        return kept(host).orElseGet(() -> refresh(host));
    }

    /** The database keeps microseconds. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private void draftsChanged(HostName host) {
        afterCommit(() -> {
            events.publishEvent(new DraftsChanged(host));
            watchers.changed(host);
        });
    }

    private static void afterCommit(Runnable telling) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                telling.run();
            }
        });
    }

    private static ProblemException conflict(String what, String thing, @Nullable Saved draft) {
        return Problem.of(
                        ProblemCode.CONFLICT,
                        what,
                        draft == null
                                ? thing + " has been changed since you began to edit: a draft was applied or discarded."
                                : draft.savedBy() + " has edited " + thing + " since you began, at " + draft.savedAt()
                                        + ".",
                        "Look at how it is now, then make your edit again.")
                .toException();
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
