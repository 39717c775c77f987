package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Browse;
import dev.croft.hostlink.HostCommand.Cluster;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.CutValue;
import dev.croft.hostlink.HostCommand.Database;
import dev.croft.hostlink.HostCommand.DatabaseUser;
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
import dev.croft.hostlink.HostCommand.LeftKind;
import dev.croft.hostlink.HostCommand.OrderEdge;
import dev.croft.hostlink.HostCommand.OrderedUnit;
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
import dev.croft.hostlink.HostCommand.SizeOn;
import dev.croft.hostlink.HostCommand.SlowQuery;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.hostlink.HostCommand.StartOrder;
import dev.croft.hostlink.HostCommand.StorageReport;
import dev.croft.hostlink.HostCommand.Upgrade;
import dev.croft.hostlink.HostCommand.VolumeState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Requests about databases, jobs, commands and files, and what a box answers to them. Source: docs/protocol.md §4. */
final class ServiceFrames {

    private ServiceFrames() {}

    static String type(ServiceCommand<?> command) {
        return switch (command) {
            case ReadDatabases ignored -> "databases";
            case DropDatabase ignored -> "database-drop";
            case RenewDatabasePassword ignored -> "database-password-renew";
            case RunSql ignored -> "sql";
            case Upgrade ignored -> "upgrade";
            case DropCluster ignored -> "cluster-drop";
            case ReadOrder ignored -> "order";
            case ReadJobs ignored -> "jobs";
            case RunJob ignored -> "job-run";
            case Execute ignored -> "exec";
            case ReadStorage ignored -> "storage";
            case ReadLeftData ignored -> "data-list";
            case DropLeftData ignored -> "data-drop";
            case Browse ignored -> "browse";
            case ReadFile ignored -> "read-file";
        };
    }

    static void write(ServiceCommand<?> command, ObjectNode frame) {
        switch (command) {
            case ReadDatabases ignored -> {}
            case ReadOrder ignored -> {}
            case DropDatabase(Engine engine, String database) ->
                frame.put("engine", FrameCodec.lower(engine)).put("database", database);
            case RenewDatabasePassword(Engine engine, AppName app) ->
                frame.put("engine", FrameCodec.lower(engine)).put("app", app.value());
            case RunSql(Engine engine, String database, String text, boolean write, int rows, int timeoutSeconds) ->
                frame.put("engine", FrameCodec.lower(engine))
                        .put("database", database)
                        .put("text", text)
                        .put("write", write)
                        .put("rows", rows)
                        .put("timeoutSeconds", timeoutSeconds);
            case Upgrade(var operation, String state, var base, Author author, String message, Confirming confirm) -> {
                FrameCodec.putOperation(frame, operation);
                FrameCodec.putState(frame, state, base);
                FrameCodec.putAuthor(frame, author);
                frame.put("message", message);
                FrameCodec.putConfirming(frame, confirm);
            }
            case DropCluster(Engine engine, int major) ->
                frame.put("engine", FrameCodec.lower(engine)).put("major", major);
            case ReadJobs(var app) -> {
                if (app != null) {
                    frame.put("app", app.value());
                }
            }
            case RunJob(AppName app, String job) ->
                frame.put("app", app.value()).put("job", job);
            case Execute(AppName app, var words, int timeoutSeconds) -> {
                frame.put("app", app.value());
                var list = frame.putArray("command");
                words.forEach(word -> list.add(word));
                frame.put("timeoutSeconds", timeoutSeconds);
            }
            case ReadStorage(AppName app) -> frame.put("app", app.value());
            case ReadLeftData ignored -> {}
            case DropLeftData(LeftKind kind, AppName app, var volume) -> {
                frame.put("kind", FrameCodec.lower(kind)).put("app", app.value());
                if (volume != null) {
                    frame.put("volume", volume);
                }
            }
            case Browse(AppName app, String path) ->
                frame.put("app", app.value()).put("path", path);
            case ReadFile(AppName app, String path, long offset) ->
                frame.put("app", app.value()).put("path", path).put("offset", offset);
        }
    }

    /** Of a command that starts an operation. */
    static @Nullable OperationId operation(ServiceCommand<?> command) {
        return command instanceof Upgrade upgrade ? upgrade.operation() : null;
    }

