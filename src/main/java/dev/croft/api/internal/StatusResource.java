package dev.croft.api.internal;

import dev.croft.api.internal.Views.HostView;
import dev.croft.fleet.Hosts;
import dev.croft.setup.Setup;
import java.security.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** GET /status: without a token only what a load balancer or the claim page needs. */
@RestController
@RequestMapping("/api/v1/status")
class StatusResource {

    private final Setup setup;
    private final Hosts hosts;
    private final Views views;
    private final String version;

    StatusResource(Setup setup, Hosts hosts, Views views, @Value("${croft.version}") String version) {
        this.setup = setup;
        this.hosts = hosts;
        this.views = views;
        this.version = version;
    }

    /** @param setup "pending" until the first administrator exists, then "complete" */
    record StatusAnswer(
            String version, String setup, @Nullable List<HostView> hosts) {}

    @GetMapping
    StatusAnswer status(@Nullable Principal principal) {
        String state = setup.status().complete() ? "complete" : "pending";
        if (principal == null) {
            return new StatusAnswer(version, state, null);
        }
        return new StatusAnswer(
                version,
                state,
                hosts.list().stream()
                        .map(host -> views.host(host, hosts.status(host.name())))
                        .toList());
    }
}
