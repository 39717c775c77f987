package dev.croft.fleet.internal;

import dev.croft.access.Role;
import dev.croft.access.Sight;
import dev.croft.fleet.Host;
import dev.croft.fleet.HostCameBack;
import dev.croft.fleet.HostEnrolled;
import dev.croft.fleet.HostStatus;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.ProbeResult;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;

/** The boxes of fleet_host. */
@Service
class EnrolledHosts implements Hosts {

    private static final Pattern ADDRESS = Pattern.compile("[0-9A-Za-z:]([0-9A-Za-z.:-]{0,251}[0-9A-Za-z:])?");
    private static final Pattern USER = Pattern.compile("[a-z_][a-z0-9_-]{0,30}");
    private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");

    private final HostTable table;
    private final HostLink link;
    private final Heartbeat heartbeat;
    private final ApplicationEventPublisher events;
    private final Clock clock;
    private final Sight sight;

    EnrolledHosts(
            HostTable table,
            HostLink link,
            Heartbeat heartbeat,
            ApplicationEventPublisher events,
            Clock clock,
            Sight sight) {
        this.sight = sight;
        this.table = table;
        this.link = link;
        this.heartbeat = heartbeat;
        this.events = events;
        this.clock = clock;
    }

    @Override
    public List<Host> list() {
        Predicate<HostName> mine = sight.within(Role.VIEWER);
        return table.all().stream().filter(host -> mine.test(host.name())).toList();
    }

    @Override
    public Host get(HostName name) {
        return table.find(name)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "The host was not found.",
                                "This console has no host named \"" + name + "\".",
                                "Choose one of the Host page, or add it there.")
                        .toException());
    }

    @Override
    public Optional<Host> find(HostName name) {
        return table.find(name);
    }

    @Override
    public List<Host> all() {
        return table.all();
    }

    @Override
    public String fingerprintOf(String address, int port) {
        requireAddress(address, port);
        return link.fingerprintOf(address, port);
    }

    @Override
    public String nameOf(HostEndpoint endpoint) {
        requireValid(endpoint);
        return link.nameOf(endpoint);
    }

    @Override
    public Host enrol(HostName name, HostEndpoint endpoint) {
        requireValid(endpoint);
        if (table.find(name).isPresent()) {
            throw taken(name).toException();
        }
        ProbeResult probe = link.call(endpoint, new Probe());
        // The database keeps microseconds; a row that is read again must equal this one.
        Host host = new Host(name, endpoint, clock.instant().truncatedTo(ChronoUnit.MICROS));
        try {
            table.insert(host);
        } catch (DuplicateKeyException e) {
            throw taken(name).toException();
        }
        heartbeat.answered(name, probe);
        events.publishEvent(new HostEnrolled(host));
        return host;
    }

    @Override
    public Host move(HostName name, HostEndpoint endpoint) {
        requireValid(endpoint);
        Host before = get(name);
        table.all().stream()
                .filter(each -> !each.name().equals(name)
                        && each.endpoint().address().equals(endpoint.address())
                        && each.endpoint().port() == endpoint.port())
                .findAny()
                .ifPresent(there -> {
                    throw Problem.of(
                                    ProblemCode.CONFLICT,
                                    name + " was not moved.",
                                    "At this address and port this console already has the host \"" + there.name()
                                            + "\".",
                                    "Check the address.")
                            .toException();
                });
        ProbeResult probe = link.call(endpoint, new Probe());
        if (!table.move(name, endpoint)) {
            return get(name);
        }
        if (!before.endpoint().equals(endpoint)) {
            link.disconnect(before.endpoint());
        }
        Host moved = new Host(name, endpoint, before.enrolledAt());
        heartbeat.answered(name, probe);
        events.publishEvent(new HostCameBack(moved));
        return moved;
    }

    @Override
    public HostStatus status(HostName name) {
        return heartbeat.status(get(name).name());
    }

    private static Problem taken(HostName name) {
        return Problem.of(
                ProblemCode.CONFLICT,
                "The host was not added.",
                "There already is a host named \"" + name + "\".",
                "Choose another name.");
    }

    private static void requireValid(HostEndpoint endpoint) {
        requireAddress(endpoint.address(), endpoint.port());
        require(
                USER.matcher(endpoint.user()).matches(),
                "user: it is a Unix user name; croft-host unless the box's owner chose another.");
        require(
                FINGERPRINT.matcher(endpoint.fingerprint()).matches(),
                "fingerprint: it has the form SHA256: and 43 characters, as ssh-keygen -l prints it.");
    }

    private static void requireAddress(String address, int port) {
        require(ADDRESS.matcher(address).matches(), "address: it is a host name or an IP address.");
        require(port >= 1 && port <= 65535, "port: it lies between 1 and 65535.");
    }

    private static void require(boolean holds, String why) {
        if (!holds) {
            throw Problem.of(ProblemCode.INVALID_INPUT, "The host was not asked.", why, "Correct it and try again.")
                    .toException();
        }
    }
}
