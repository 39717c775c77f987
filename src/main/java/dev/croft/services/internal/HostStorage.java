package dev.croft.services.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Browse;
import dev.croft.hostlink.HostCommand.Directory;
import dev.croft.hostlink.HostCommand.FileEnd;
import dev.croft.hostlink.HostCommand.ReadFile;
import dev.croft.hostlink.HostCommand.ReadStorage;
import dev.croft.hostlink.HostCommand.StorageReport;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.services.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Files of apps, which the box reads. */
@Service
class HostStorage implements Storage {

    private static final Logger log = LoggerFactory.getLogger(HostStorage.class);

    private static final int PATH_MOST = 4096;
    private static final Set<String> NO_NAMES = Set.of("", ".", "..");

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final CurrentOperator current;

    HostStorage(Hosts hosts, HostLink link, DesiredStates desired, CurrentOperator current) {
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.current = current;
    }

    @Override
    public StorageReport volumes(HostName name, AppName app) {
        Host host = hosts.get(name);
        Requests.requireInForce(desired, name, app);
        return link.call(host.endpoint(), new ReadStorage(app));
    }

    @Override
    public Directory browse(HostName name, AppName app, String path) {
        Host host = hosts.get(name);
        Requests.requireInForce(desired, name, app);
        requirePath(path, true);
        return link.call(host.endpoint(), new Browse(app, path));
    }

    @Override
    public FileEnd read(HostName name, AppName app, String path, OutputStream out) {
        Host host = hosts.get(name);
        Requests.requireInForce(desired, name, app);
        requirePath(path, false);
        log.info("{} reads a file of {} on {}", current.get().name(), app, name);
        return link.call(host.endpoint(), new ReadFile(app, path, 0), reply -> {
            if (reply instanceof HostReply.Chunk chunk) {
                try {
                    out.write(chunk.data());
                } catch (IOException e) {
                    throw gone(e);
                }
            }
        });
    }

    /** The box looks again, and follows no link out of the app's directory. */
    private static void requirePath(String path, boolean directory) {
        boolean plain = path.length() <= PATH_MOST
                && path.indexOf('\0') < 0
                && Arrays.stream(path.split("/", -1)).noneMatch(NO_NAMES::contains);
        Requests.require(
                plain || (directory && path.isEmpty()),
                "Nothing was read.",
                "path: it leads down from the app's directory, without a slash at its begin or end and without \"..\".");
    }

    private static ProblemException gone(IOException cause) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.CANCELLED,
                        "The file was not read to its end.",
                        "Who asked for it is gone.",
                        "Ask for it again."),
                cause);
    }
}
