package dev.croft.support;

import dev.croft.hostlink.HostCommand.Browse;
import dev.croft.hostlink.HostCommand.Database;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.Directory;
import dev.croft.hostlink.HostCommand.DirectoryEntry;
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
import dev.croft.hostlink.HostCommand.ReadDatabases;
import dev.croft.hostlink.HostCommand.ReadFile;
import dev.croft.hostlink.HostCommand.ReadJobs;
import dev.croft.hostlink.HostCommand.ReadLeftData;
import dev.croft.hostlink.HostCommand.ReadOrder;
import dev.croft.hostlink.HostCommand.ReadStorage;
import dev.croft.hostlink.HostCommand.RenewDatabasePassword;
import dev.croft.hostlink.HostCommand.Restarted;
import dev.croft.hostlink.HostCommand.RunJob;
import dev.croft.hostlink.HostCommand.RunSql;
import dev.croft.hostlink.HostCommand.ServiceCommand;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.hostlink.HostCommand.StartOrder;
import dev.croft.hostlink.HostCommand.StorageReport;
import dev.croft.hostlink.HostCommand.Upgrade;
import dev.croft.hostlink.HostCommand.VolumeState;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The databases, jobs and files of the {@link FakeBox}. */
public final class FakeServices {

    /** As a box sends them at most. */
    private static final int CHUNK = 512 * 1024;

    private final Clock clock;
    private final Map<Engine, EngineState> engines = new TreeMap<>();
    private final Map<String, JobState> jobs = new TreeMap<>();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<AppName, List<VolumeState>> volumes = new TreeMap<>();
    private final List<LeftData> left = new ArrayList<>();
    private SqlResult answer =
            new SqlResult(List.of("one"), List.of(List.of("1")), false, 1, 0.4, "SELECT 1", List.of());
    private @Nullable Problem sqlFails;
    private int exitCode;
    private StartOrder order;

    public FakeServices(Clock clock) {
        this.clock = clock;
        this.order = new StartOrder(clock.instant(), List.of(), List.of());
    }

    public synchronized void engine(EngineState state) {
        engines.put(state.engine(), state);
    }

    public synchronized void order(StartOrder known) {
        order = known;
    }

    public synchronized void job(JobState state) {
        jobs.put(state.app() + "/" + state.job(), state);
    }

    public synchronized void volumes(AppName app, List<VolumeState> all) {
        volumes.put(app, all);
    }

    public synchronized void left(LeftData data) {
        left.add(data);
    }

    /** @param path below the app's state directory */
    public synchronized void file(AppName app, String path, byte[] content) {
        files.put(app + "/" + path, content);
    }

    public synchronized void answers(SqlResult result) {
        answer = result;
    }

    public synchronized void sqlFails(Problem problem) {
        sqlFails = problem;
    }

    public synchronized void commandsExitWith(int code) {
        exitCode = code;
    }

    public Object answer(ServiceCommand<?> command, Consumer<HostReply> onReply, BooleanSupplier closed) {
        return switch (command) {
            case ReadDatabases ignored -> databases();
            case DropDatabase drop -> drop(drop);
            case RenewDatabasePassword renew -> new Restarted(List.of("croft-app-" + renew.app() + ".service"));
            case RunSql ignored -> sql();
            case Upgrade ignored -> throw new IllegalStateException("the box starts operations itself");
            case DropCluster drop -> drop(drop);
            case ReadOrder ignored -> order();
            case ReadJobs read -> jobs(read.app());
            case RunJob run -> run(run);
            case Execute execute -> execute(execute, onReply, closed);
            case ReadStorage read -> storage(read.app());
            case ReadLeftData ignored -> left();
            case DropLeftData drop -> drop(drop);
            case Browse browse -> browse(browse);
            case ReadFile read -> read(read, onReply);
        };
    }

    private synchronized StartOrder order() {
        return order;
    }

    private synchronized DatabasesReport databases() {
        return new DatabasesReport(clock.instant(), List.copyOf(engines.values()));
    }

    private synchronized LeftDataReport left() {
        return new LeftDataReport(clock.instant(), List.copyOf(left));
    }

    private synchronized Freed drop(DropLeftData drop) {
        LeftData found = left.stream()
                .filter(each -> each.kind() == drop.kind()
                        && each.app().equals(drop.app())
                        && Objects.equals(each.volume(), drop.volume()))
                .findFirst()
                .orElseThrow(() -> problem(ProblemCode.DATA_IN_USE, drop.app() + " is on the box."));
        left.remove(found);
        return new Freed(found.bytes());
    }

