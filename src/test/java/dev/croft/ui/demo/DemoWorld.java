package dev.croft.ui.demo;

import dev.croft.desired.AppSpec;
import dev.croft.desired.Draft;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Backups;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.Operation.PhaseTime;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.ui.support.Words;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One box in memory: apps, drafts, generations, operations that take their time, journals that go on. */
public final class DemoWorld implements AutoCloseable {

    public static final HostName BOX = new HostName("attic");
    public static final String CLAIM = "demo-claim";
    static final String REV = "4f2a9c81d0e7b3564f2a9c81d0e7b3564f2a9c81";
    private volatile HostEndpoint endpoint =
            new HostEndpoint("10.213.7.2", 22, "croft-host", "SHA256:q7Xw0cXk1v3PZb4rJ9mU2sYdHf6tLgAoEiNnKp5RxQw");

    static final HostSettings FURNISHED = new HostSettings(
            "attic",
            "26.05",
            "Europe/Paris",
            new Firewall(List.of(8443), List.of(51820)),
            null,
            new TreeMap<>(Map.of(
                    "anna",
                    new BoxUser(
                            true,
                            List.of(
                                    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3KcVqk5pT2vTqX0s1m8m8r9pYc3Jt0y1p0bq0a5v7x anna@laptop",
                                    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHk2m8r9pYc3Jt0y1p0bq0a5v7xJ3KcVqk5pT2vTqX0s anna@phone")),
                    "robot",
                    new BoxUser(false, List.of()))),
            null,
            null,
            null,
            null,
            new HostState.Services(
                    new HostState.Postgresql(15, new TreeMap<>(Map.of("work_mem", "4M")), null),
                    null,
                    new HostState.Mail(
                            new HostState.MailRelay("smtp.example.net", null, null, "attic@example.net"),
                            new HostState.MailServer(
                                    "mail.attic.example",
                                    List.of("attic.example"),
                                    new TreeMap<>(Map.of(
                                            "ada@attic.example", new HostState.Mailbox("2G"),
                                            "bob@attic.example", new HostState.Mailbox(null))),
                                    new TreeMap<>(Map.of(
                                            "info@attic.example",
                                            List.of("ada@attic.example", "bob@elsewhere.example"),
                                            "@attic.example",
                                            List.of("ada@attic.example"))),
                                    null,
                                    null,
                                    AppSpec.Tls.SELF_SIGNED,
                                    null))),
            Backups.NONE);

    private final Clock clock;
    private final long usualPace;
    private long pace;
    private final ScheduledExecutorService time =
            Executors.newScheduledThreadPool(1, Thread.ofPlatform().daemon().factory());
    private final AtomicLong counter = new AtomicLong();

    private @Nullable String administrator;
    private String password = "";
    private boolean reachable = true;
    private int flood;
    private Instant lastSeen;

    final SortedMap<AppName, AppSpec> inForce = new TreeMap<>();
    final SortedMap<AppName, AppSpec> drafts = new TreeMap<>();
    final SortedSet<AppName> removals = new TreeSet<>();
    HostSettings settings = FURNISHED;

    @Nullable
    HostSettings draftSettings;

    /** Laid over what the box in memory finds by itself. */
    final Map<String, Object> moreOfReviews = new HashMap<>();

    private final Map<String, Draft> drafted = new HashMap<>();
    private final List<Runnable> draftWatchers = new CopyOnWriteArrayList<>();
    private final Map<OperationId, Work> works = new HashMap<>();
    private int oldConnections;
    private Operations.@Nullable Apply applied;
    final Map<AppName, String> states = new HashMap<>();
    final Map<AppName, Instant> since = new HashMap<>();
    private final Map<AppName, OperationId> deployments = new HashMap<>();
    private final List<Generation> generations = new ArrayList<>();
    private final Map<Integer, SortedMap<AppName, AppSpec>> kept = new HashMap<>();
    private final List<Snapshot> snapshots = new ArrayList<>();
    private final List<Operation> operations = new ArrayList<>();
    private final Map<OperationId, List<OperationEvent>> events = new HashMap<>();
    private final Map<OperationId, List<Consumer<OperationEvent>>> followers = new HashMap<>();
    private final List<Consumer<Operation>> watchers = new CopyOnWriteArrayList<>();

    private final List<Operation> failedBackups = new ArrayList<>();

    public DemoWorld(Clock clock, long pace) {
        this.clock = clock;
        this.pace = pace;
        this.usualPace = pace;
        this.lastSeen = clock.instant();
        remember("installed", null, null, clock.instant().minus(Duration.ofDays(12)));
    }

    // ---- who

    public synchronized void claim(String name, String secret) {
        administrator = name;
        password = secret;
    }

    synchronized @Nullable String administrator() {
        return administrator;
    }

    synchronized String password() {
        return password;
    }

    // ---- the box

    Host host() {
        return new Host(BOX, endpoint, clock.instant().minus(Duration.ofDays(12)));
    }

    void moveTo(HostEndpoint place) {
        endpoint = place;
    }

    public synchronized void reachable(boolean on) {
        lastSeen = clock.instant();
        reachable = on;
    }

    synchronized boolean isReachable() {
        return reachable;
    }

    synchronized Instant lastSeen() {
        return reachable ? clock.instant() : lastSeen;
    }

    static Problem unreachable() {
        return Problem.of(
                ProblemCode.HOST_UNREACHABLE,
                "attic does not answer.",
                "The connection to 10.213.7.2, port 22, timed out.",
                "Check that the box is on and in the network. Croft tries again by itself.");
    }

    void requireReachable() {
        if (!isReachable()) {
            throw unreachable().toException();
        }
    }

    /** Back to a box with this many apps and an account, for tests that share a world. */
    public synchronized void restart(int apps) {
        inForce.clear();
        drafts.clear();
        removals.clear();
        drafted.clear();
        settings = FURNISHED;
        draftSettings = null;
        moreOfReviews.clear();
        oldConnections = 0;
        pace = usualPace;
        applied = null;
        works.clear();
        states.clear();
        since.clear();
        deployments.clear();
        generations.clear();
        kept.clear();
        snapshots.clear();
        operations.clear();
        failedBackups.clear();
        events.clear();
        reachable = true;
        claim("anna", "correct horse battery");
        remember("installed", null, null, clock.instant().minus(Duration.ofDays(12)));
        furnish(apps);
    }

    public synchronized void withoutMail() {
        settings = settings.withServices(settings.services().withMail(null));
    }

    /** What reviews find beside the rest, from now on. */
    public synchronized void reviewAlso(String member, Object found) {
        moreOfReviews.put(member, found);
    }

    /** Two people have edited an app and the box itself. */
    public synchronized void furnishDrafts() {
        var app = new AppName("bookmarks");
        AppSpec spec = inForce.get(app);
        drafts.put(
                app,
                spec.withRun(new AppSpec.Run(
                                spec.run().command(),
                                spec.run().port() + 1,
                                spec.run().env(),
                                spec.run().secrets(),
                                spec.run().migrate()))
                        .withLimits(new AppSpec.Limits("1G", "50%", 256)));
        drafted(app, false, "anna");
        var users = new TreeMap<>(settings.users());
        users.put(
                "ben",
                new BoxUser(
                        true,
                        List.of(
                                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAh7fri+32C0j1y8hckipNXUt6MQoOcZY6PQM2YJaD0d ben@desk")));
        draftSettings = new HostSettings(
                "attic",
                "26.05",
                "Europe/Paris",
                new Firewall(List.of(8443, 9002), List.of()),
                null,
                users,
                null,
                null,
                null,
                null,
                settings.services(),
                settings.backups());
        drafted(null, false, "ben");
    }

    private static AppSpec attached(AppSpec spec) {
        return spec.withAttach(AppSpec.Attach.NOTHING
                        .withPostgresql(new AppSpec.Postgresql(null, List.of()))
                        .withMail(new AppSpec.Mail(List.of("bookmarks@attic.example"), null))
                        .withStorage(new TreeMap<>(Map.of("covers", new AppSpec.Volume("50M")))))
                .withJobs(new TreeMap<>(Map.of(
                        "fetch-titles",
                        new AppSpec.Job("*-*-* 04:00", List.of("./manage", "fetch-titles"), null, null))));
    }

    /** Nobody has an account yet. */
    public synchronized void unclaim() {
        administrator = null;
    }

    public synchronized void furnish(int apps) {
        record Seed(String name, String repository, String builder, int port, String state) {}
        List<Seed> seeds = List.of(
                new Seed("blog", "https://git.example.org/anna/blog.git", "static", 8080, "running"),
                new Seed("bookmarks", "https://git.example.org/anna/bookmarks.git", "python", 8081, "running"),
                new Seed("weather", "ssh://git@git.example.org/anna/weather-station.git", "node", 8082, "failed"));
        for (Seed seed : seeds.subList(0, Math.min(apps, seeds.size()))) {
            var app = new AppName(seed.name());
            var spec = AppSpec.of(
                            new AppSpec.Source(
                                    "git", seed.repository(), "main", revision(), "sha256-" + "A".repeat(43) + "="),
                            new AppSpec.Build(seed.builder()),
                            new AppSpec.Run(
                                    List.of(),
                                    seed.port(),
                                    seed.name().equals("blog")
                                            ? Map.of()
                                            : Map.of("TZ", "Europe/Paris", "THEME", "dark"),
                                    seed.name().equals("bookmarks")
                                            ? new TreeMap<>(Map.of(
                                                    "API_KEY",
                                                    AppSpec.Delivery.ENV,
                                                    "SMTP_PASSWORD",
                                                    AppSpec.Delivery.FILE))
                                            : new TreeMap<>(),
                                    List.of()))
                    .withDomains(seed.name().equals("blog") ? List.of("blog.example.org") : List.of())
                    .withLimits(new AppSpec.Limits("512M", "50%", 256))
                    .withHealth(new AppSpec.Health("/", 30));
            if (seed.name().equals("bookmarks")) {
                spec = attached(spec);
            }
            Instant at = clock.instant().minus(Duration.ofHours(50 - seeds.indexOf(seed)));
            inForce.put(app, spec);
            states.put(app, seed.state());
            since.put(app, at);
            OperationId id = id();
            deployments.put(app, id);
            int generation = remember("Deploy " + app, id, "anna", at);
            operations.addFirst(new Operation(
                    id,
                    Operation.Kind.DEPLOY,
                    BOX,
                    app,
                    "Deploy " + app,
                    OperationState.SUCCEEDED,
                    "persist",
                    "anna",
                    at.minusSeconds(48),
                    at.minusSeconds(47),
                    at,
                    generation,
                    null,
                    Map.of(
                            "apps",
                            Map.of(app.value(), Map.of("rev", spec.source().rev())),
                            "revision",
                            revision()),
                    null,
                    List.of()));
        }
        if (apps > 2) {
            Instant at = clock.instant().minus(Duration.ofMinutes(34));
            operations.addFirst(new Operation(
                    id(),
                    Operation.Kind.DEPLOY,
                    BOX,
                    new AppName("weather"),
                    "Deploy weather",
                    OperationState.FAILED,
                    "build",
                    "anna",
                    at.minusSeconds(31),
                    at.minusSeconds(30),
                    at,
                    null,
                    buildFailed(),
                    Map.of(),
                    null,
                    List.of()));
        }
    }

    /** A newer version of bookmarks, before whose first start the data was copied. */
    public synchronized void upgrade() {
        var app = new AppName("bookmarks");
        Instant at = clock.instant().minus(Duration.ofHours(3));
        AppSpec old = inForce.get(app);
        OperationId id = id();
        snapshots.addFirst(DemoMaintenance.snapshot(
                app, id, at, generations.size(), old.source().rev()));
        inForce.put(
                app,
                old.withSource(new AppSpec.Source(
                        "git",
                        old.source().url(),
                        old.source().ref(),
                        revision(),
                        old.source().narHash())));
        since.put(app, at);
        deployments.put(app, id);
        int generation = remember("Deploy " + app, id, "bert", at);
        operations.addFirst(new Operation(
                id,
                Operation.Kind.DEPLOY,
                BOX,
                app,
                "Deploy " + app,
                OperationState.SUCCEEDED,
                "persist",
                "bert",
                at.minusSeconds(63),
                at.minusSeconds(62),
                at,
                generation,
                null,
                Map.of(
                        "apps",
                        Map.of(
                                app.value(),
                                Map.of("rev", inForce.get(app).source().rev()))),
                null,
                List.of()));
    }

    private static Problem buildFailed() {
        return Problem.of(
                        ProblemCode.BUILD_FAILED,
                        "weather was not built.",
                        "npm run build ended with exit code 1: Cannot find module './forecast'.",
                        "Read the build log below, correct the project, push it, and deploy again. The version before keeps running.")
                .withDetail("""
                        > weather@1.4.0 build
                        > node build.js

                        node:internal/modules/cjs/loader:1228
                          throw err;
                          ^

                        Error: Cannot find module './forecast'
                        Require stack:
                        - /build/source/build.js
                            at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)
                            at require (node:internal/modules/helpers:177:18)""");
    }

    private int remember(String description, @Nullable OperationId operation, @Nullable String author, Instant at) {
        int number = generations.size() + 1;
        generations.replaceAll(each -> new Generation(
                each.number(),
                each.date(),
                false,
                each.booted(),
                false,
                each.closure(),
                each.closureBytes(),
                each.description(),
                each.operation(),
                each.author(),
                each.revision(),
                each.pinned(),
                each.label(),
                each.booted() || each.pinned() ? null : 41_000_000L + 1_700_000L * each.number(),
                each.kind()));
        generations.add(new Generation(
                number,
                at,
                true,
                number == 1,
                true,
                "/nix/store/0c5j7x-nixos-system-attic",
                812_000_000L + 3_100_000L * number,
                description,
                operation,
                author,
                revision(),
                false,
                null,
                null,
                operation == null ? null : description.startsWith("Roll back") ? "rollback" : "apply"));
        kept.put(number, new TreeMap<>(inForce));
        return number;
    }

    public synchronized Optional<AppSpec> draft(AppName app) {
        return Optional.ofNullable(drafts.get(app));
    }

    public synchronized Optional<HostSettings> settingsDraft() {
        return Optional.ofNullable(draftSettings);
    }

    /** Somebody else drafts. */
    public synchronized void draftSettings(UnaryOperator<HostSettings> edit) {
        draftSettings = edit.apply(draftSettings == null ? settings : draftSettings);
        drafted(null, false, "bert");
    }

    synchronized List<Snapshot> snapshots() {
        return List.copyOf(snapshots);
    }

    synchronized SortedMap<AppName, AppSpec> kept(int number) {
        return kept.getOrDefault(number, new TreeMap<>());
    }

    synchronized int currentGeneration() {
        return generations.stream()
                .filter(Generation::current)
                .map(Generation::number)
                .findFirst()
                .orElse(1);
    }

    synchronized void forget(List<Integer> numbers) {
        generations.removeIf(each -> numbers.contains(each.number()));
    }

    synchronized Generation mark(int number, @Nullable Boolean pinned, @Nullable String label) {
        generations.replaceAll(each -> each.number() != number
                ? each
                : new Generation(
                        each.number(),
                        each.date(),
                        each.current(),
                        each.booted(),
                        each.bootDefault(),
                        each.closure(),
                        each.closureBytes(),
                        each.description(),
                        each.operation(),
                        each.author(),
                        each.revision(),
                        pinned == null ? each.pinned() : pinned,
                        label == null ? each.label() : label.isEmpty() ? null : label,
                        Boolean.TRUE.equals(pinned) ? null : each.bytesFreed(),
                        each.kind()));
        return generations.stream()
                .filter(each -> each.number() == number)
                .findFirst()
                .orElseThrow();
    }

    private String revision() {
        return String.format("%08x", (int) (counter.incrementAndGet() * 0x9E3779B9L)) + REV.substring(8);
    }

    OperationId id() {
        return new OperationId(String.format("01k%023d", counter.incrementAndGet()));
    }

    synchronized List<Generation> generations() {
        return generations.reversed();
    }

    // ---- drafts

    /** Somebody edited; null: the box's own settings. Every page hears of it. */
    synchronized void drafted(@Nullable AppName app, boolean removal, String who) {
        drafted.put(app == null ? "" : app.value(), new Draft(app, removal, who, clock.instant()));
        draftsChanged();
    }

    synchronized void forgetDraft(@Nullable AppName app) {
        drafted.remove(app == null ? "" : app.value());
        draftsChanged();
    }

    synchronized List<Draft> drafted() {
        return drafted.values().stream()
                .sorted(Comparator.comparing(Draft::savedAt))
                .toList();
    }

    Subscription watchDrafts(Runnable listener) {
        draftWatchers.add(listener);
        return () -> draftWatchers.remove(listener);
    }

    private void draftsChanged() {
        draftWatchers.forEach(each -> time.execute(each));
    }

    /** Everything that is drafted is in force now. */
    synchronized void applyDrafts() {
        inForce.putAll(drafts);
        drafts.keySet().forEach(app -> {
            states.put(app, "running");
            since.put(app, clock.instant());
        });
        removals.forEach(inForce::remove);
        settings = draftSettings == null ? settings : draftSettings;
        drafts.clear();
        removals.clear();
        draftSettings = null;
        drafted.clear();
    }

    // ---- operations

    /** What has failed is told by the operations; here a test says it. */
    public synchronized void backupFailed(Operation failed) {
        failedBackups.add(failed);
    }

    synchronized List<Operation> failedBackups() {
        return List.copyOf(failedBackups);
    }

    public synchronized List<Operation> operations() {
        return List.copyOf(operations);
    }

    synchronized Optional<Operation> current() {
        return operations.stream()
                .filter(each -> !each.state().isFinal())
                .min(Comparator.comparing(Operation::createdAt));
    }

    synchronized Optional<OperationId> deployment(AppName app) {
        return Optional.ofNullable(deployments.get(app));
    }

    /**
     * @param effect what it does to the box when it is kept
     * @param host whether it is a change of the box itself, which waits for a confirmation
     * @param result what the box reports at the end
     */
    record Work(
            Runnable effect,
            boolean host,
            int confirmWithin,
            Supplier<Map<String, Object>> result,
            @Nullable Integer backTo) {}

    synchronized Operation start(
            Operation.Kind kind,
            @Nullable AppName app,
            String title,
            String who,
            Runnable effect,
            @Nullable Integer backTo) {
        return start(kind, app, title, who, new Work(effect, false, 60, Map::of, backTo));
    }

    synchronized Operation start(Operation.Kind kind, @Nullable AppName app, String title, String who, Work work) {
        boolean waits = current().isPresent();
        var operation = new Operation(
                id(),
                kind,
                BOX,
                app,
                title,
                OperationState.QUEUED,
                null,
                who,
                clock.instant(),
                null,
                null,
                null,
                waits
                        ? Problem.of(
                                ProblemCode.HOST_BUSY,
                                "It waits for its turn.",
                                "\"" + current().get().title() + "\" changes the box; one change runs at a time.",
                                "It starts by itself.")
                        : null,
                Map.of(),
                null,
                List.of());
        operations.addFirst(operation);
        works.put(operation.id(), work);
        tell(operation);
        if (!waits) {
            begin(operation);
        }
        return operation;
    }

    private void begin(Operation operation) {
        List<String> phases = switch (operation.kind()) {
            case ROLLBACK -> List.of("activate", "health", "persist");
            case PLAN -> List.of("resolve", "evaluate", "fetch", "build", "build", "build", "build");
            default ->
                List.of(
                        "resolve",
                        "evaluate",
                        "fetch",
                        "build",
                        "build",
                        "build",
                        "build",
                        "activate",
                        "health",
                        "persist");
        };
        step(operation.id(), phases, 0);
    }

    /** The row in a phase, with the times of those before it. */
    private Operation entered(Operation now, @Nullable String phase, OperationState state) {
        var times = new ArrayList<>(now.phases());
        Instant at = clock.instant();
        boolean goesOn = !times.isEmpty()
                && times.getLast().phase().equals(phase)
                && times.getLast().endedAt() == null;
        if (!goesOn) {
            times.replaceAll(each -> each.endedAt() == null ? new PhaseTime(each.phase(), each.startedAt(), at) : each);
            if (phase != null && !state.isFinal()) {
                times.add(new PhaseTime(phase, at, null));
            }
        }
        if (state.isFinal()) {
            times.replaceAll(each -> each.endedAt() == null ? new PhaseTime(each.phase(), each.startedAt(), at) : each);
        }
        return new Operation(
                now.id(),
                now.kind(),
                BOX,
                now.app(),
                now.title(),
                state,
                phase == null ? now.phase() : phase,
                now.requestedBy(),
                now.createdAt(),
                now.startedAt() == null ? at : now.startedAt(),
                state.isFinal() ? at : null,
                now.generation(),
                null,
                now.result(),
                null,
                times);
    }

    private void step(OperationId id, List<String> phases, int at) {
        time.schedule(
                () -> {
                    synchronized (this) {
                        Operation now = get(id);
                        if (now.state().isFinal()) {
                            return;
                        }
                        if (now.app() != null && now.app().value().contains("broken") && at == 5) {
                            steps(id, 3, true);
                            finish(entered(now, null, OperationState.FAILED).withProblem(buildFailed()));
                            return;
                        }
                        if (at == phases.size()) {
                            keepOrFinish(now);
                            return;
                        }
                        if (phases.get(at).equals("persist") && awaits(now)) {
                            return;
                        }
                        enter(now, phases.get(at), at);
                    }
                    step(id, phases, at + 1);
                },
                at == 0 ? pace / 3 : pace,
                TimeUnit.MILLISECONDS);
    }

    private Work work(OperationId id) {
        return works.get(id);
    }

    private void keepOrFinish(Operation now) {
        Work work = work(now.id());
        work.effect().run();
        Integer generation = now.kind() == Operation.Kind.PLAN || now.kind() == Operation.Kind.GC
                ? null
                : work.backTo() == null
                        ? Integer.valueOf(remember(now.title(), now.id(), now.requestedBy(), clock.instant()))
                        : Integer.valueOf(goTo(work.backTo()));
        if (now.app() != null) {
            deployments.put(now.app(), now.id());
        }
        Map<String, Object> result = now.app() == null
                ? work.result().get()
                : Map.of("apps", Map.of(now.app().value(), Map.of("rev", revision())));
        steps(now.id(), 4, false);
        finish(entered(now, now.phase(), OperationState.SUCCEEDED).withResult(generation, result));
        draftsChanged();
    }

    private void enter(Operation now, String phase, int at) {
        OperationId id = now.id();
        Operation next = entered(now, phase, OperationState.RUNNING);
        replace(next);
        long done = Math.max(0, at - 3);
        boolean counts = phase.equals("build") || phase.equals("fetch");
        record(
                id,
                new OperationEvent.Progress(
                        counter.incrementAndGet(),
                        new HostReply.Progress(
                                "c" + counter.get(),
                                clock.instant(),
                                phase,
                                counts ? Long.valueOf(done) : null,
                                counts ? Long.valueOf(4) : null,
                                phase.equals("build") ? Long.valueOf(Math.min(2, 4 - done)) : null,
                                null,
                                counts ? Long.valueOf(12_400_000L * (at - 1)) : null,
                                counts ? Long.valueOf(61_800_000L) : null,
                                null)));
        if (counts) {
            steps(id, (int) done, false);
        }
        line(id, "op", 6, Words.phase(phase) + " …");
        for (int i = 0; i < 12 && phase.equals("build"); i++) {
            line(
                    id,
                    "build",
                    6,
                    "\u001b[32m✓\u001b[0m compiled \u001b[1msrc/part-" + done + "-" + i + ".js\u001b[0m in "
                            + (i * 7 + 3) + " ms",
                    drv((int) done + 1));
        }
        if (phase.equals("activate")) {
            line(id, "activate", 6, "restarting the following units: croft-app-" + now.app() + ".service");
        }
        tell(next);
    }

    private static String drv(int number) {
        return "/nix/store/" + "0123456789abcdfghijklmnpqrsvwxyz".substring(number, number + 20) + "hjkl4711abcd-"
                + NAMES.get(number) + ".drv";
    }

    private static final List<String> NAMES =
            List.of("source", "node-modules-1.4.0", "weather-1.4.0", "etc", "nixos-system-attic-26.05");

    /** A small tree: the system needs etc and the app, the app its modules, those a download. */
    private void steps(OperationId id, int done, boolean fails) {
        for (int number = 0; number < NAMES.size(); number++) {
            if (number > done + 1) {
                return;
            }
            boolean build = number > 0;
            String state = number <= done && !(number == done && !fails && done < 4) ? "done" : "running";
            if (fails && number == 2) {
                state = "failed";
            }
            List<Long> inputs = switch (number) {
                case 1 -> List.of(1L);
                case 2 -> List.of(2L);
                case 4 -> List.of(3L, 4L);
                default -> List.of();
            };
            record(
                    id,
                    new OperationEvent.Step(
                            counter.incrementAndGet(),
                            new HostReply.Step(
                                    "c" + counter.get(),
                                    clock.instant(),
                                    number + 1,
                                    build ? "build" : "fetch",
                                    NAMES.get(number),
                                    build ? drv(number) : "/nix/store/8ny4-source",
                                    state,
                                    inputs,
                                    build ? null : Long.valueOf(state.equals("done") ? 61_800_000L : 24_000_000L),
                                    build ? null : Long.valueOf(61_800_000L))));
        }
    }

    /** From now on operations take as long as a person needs to press a button. */
    public synchronized void slow() {
        pace = 60_000;
    }

    synchronized void applied(Operations.Apply request) {
        applied = request;
    }

    public synchronized Operations.Apply lastApplied() {
        return Objects.requireNonNull(applied);
    }

    // ---- confirmation

    /** A change of the box itself waits; whoever does not answer gets the old system back. */
    private boolean awaits(Operation now) {
        Work work = work(now.id());
        if (!work.host() || now.state() == OperationState.AWAITING_CONFIRM) {
            return false;
        }
        Operation waiting = entered(now, "confirm", OperationState.AWAITING_CONFIRM);
        Operation asked = new Operation(
                waiting.id(),
                waiting.kind(),
                BOX,
                waiting.app(),
                waiting.title(),
                waiting.state(),
                waiting.phase(),
                waiting.requestedBy(),
                waiting.createdAt(),
                waiting.startedAt(),
                null,
                null,
                null,
                Map.of(),
                new Operation.Waiting(
                        clock.instant().plusSeconds(work.confirmWithin()), "host", List.of("firewall", "users")),
                waiting.phases());
        line(now.id(), "op", 6, "Waiting for the confirmation …");
        replace(asked);
        tell(asked);
        time.schedule(
                () -> {
                    synchronized (this) {
                        Operation later = get(now.id());
                        if (later.state() == OperationState.AWAITING_CONFIRM) {
                            finish(
                                    entered(later, later.phase(), OperationState.ROLLED_BACK)
                                            .withProblem(
                                                    Problem.of(
                                                            ProblemCode.CONFIRM_MISSED,
                                                            "The change was reverted: the box runs what ran before.",
                                                            "Nobody confirmed it within " + work.confirmWithin()
                                                                    + " seconds.",
                                                            "If you could reach the console all the time, apply again with more time.")));
                        }
                    }
                },
                work.confirmWithin(),
                TimeUnit.SECONDS);
        return true;
    }

    /** Requests that come in over a connection from before the change; each refusal closes one. */
    public synchronized void oldConnections(int count) {
        oldConnections = count;
    }

    public synchronized Operation confirm(OperationId id) {
        Operation now = get(id);
        if (now.state() != OperationState.AWAITING_CONFIRM || oldConnections-- > 0) {
            throw Problem.of(
                            ProblemCode.CONFIRM_REFUSED,
                            "The change was not kept.",
                            "This connection is older than the change.",
                            "Reload the page and press Keep again.")
                    .toException();
        }
        Operation kept = entered(now, "persist", OperationState.RUNNING);
        replace(kept);
        tell(kept);
        step(id, List.of(), 0);
        return kept;
    }

    /** Ends what runs: nothing has changed, or what ran before runs again. */
    public synchronized Operation cancel(OperationId id) {
        Operation now = get(id);
        boolean active =
                now.phase() != null && List.of("activate", "health", "confirm").contains(now.phase());
        Operation ended = active
                ? entered(now, now.phase(), OperationState.ROLLED_BACK)
                        .withProblem(Problem.of(
                                ProblemCode.REVERTED,
                                "The change was reverted: the box runs what ran before.",
                                "anna asked for it.",
                                "Nothing needs to be done."))
                : entered(now, now.phase(), OperationState.CANCELLED)
                        .withProblem(Problem.of(
                                ProblemCode.CANCELLED,
                                "It was cancelled before it changed anything.",
                                "anna asked for it.",
                                "Nothing needs to be done."));
        finish(ended);
        return ended;
    }

    private int goTo(int number) {
        generations.replaceAll(each -> new Generation(
                each.number(),
                each.date(),
                each.number() == number,
                each.booted(),
                each.number() == number,
                each.closure(),
                each.closureBytes(),
                each.description(),
                each.operation(),
                each.author(),
                each.revision(),
                each.pinned(),
                each.label(),
                each.bytesFreed(),
                each.kind()));
        inForce.clear();
        inForce.putAll(kept.getOrDefault(number, new TreeMap<>()));
        inForce.keySet().forEach(app -> {
            states.put(app, "running");
            since.put(app, clock.instant());
        });
        return number;
    }

    private void line(OperationId id, String stream, int priority, String text) {
        line(id, stream, priority, text, null);
    }

    private void line(OperationId id, String stream, int priority, String text, @Nullable String derivation) {
        long sequence = counter.incrementAndGet();
        record(
                id,
                new OperationEvent.Line(
                        sequence,
                        new HostReply.Line("c" + sequence, clock.instant(), priority, null, stream, derivation, text)));
    }

    /** An operation whose builds say this many lines a second, for as long as it runs. */
    public synchronized void babble(OperationId id, int linesPerSecond) {
        time.scheduleAtFixedRate(
                () -> {
                    synchronized (this) {
                        if (!get(id).state().isFinal()) {
                            for (int i = 0; i < linesPerSecond / 20; i++) {
                                line(
                                        id,
                                        "build",
                                        6,
                                        "[" + counter.get() + "] CC drivers/gpu/drm/thing-" + i + ".o",
                                        drv(2));
                            }
                        }
                    }
                },
                50,
                50,
                TimeUnit.MILLISECONDS);
    }

    private void record(OperationId id, OperationEvent event) {
        events.computeIfAbsent(id, unused -> new ArrayList<>()).add(event);
        followers.getOrDefault(id, List.of()).forEach(each -> each.accept(event));
    }

    private void finish(Operation ended) {
        line(
                ended.id(),
                "op",
                ended.problem() == null ? 6 : 3,
                ended.problem() == null ? "Done." : ended.problem().why());
        replace(ended);
        tell(ended);
        operations.stream()
                .filter(each -> each.state() == OperationState.QUEUED)
                .min(Comparator.comparing(Operation::createdAt))
                .ifPresent(this::begin);
    }

    private void replace(Operation newer) {
        operations.replaceAll(each -> each.id().equals(newer.id()) ? newer : each);
    }

    private void tell(Operation changed) {
        record(changed.id(), new OperationEvent.Changed(changed));
        watchers.forEach(each -> each.accept(changed));
    }

    synchronized Operation get(OperationId id) {
        return operations.stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "There is no such operation.",
                                "No operation has the id " + id + ".",
                                "Look at the Activity page for those there are.")
                        .toException());
    }

    synchronized Subscription follow(OperationId id, Consumer<OperationEvent> listener) {
        events.getOrDefault(id, List.of()).forEach(listener);
        followers.computeIfAbsent(id, unused -> new CopyOnWriteArrayList<>()).add(listener);
        return () -> {
            synchronized (this) {
                followers.get(id).remove(listener);
            }
        };
    }

    Subscription watch(Consumer<Operation> listener) {
        watchers.add(listener);
        return () -> watchers.remove(listener);
    }

    // ---- journals

    void flood(int linesPerSecond) {
        flood = linesPerSecond;
    }

    private HostReply.Line journalLine(@Nullable AppName app) {
        return journalLine(app, counter.incrementAndGet());
    }

    HostReply.Line journalLine(@Nullable AppName app, long n) {
        String text = switch ((int) (n % 7)) {
            case 0 -> "\u001b[33mWARN\u001b[0m slow query: 412 ms for GET /api/items?page=" + n;
            case 1 -> "\u001b[1;31mERROR\u001b[0m upstream 10.0.0.7 did not answer within 2 s, trying the next one";
            case 2 -> "{\"level\":\"info\",\"path\":\"/healthz\",\"status\":200,\"ms\":1}";
            default ->
                "\u001b[2m127.0.0.1\u001b[0m - - \"GET /posts/" + n + " HTTP/1.1\" \u001b[32m200\u001b[0m "
                        + (n * 37 % 9000);
        };
        int priority = n % 7 == 1 ? 3 : n % 7 == 0 ? 4 : 6;
        return new HostReply.Line(
                "c" + n,
                clock.instant(),
                priority,
                app == null ? (n % 3 == 0 ? "sshd.service" : "nginx.service") : "croft-app-" + app + ".service",
                null,
                null,
                text);
    }

    Subscription journal(
            @Nullable AppName app, int lines, Consumer<List<HostReply.Line>> listener, Consumer<Problem> onProblem) {
        var first = new ArrayList<HostReply.Line>();
        for (int i = 0; i < Math.min(lines, 120); i++) {
            first.add(journalLine(app));
        }
        listener.accept(first);
        var connected = new AtomicBoolean(true);
        ScheduledFuture<?> round = time.scheduleAtFixedRate(
                () -> {
                    if (!isReachable()) {
                        if (connected.compareAndSet(true, false)) {
                            onProblem.accept(unreachable());
                        }
                        return;
                    }
                    connected.set(true);
                    var batch = new ArrayList<HostReply.Line>();
                    for (int i = 0; i < Math.max(1, flood / 10); i++) {
                        batch.add(journalLine(app));
                    }
                    if (flood > 0 || counter.get() % 5 == 0) {
                        listener.accept(batch);
                    }
                },
                100,
                100,
                TimeUnit.MILLISECONDS);
        return () -> round.cancel(false);
    }

    /** As if it had been applied. */
    synchronized void settings(UnaryOperator<HostSettings> edit) {
        settings = edit.apply(settings);
    }

    Instant now() {
        return clock.instant();
    }

    @Override
    public void close() {
        time.shutdownNow();
    }
}
