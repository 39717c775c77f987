package dev.croft.proofs.internal;

import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.ReadIdentity;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.proofs.BillFormat;
import dev.croft.proofs.Closure;
import dev.croft.proofs.Closure.Part;
import dev.croft.proofs.Proofs;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** What boxes say of what they run. What a verification found is the result of its operation, and kept with that. */
@Service
class HostProofs implements Proofs {

    private final Hosts hosts;
    private final HostLink link;
    private final Operations operations;
    private final Closures closures;
    private final Clock clock;

    HostProofs(Hosts hosts, HostLink link, Operations operations, Closures closures, Clock clock) {
        this.hosts = hosts;
        this.link = link;
        this.operations = operations;
        this.closures = closures;
        this.clock = clock;
    }

    @Override
    public Closure closure(HostName host, @Nullable AppName app) {
        return closures.read(hosts.get(host), app);
    }

    @Override
    public List<List<Part>> ways(HostName host, @Nullable AppName app, String path) {
        Closure closure = closure(host, app);
        int position = IntStream.range(0, closure.parts().size())
                .filter(each -> closure.parts().get(each).path().equals(path))
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "Nothing was looked up.",
                                (app == null ? host.value() : app.value()) + " does not need this path.",
                                "Choose one of its closure.")
                        .toException());
        return closure.waysTo(position);
    }

    @Override
    public String bill(HostName host, @Nullable AppName app, BillFormat format) {
        Closure closure = closure(host, app);
        var bill = new Bill(app == null ? host.value() : app.value(), app != null, closure, clock.instant());
        return switch (format) {
            case CYCLONEDX -> bill.cycloneDx();
            case SPDX -> bill.spdx();
        };
    }

    @Override
    public Operation verify(HostName host, @Nullable AppName app) {
        return operations.verify(host, app);
    }

    @Override
    public Optional<Standing> standing(HostName name, @Nullable AppName app) {
        Host host = hosts.get(name);
        return operations.lastVerified(name, app).map(Verifications::of).map(found -> {
            String now = identity(host, app);
            return new Standing(found, now == null ? null : now.equals(found.identity()));
        });
    }

    /** Null when the box does not answer: what was found is worth showing all the same. */
    private @Nullable String identity(Host host, @Nullable AppName app) {
        try {
            return link.call(host.endpoint(), new ReadIdentity(app)).identity();
        } catch (ProblemException unanswered) {
            return null;
        }
    }
}