    private synchronized Freed drop(DropDatabase drop) {
        EngineState engine = engine(drop.engine());
        Database found = engine.databases().stream()
                .filter(each -> each.name().equals(drop.database()))
                .findFirst()
                .orElseThrow(() -> problem(ProblemCode.NOT_FOUND, "There is no such database."));
        if (found.app() != null) {
            throw problem(ProblemCode.DATABASE_IN_USE, "It is attached to " + found.app() + ".");
        }
        List<Database> left = new ArrayList<>(engine.databases());
        left.remove(found);
        engines.put(drop.engine(), with(engine, left));
        return new Freed(found.bytes());
    }

    private static EngineState with(EngineState engine, List<Database> databases) {
        return new EngineState(
                engine.engine(),
                engine.version(),
                engine.major(),
                engine.active(),
                engine.unit(),
                engine.dataDir(),
                engine.bytes(),
                engine.maxConnections(),
                engine.connections(),
                databases,
                engine.users(),
                engine.slow(),
                engine.settings(),
                engine.oldClusters());
    }

    private Freed drop(DropCluster drop) {
        return engine(drop.engine()).oldClusters().stream()
                .filter(each -> each.major() == drop.major())
                .findFirst()
                .map(each -> new Freed(each.bytes()))
                .orElseThrow(() -> problem(ProblemCode.NOT_FOUND, "There is no such directory."));
    }

    private synchronized EngineState engine(Engine engine) {
        EngineState state = engines.get(engine);
        if (state == null) {
            throw problem(ProblemCode.NOT_FOUND, "The box runs no " + engine + ".");
        }
        return state;
    }

    private synchronized SqlResult sql() {
        if (sqlFails != null) {
            throw sqlFails.toException();
        }
        return answer;
    }

    private synchronized List<JobState> jobs(@Nullable AppName app) {
        return jobs.values().stream()
                .filter(each -> app == null || app.equals(each.app()))
                .toList();
    }

    private synchronized JobState run(RunJob run) {
        JobState job = jobs.get(run.app() + "/" + run.job());
        if (job == null) {
            throw problem(ProblemCode.NOT_FOUND, "There is no such job.");
        }
        JobRun now = new JobRun(clock.instant(), null, null, null);
        List<JobRun> history = new ArrayList<>(List.of(now));
        history.addAll(job.history());
        JobState started = new JobState(job.app(), job.job(), job.unit(), "activating", job.next(), now, history);
        jobs.put(run.app() + "/" + run.job(), started);
        return started;
    }

    /** Says the words of the command, one a line. {@code wait}: until the channel is closed. */
    private Exit execute(Execute execute, Consumer<HostReply> onReply, BooleanSupplier closed) {
        int number = 0;
        for (String word : execute.command()) {
            onReply.accept(new HostReply.Line(
                    "c" + ++number, clock.instant(), 6, "croft-exec-" + execute.app() + ".service", null, null, word));
        }
        while (execute.command().getFirst().equals("wait") && !closed.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
        synchronized (this) {
            return new Exit(exitCode, 0.2);
        }
    }

    private synchronized StorageReport storage(AppName app) {
        return new StorageReport(clock.instant(), volumes.getOrDefault(app, List.of()));
    }

    private synchronized Directory browse(Browse browse) {
        String begin = browse.app() + "/" + (browse.path().isEmpty() ? "" : browse.path() + "/");
        Map<String, DirectoryEntry> entries = new TreeMap<>();
        files.forEach((path, content) -> {
            if (path.startsWith(begin)) {
                String rest = path.substring(begin.length());
                int slash = rest.indexOf('/');
                String name = slash < 0 ? rest : rest.substring(0, slash);
                entries.put(
                        name,
                        new DirectoryEntry(
                                name,
                                slash < 0 ? "file" : "directory",
                                slash < 0 ? content.length : 0,
                                clock.instant()));
            }
        });
        if (entries.isEmpty() && !browse.path().isEmpty()) {
            throw problem(ProblemCode.NOT_FOUND, "There is no such directory.");
        }
        return new Directory(
                browse.path(),
                entries.values().stream()
                        .sorted(Comparator.comparing(DirectoryEntry::name))
                        .toList(),
                false);
    }

    private FileEnd read(ReadFile read, Consumer<HostReply> onReply) {
        byte[] content;
        synchronized (this) {
            content = files.get(read.app() + "/" + read.path());
        }
        if (content == null) {
            throw problem(ProblemCode.NOT_FOUND, "There is no such file.");
        }
        for (int from = (int) read.offset(); from < content.length; from += CHUNK) {
            onReply.accept(
                    new HostReply.Chunk(Arrays.copyOfRange(content, from, Math.min(content.length, from + CHUNK))));
        }
        return new FileEnd(content.length, clock.instant());
    }

    private static RuntimeException problem(ProblemCode code, String why) {
        return Problem.of(code, "The box did not do it.", why, "Look at what it has.")
                .toException();
    }
}
