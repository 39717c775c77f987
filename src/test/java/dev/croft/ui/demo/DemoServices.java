package dev.croft.ui.demo;

import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.Services;
import dev.croft.hostlink.HostCommand.Browse;
import dev.croft.hostlink.HostCommand.Cluster;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Database;
import dev.croft.hostlink.HostCommand.DatabaseUser;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.Directory;
import dev.croft.hostlink.HostCommand.DropCluster;
import dev.croft.hostlink.HostCommand.DropDatabase;
import dev.croft.hostlink.HostCommand.DropLeftData;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.hostlink.HostCommand.Execute;
import dev.croft.hostlink.HostCommand.Exit;
import dev.croft.hostlink.HostCommand.FileEnd;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.JobRun;
import dev.croft.hostlink.HostCommand.JobState;
import dev.croft.hostlink.HostCommand.LeftData;
import dev.croft.hostlink.HostCommand.LeftDataReport;
import dev.croft.hostlink.HostCommand.LeftKind;
import dev.croft.hostlink.HostCommand.ReadDatabases;
import dev.croft.hostlink.HostCommand.ReadFile;
import dev.croft.hostlink.HostCommand.ReadJobs;
import dev.croft.hostlink.HostCommand.ReadLeftData;
import dev.croft.hostlink.HostCommand.ReadStorage;
import dev.croft.hostlink.HostCommand.RenewDatabasePassword;
import dev.croft.hostlink.HostCommand.Restarted;
import dev.croft.hostlink.HostCommand.RunJob;
import dev.croft.hostlink.HostCommand.RunSql;
import dev.croft.hostlink.HostCommand.ServiceCommand;
import dev.croft.hostlink.HostCommand.SizeOn;
import dev.croft.hostlink.HostCommand.SlowQuery;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.hostlink.HostCommand.StorageReport;
import dev.croft.hostlink.HostCommand.VolumeState;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import dev.croft.services.Dependencies;
import dev.croft.services.Dependency;
import dev.croft.services.Dependency.Dependant;
import dev.croft.services.Dependency.Standing;
import dev.croft.services.Jobs;
import dev.croft.services.Leftovers;
import dev.croft.services.Storage;
import dev.croft.support.FakeServices;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Databases, jobs and files of the world: those of a box whose settings in force have PostgreSQL. */
public class DemoServices implements Databases, Dependencies, Jobs, Storage, Leftovers {

    private static final AppName BOOKMARKS = new AppName("bookmarks");

    private final DemoWorld world;
    private final DemoAccounts accounts;
    private final DesiredStates desired;
    private final Operations operations;
    private FakeServices box = new FakeServices(Clock.systemUTC());
    private volatile CountDownLatch answers = new CountDownLatch(0);

    DemoServices(DemoWorld world, DesiredStates desired, Operations operations, DemoAccounts accounts) {
        this.accounts = accounts;
        this.world = world;
        this.desired = desired;
        this.operations = operations;
        furnish();
    }

    public void restart() {
        answers();
        furnish();
    }