    static Object result(ServiceCommand<?> command, Members result) {
        return switch (command) {
            case ReadDatabases ignored ->
                new DatabasesReport(result.instant("time"), result.objects("engines", ServiceFrames::engine));
            case DropDatabase ignored -> new Freed(result.longInteger("bytes"));
            case RenewDatabasePassword ignored -> new Restarted(result.texts("restarted"));
            case RunSql ignored -> sql(result);
            case Upgrade c -> new Acceptance(c.operation());
            case DropCluster ignored -> new Freed(result.longInteger("bytes"));
            case ReadOrder ignored ->
                new StartOrder(
                        result.instant("time"),
                        result.objects("units", ServiceFrames::orderedUnit),
                        result.objects(
                                "edges",
                                edge -> new OrderEdge(edge.text("from"), edge.text("to"), edge.flag("requires"))));
            case ReadJobs ignored -> result.objects("jobs", ServiceFrames::job);
            case RunJob ignored -> job(result.object("job"));
            case Execute ignored -> new Exit(result.integer("exitCode"), result.decimal("seconds"));
            case ReadStorage ignored ->
                new StorageReport(result.instant("time"), result.objects("volumes", ServiceFrames::volume));
            case ReadLeftData ignored ->
                new LeftDataReport(result.instant("time"), result.objects("data", ServiceFrames::leftData));
            case DropLeftData ignored -> new Freed(result.longInteger("bytes"));
            case Browse ignored ->
                new Directory(
                        result.text("path"),
                        result.objects("entries", ServiceFrames::directoryEntry),
                        result.flag("truncated"));
            case ReadFile ignored -> new FileEnd(result.longInteger("bytes"), result.instant("modified"));
        };
    }

    private static OrderedUnit orderedUnit(Members unit) {
        return new OrderedUnit(
                unit.text("unit"),
                unit.text("kind"),
                app(unit),
                unit.text("description"),
                unit.text("active"),
                unit.text("result"),
                unit.optionalInstant("since"));
    }

    private static EngineState engine(Members engine) {
        return new EngineState(
                engine.value("engine", word -> Engine.valueOf(word.toUpperCase(Locale.ROOT))),
                engine.optionalText("version"),
                engine.optionalInteger("major"),
                engine.flag("active"),
                engine.text("unit"),
                engine.optionalText("dataDir"),
                engine.optionalLong("bytes"),
                engine.optionalInteger("maxConnections"),
                engine.optionalInteger("connections"),
                engine.objects(
                        "databases",
                        each -> new Database(
                                each.text("name"),
                                each.text("owner"),
                                each.longInteger("bytes"),
                                each.integer("connections"),
                                app(each))),
                engine.objects("users", each -> new DatabaseUser(each.text("name"), each.flag("superuser"), app(each))),
                engine.has("slow") ? engine.objects("slow", ServiceFrames::slowQuery) : null,
                engine.textsByName("settings"),
                engine.objects(
                        "oldClusters",
                        each -> new Cluster(each.integer("major"), each.text("dataDir"), each.longInteger("bytes"))));
    }

    private static @Nullable AppName app(Members members) {
        return members.has("app") ? members.value("app", AppName::new) : null;
    }

    private static SlowQuery slowQuery(Members slow) {
        return new SlowQuery(
                slow.text("database"),
                slow.text("query"),
                slow.longInteger("calls"),
                slow.decimal("meanMs"),
                slow.decimal("totalMs"));
    }

    private static SqlResult sql(Members result) {
        return new SqlResult(
                result.texts("columns"),
                result.rows("rows"),
                result.flag("truncated"),
                result.longInteger("rowCount"),
                result.decimal("ms"),
                result.text("command"),
                result.has("cut") ? cut(result.longLists("cut", 3)) : List.of());
    }

    private static List<CutValue> cut(List<List<Long>> places) {
        return places.stream()
                .map(place -> new CutValue(place.get(0).intValue(), place.get(1).intValue(), place.get(2)))
                .toList();
    }

    private static JobState job(Members job) {
        return new JobState(
                job.value("app", AppName::new),
                job.text("job"),
                job.text("unit"),
                job.text("active"),
                job.optionalInstant("next"),
                job.optionalObject("last", ServiceFrames::jobRun),
                job.objects("history", ServiceFrames::jobRun));
    }

    private static JobRun jobRun(Members run) {
        return new JobRun(
                run.instant("startedAt"),
                run.optionalInstant("finishedAt"),
                run.optionalText("result"),
                run.optionalInteger("exitCode"));
    }

    private static VolumeState volume(Members volume) {
        return new VolumeState(
                volume.text("name"),
                volume.text("path"),
                volume.longInteger("bytes"),
                volume.longInteger("files"),
                volume.optionalLong("quota"),
                volume.flag("complete"),
                // A box of before does not count by the day.
                volume.has("history") ? volume.objects("history", ServiceFrames::sizeOn) : List.of());
    }

    private static LeftData leftData(Members left) {
        return new LeftData(
                left.value("kind", word -> LeftKind.valueOf(word.toUpperCase(Locale.ROOT))),
                left.value("app", AppName::new),
                left.optionalText("volume"),
                left.text("path"),
                left.longInteger("bytes"),
                left.longInteger("files"),
                left.flag("complete"),
                left.optionalInstant("since"),
                left.longIntegers("generations").stream().map(Math::toIntExact).toList());
    }

    private static SizeOn sizeOn(Members size) {
        return new SizeOn(size.value("date", LocalDate::parse), size.longInteger("bytes"));
    }

    private static DirectoryEntry directoryEntry(Members entry) {
        return new DirectoryEntry(
                entry.text("name"), entry.text("type"), entry.longInteger("bytes"), entry.instant("modified"));
    }
}
