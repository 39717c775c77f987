package dev.croft.api.internal;

import dev.croft.api.internal.Views.OperationView;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DatabasesReport;
import dev.croft.hostlink.HostCommand.Directory;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.JobState;
import dev.croft.hostlink.HostCommand.LeftDataReport;
import dev.croft.hostlink.HostCommand.LeftKind;
import dev.croft.hostlink.HostCommand.Restarted;
import dev.croft.hostlink.HostCommand.SqlResult;
import dev.croft.hostlink.HostCommand.StorageReport;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.services.Databases;
import dev.croft.services.Databases.Statement;
import dev.croft.services.Dependencies;
import dev.croft.services.Dependency;
import dev.croft.services.Jobs;
import dev.croft.services.Leftovers;
import dev.croft.services.Storage;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** /hosts/{host}: databases, jobs, one-off commands, files of apps. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class ServicesResource {

    private final EventStreams streams;
    private static final int USUAL_ROWS = 100;
    private static final int USUAL_SECONDS = 10;
    private static final int USUAL_COMMAND_SECONDS = 600;

    private final Databases databases;
    private final Dependencies dependencies;
    private final Jobs jobs;
    private final Storage storage;
    private final Leftovers leftovers;
    private final Views views;

    ServicesResource(
            Databases databases,
            Dependencies dependencies,
            Jobs jobs,
            Storage storage,
            Leftovers leftovers,
            Views views,
            EventStreams streams) {
        this.streams = streams;
        this.databases = databases;
        this.dependencies = dependencies;
        this.jobs = jobs;
        this.storage = storage;
        this.leftovers = leftovers;
        this.views = views;
    }

    /** @param write true: the statement may change data */
    record SqlRequest(
            @Nullable String text,
            @Nullable Boolean write,
            @Nullable Integer rows,
            @Nullable Integer timeoutSeconds) {}

    /**
     * @param engine postgresql, which is the default, or mysql
     * @param major such as 17 of PostgreSQL, or 1108 for MariaDB 11.8
     */
    record UpgradeRequest(
            @Nullable String engine,
            @Nullable Integer major,
            @Nullable Boolean confirmAlways,
            @Nullable Integer confirmWithin) {}

    record CommandRequest(
            @Nullable List<@Nullable String> command,
            @Nullable Integer timeoutSeconds) {}

    @GetMapping("/databases")
    DatabasesReport databases(@PathVariable String host) {
        return databases.report(new HostName(host));
    }

    /** Data that no app is given any more, until somebody deletes it. */
    @GetMapping("/leftovers")
    LeftDataReport leftovers(@PathVariable String host) {
        return leftovers.list(new HostName(host));
    }

    /** {@code kind} is app, redis or snapshots; {@code confirm} is the app's name once more: all of it is deleted. */
    @DeleteMapping("/leftovers/{app}/{kind}")
    Freed dropLeftover(
            @PathVariable String host,
            @PathVariable String app,
            @PathVariable String kind,
            @RequestParam String confirm) {
        return leftovers.drop(new HostName(host), leftKind(kind), new AppName(app), null, confirm);
    }

    /** {@code confirm} is the app's name, a slash and the volume's once more: all in it is deleted. */
    @DeleteMapping("/leftovers/{app}/volume/{volume}")
    Freed dropVolume(
            @PathVariable String host,
            @PathVariable String app,
            @PathVariable String volume,
            @RequestParam String confirm) {
        return leftovers.drop(new HostName(host), LeftKind.VOLUME, new AppName(app), volume, confirm);
    }

    private static LeftKind leftKind(String word) {
        return Arrays.stream(LeftKind.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.INVALID_INPUT,
                                "Nothing was deleted.",
                                "kind: it is app, redis, snapshots or volume.",
                                "Correct it and try again.")
                        .toException());
    }

    /** What apps start after, and which of them stop with it. */
    @GetMapping("/services")
    List<Dependency> services(@PathVariable String host) {
        return dependencies.of(new HostName(host));
    }

    /** One statement, with the rights of the database's owner. */
    @PostMapping("/databases/{engine}/{database}/sql")
    SqlResult sql(
            @PathVariable String host,
            @PathVariable String engine,
            @PathVariable String database,
            @RequestBody SqlRequest request) {
        return databases.run(
                new HostName(host),
                new Statement(
                        engine("The statement was not run.", engine),
                        database,
                        required("The statement was not run.", "text", request.text()),
                        Boolean.TRUE.equals(request.write()),
                        request.rows() == null ? USUAL_ROWS : request.rows(),
                        request.timeoutSeconds() == null ? USUAL_SECONDS : request.timeoutSeconds()));
    }

    /** {@code confirm} is the database's name once more: everything in it is deleted. */
    @DeleteMapping("/databases/{engine}/{database}")
    Freed drop(
            @PathVariable String host,
            @PathVariable String engine,
            @PathVariable String database,
            @RequestParam String confirm) {
        return databases.drop(new HostName(host), engine("The database was not dropped.", engine), database, confirm);
    }

    /** Another password for an app that signs in with one, which is started anew with it. */
    @PostMapping("/apps/{app}/databases/{engine}/password/renew")
    Restarted renewPassword(@PathVariable String host, @PathVariable String app, @PathVariable String engine) {
        return databases.renewPassword(
                new HostName(host), new AppName(app), engine("The password was not renewed.", engine));
    }

    /** Of a server to a higher major version. */
    @PostMapping("/databases/upgrade")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView upgrade(@PathVariable String host, @RequestBody UpgradeRequest request) {
        Integer within = request.confirmWithin();
        return views.operation(databases.upgrade(
                new HostName(host),
                request.engine() == null ? Engine.POSTGRESQL : engine("No upgrade was started.", request.engine()),
                required("No upgrade was started.", "major", request.major()),
                new Confirming(
                        Boolean.TRUE.equals(request.confirmAlways()),
                        within == null ? Confirming.DEFAULT.within() : within)));
    }

    /** Deletes what an upgrade kept. */
    @DeleteMapping("/databases/{engine}/clusters/{major}")
    Freed dropCluster(@PathVariable String host, @PathVariable String engine, @PathVariable int major) {
        return databases.dropCluster(new HostName(host), engine("Nothing was deleted.", engine), major);
    }

    @GetMapping("/jobs")
    List<JobState> jobs(@PathVariable String host) {
        return jobs.list(new HostName(host), null);
    }

    @GetMapping("/apps/{app}/jobs")
    List<JobState> jobs(@PathVariable String host, @PathVariable String app) {
        return jobs.list(new HostName(host), new AppName(app));
    }

    @PostMapping("/apps/{app}/jobs/{job}/run")
    @ResponseStatus(HttpStatus.ACCEPTED)
    JobState run(@PathVariable String host, @PathVariable String app, @PathVariable String job) {
        return jobs.run(new HostName(host), new AppName(app), job);
    }

    /** Events "line" as they are printed, then one "exit" or "problem". Closing the connection ends the command. */
    @PostMapping(path = "/apps/{app}/exec", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter execute(
            HttpServletRequest web,
            @PathVariable String host,
            @PathVariable String app,
            @RequestBody CommandRequest request) {
        String what = "The command was not run.";
        List<String> words = required(what, "command", request.command()).stream()
                .map(word -> required(what, "command", word))
                .toList();
        EventStream stream = streams.open(web);
        return stream.from(jobs.execute(
                        new HostName(host),
                        new AppName(app),
                        words,
                        request.timeoutSeconds() == null ? USUAL_COMMAND_SECONDS : request.timeoutSeconds(),
                        line -> stream.send("line", null, views.line(line)),
                        exit -> {
                            stream.send("exit", null, exit);
                            stream.complete();
                        },
                        problem -> {
                            stream.send("problem", null, Objects.requireNonNull(views.problem(problem)));
                            stream.complete();
                        }))
                .emitter();
    }

    @GetMapping("/apps/{app}/storage")
    StorageReport volumes(@PathVariable String host, @PathVariable String app) {
        return storage.volumes(new HostName(host), new AppName(app));
    }

    /** {@code path} leads down from the app's state directory; left out: that itself. */
    @GetMapping("/apps/{app}/files")
    Directory browse(
            @PathVariable String host, @PathVariable String app, @RequestParam(defaultValue = "") String path) {
        return storage.browse(new HostName(host), new AppName(app), path);
    }

    /** The bytes of one file. */
    @GetMapping(path = "/apps/{app}/files/content", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
    void read(
            @PathVariable String host,
            @PathVariable String app,
            @RequestParam String path,
            HttpServletResponse response)
            throws IOException {
        storage.read(new HostName(host), new AppName(app), path, new Late(response, path));
        response.flushBuffer();
    }

    /** Says what comes only when it comes: until then the answer can still be a problem. */
    private static final class Late extends OutputStream {

        private final HttpServletResponse response;
        private final String path;
        private boolean said;

        Late(HttpServletResponse response, String path) {
            this.response = response;
            this.path = path;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (!said) {
                said = true;
                response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
                response.setHeader(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment()
                                .filename(
                                        path.substring(path.lastIndexOf('/') + 1),
                                        java.nio.charset.StandardCharsets.UTF_8)
                                .build()
                                .toString());
            }
            response.getOutputStream().write(bytes, offset, length);
        }
    }

    private static Engine engine(String what, String word) {
        return Arrays.stream(Engine.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() -> invalid(what, "engine: it is postgresql or mysql."));
    }

    private static <T> T required(String what, String field, @Nullable T value) {
        if (value == null) {
            throw invalid(what, field + ": the field is missing.");
        }
        return value;
    }

    private static ProblemException invalid(String what, String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                .toException();
    }
}