    private synchronized void furnish() {
        box = new FakeServices(Clock.systemUTC());
        Instant now = world.now();
        box.engine(postgresql(true));
        box.job(new JobState(
                BOOKMARKS,
                "fetch-titles",
                "croft-job-bookmarks-fetch-titles.service",
                "inactive",
                now.plus(Duration.ofHours(3)),
                new JobRun(now.minus(Duration.ofHours(21)), now.minus(Duration.ofHours(20)), "exit-code", 2),
                List.of(
                        new JobRun(now.minus(Duration.ofHours(21)), now.minus(Duration.ofHours(20)), "exit-code", 2),
                        new JobRun(now.minus(Duration.ofHours(45)), now.minus(Duration.ofHours(44)), "success", 0))));
        box.volumes(
                BOOKMARKS,
                List.of(
                        new VolumeState("", "/var/lib/croft/apps/bookmarks", 48_300_000, 812, null, true, List.of()),
                        new VolumeState(
                                "covers",
                                "/var/lib/croft/apps/bookmarks/storage/covers",
                                47_100_000,
                                804,
                                50_000_000L,
                                true,
                                IntStream.rangeClosed(1, 90)
                                        .mapToObj(day -> new SizeOn(
                                                LocalDate.ofInstant(now, ZoneOffset.UTC)
                                                        .minusDays(91L - day),
                                                20_000_000L + 300_000L * day))
                                        .toList())));
        box.left(new LeftData(
                LeftKind.APP,
                new AppName("wiki"),
                null,
                "/var/lib/croft/apps/wiki",
                312_000_000,
                4_210,
                true,
                now.minus(Duration.ofDays(9)),
                List.of(2)));
        box.left(new LeftData(
                LeftKind.VOLUME,
                BOOKMARKS,
                "thumbnails",
                "/var/lib/croft/apps/bookmarks/storage/thumbnails",
                18_000_000,
                377,
                true,
                null,
                List.of()));
        box.file(BOOKMARKS, "bookmarks.sqlite", new byte[1_200_000]);
        box.file(BOOKMARKS, "storage/covers/a-book.jpg", "not really".getBytes(StandardCharsets.UTF_8));
        box.answers(new SqlResult(
                List.of("id", "title", "read_at"),
                List.of(
                        Arrays.asList("1", "A Pattern Language", "2026-05-04 12:00:00"),
                        Arrays.asList("2", "The Timeless Way of Building", null)),
                false,
                2,
                1.4,
                "SELECT 2",
                List.of()));
    }

    /** The box takes its time with what its databases are. */
    public void hesitates() {
        answers = new CountDownLatch(1);
    }

    public void answers() {
        answers.countDown();
    }

    public synchronized void fails() {
        box.engine(postgresql(false));
    }

    private static EngineState postgresql(boolean active) {
        return new EngineState(
                Engine.POSTGRESQL,
                active ? "15.14" : null,
                15,
                active,
                "postgresql.service",
                "/var/lib/postgresql/15",
                62_000_000L,
                active ? 100 : null,
                active ? 4 : null,
                List.of(
                        new Database("bookmarks", "croft-app-bookmarks", 18_400_000, 3, BOOKMARKS),
                        new Database("guestbook", "croft-app-guestbook", 7_900_000, 0, null),
                        new Database("postgres", "postgres", 7_500_000, 1, null)),
                List.of(
                        new DatabaseUser("croft-app-bookmarks", false, BOOKMARKS),
                        new DatabaseUser("postgres", true, null)),
                List.of(new SlowQuery(
                        "bookmarks",
                        "SELECT b.id, b.title, count(t.*) FROM bookmark b LEFT JOIN tag t ON t.bookmark = b.id GROUP BY 1, 2 ORDER BY 3 DESC LIMIT $1",
                        4_812,
                        3.52,
                        16_938.2)),
                new TreeMap<>(Map.of("shared_buffers", "128MB", "max_connections", "100", "work_mem", "4MB")),
                List.of(new Cluster(14, "/var/lib/postgresql/14", 58_000_000)));
    }

    @SuppressWarnings("unchecked") // The box answers each command with what it carries.
    private <R> R ask(ServiceCommand<R> command, Consumer<HostReply> onReply, AtomicBoolean closed) {
        world.requireReachable();
        return (R) box.answer(command, onReply, closed::get);
    }

    private <R> R ask(ServiceCommand<R> command) {
        return ask(command, reply -> {}, new AtomicBoolean());
    }

    private Services inForce(HostName host) {
        return desired.inForce(host).orElseThrow().host().services();
    }

