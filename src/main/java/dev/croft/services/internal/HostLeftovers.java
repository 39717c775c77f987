package dev.croft.services.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.DropLeftData;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.LeftData;
import dev.croft.hostlink.HostCommand.LeftDataReport;
import dev.croft.hostlink.HostCommand.LeftKind;
import dev.croft.hostlink.HostCommand.ReadLeftData;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.services.Leftovers;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Data that no app is given any more, as the box tells of it. Whether that is so the box alone decides. */
@Service
class HostLeftovers implements Leftovers {

    private static final Logger log = LoggerFactory.getLogger(HostLeftovers.class);

    private static final String WHAT = "Nothing was deleted.";
    private static final Pattern VOLUME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

    private final Hosts hosts;
    private final HostLink link;
    private final CurrentOperator current;

    HostLeftovers(Hosts hosts, HostLink link, CurrentOperator current) {
        this.hosts = hosts;
        this.link = link;
        this.current = current;
    }

    @Override
    public LeftDataReport list(HostName host) {
        return link.call(hosts.get(host).endpoint(), new ReadLeftData());
    }

    @Override
    public Freed drop(HostName name, LeftKind kind, AppName app, @Nullable String volume, String typed) {
        Host host = hosts.get(name);
        Requests.require(
                kind == LeftKind.VOLUME
                        ? volume != null && VOLUME.matcher(volume).matches()
                        : volume == null,
                WHAT,
                "volume: it is the name of a volume, and only there for one.");
        String wanted = LeftData.name(app, volume);
        Requests.require(
                wanted.equals(typed), WHAT, "confirm: it is not the name of the data, which is " + wanted + ".");
        log.info(
                "{} deletes what is left of {} ({}) on {}",
                current.get().name(),
                wanted,
                kind.name().toLowerCase(Locale.ROOT),
                name);
        return link.call(host.endpoint(), new DropLeftData(kind, app, volume));
    }
}