    @Override
    public DatabasesReport report(HostName host) {
        try {
            answers.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        DatabasesReport all = ask(new ReadDatabases());
        return inForce(host).postgresql() == null ? new DatabasesReport(all.time(), List.of()) : all;
    }

    @Override
    public List<Dependency> of(HostName host) {
        world.requireReachable();
        if (inForce(host).postgresql() == null) {
            return List.of();
        }
        boolean up = report(host).engines().getFirst().active();
        Standing app = up ? Standing.RUNS : Standing.STOPPED;
        Instant since = world.now().minus(Duration.ofDays(12));
        return List.of(
                new Dependency(
                        "postgresql.service",
                        "PostgreSQL",
                        Dependency.Kind.SERVER,
                        up ? Standing.RUNS : Standing.FAILED,
                        since,
                        List.of(),
                        List.of(new Dependant(BOOKMARKS, true, app))),
                new Dependency(
                        "redis-croft-bookmarks.service",
                        "Redis of bookmarks",
                        Dependency.Kind.SERVER,
                        Standing.RUNS,
                        since,
                        List.of(),
                        List.of(new Dependant(BOOKMARKS, false, app))),
                new Dependency(
                        "croft-postgresql-bookmarks.service",
                        "PostgreSQL database of bookmarks",
                        Dependency.Kind.STEP,
                        Standing.DONE,
                        since,
                        List.of("postgresql.service"),
                        List.of(new Dependant(BOOKMARKS, false, app))));
    }

    @Override
    public SqlResult run(HostName host, Statement statement) {
        accounts.require();
        return ask(new RunSql(
                statement.engine(),
                statement.database(),
                statement.text(),
                statement.write(),
                statement.rows(),
                statement.timeoutSeconds()));
    }

    public void sqlFails(Problem problem) {
        box.sqlFails(problem);
    }

    @Override
    public Freed drop(HostName host, Engine engine, String database, String typed) {
        return ask(new DropDatabase(engine, typed));
    }

    @Override
    public Restarted renewPassword(HostName host, AppName app, Engine engine) {
        accounts.require();
        return ask(new RenewDatabasePassword(engine, app));
    }

    @Override
    public Operation upgrade(HostName host, Engine engine, int major, Confirming confirm) {
        return operations.upgrade(host, engine, major, confirm);
    }

    @Override
    public Freed dropCluster(HostName host, Engine engine, int major) {
        return ask(new DropCluster(engine, major));
    }

    @Override
    public List<JobState> list(HostName host, @Nullable AppName app) {
        return ask(new ReadJobs(app));
    }

    @Override
    public JobState run(HostName host, AppName app, String job) {
        return ask(new RunJob(app, job));
    }

    @Override
    public Subscription execute(
            HostName host,
            AppName app,
            List<String> command,
            int timeoutSeconds,
            Consumer<HostReply.Line> onLine,
            Consumer<Exit> onExit,
            Consumer<Problem> onProblem) {
        AtomicBoolean closed = new AtomicBoolean();
        Thread.ofVirtual().start(() -> {
            try {
                onExit.accept(ask(
                        new Execute(app, command, timeoutSeconds),
                        reply -> {
                            if (reply instanceof HostReply.Line line) {
                                onLine.accept(line);
                            }
                        },
                        closed));
            } catch (ProblemException e) {
                onProblem.accept(e.problem());
            }
        });
        return () -> closed.set(true);
    }

    @Override
    public LeftDataReport list(HostName host) {
        return ask(new ReadLeftData());
    }

    @Override
    public Freed drop(HostName host, LeftKind kind, AppName app, @Nullable String volume, String typed) {
        if (!typed.equals(LeftData.name(app, volume))) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "Nothing was deleted.",
                            "confirm: it is not the name of the data.",
                            "Correct it and try again.")
                    .toException();
        }
        return ask(new DropLeftData(kind, app, volume));
    }

    @Override
    public StorageReport volumes(HostName host, AppName app) {
        return ask(new ReadStorage(app));
    }

    @Override
    public Directory browse(HostName host, AppName app, String path) {
        return ask(new Browse(app, path));
    }

    @Override
    public FileEnd read(HostName host, AppName app, String path, OutputStream out) {
        return ask(
                new ReadFile(app, path, 0),
                reply -> {
                    if (reply instanceof HostReply.Chunk chunk) {
                        try {
                            out.write(chunk.data());
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                },
                new AtomicBoolean());
    }
}
