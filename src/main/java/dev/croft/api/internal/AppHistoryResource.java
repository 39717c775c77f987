package dev.croft.api.internal;

import dev.croft.apps.Apps;
import dev.croft.apps.Deployment;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Generations;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** /hosts/{host}/apps/{app}: the versions there were, and the copies of the data. */
@RestController
@RequestMapping("/api/v1/hosts/{host}/apps/{app}")
class AppHistoryResource {

    private final Apps apps;
    private final Generations generations;

    AppHistoryResource(Apps apps, Generations generations) {
        this.apps = apps;
        this.generations = generations;
    }

    record DeploymentView(
            String operation,
            String kind,
            @Nullable Integer generation,
            @Nullable String rev,
            @Nullable String ref,
            Instant at,
            String by,
            String outcome,
            boolean current,
            @Nullable Snapshot snapshot) {}

    /** Newest first. */
    @GetMapping("/deployments")
    List<DeploymentView> deployments(@PathVariable String host, @PathVariable String app) {
        return apps.deployments(new HostName(host), new AppName(app)).stream()
                .map(AppHistoryResource::view)
                .toList();
    }

    private static DeploymentView view(Deployment deployment) {
        return new DeploymentView(
                deployment.operation().value(),
                deployment.kind().name().toLowerCase(Locale.ROOT),
                deployment.generation(),
                deployment.rev(),
                deployment.ref(),
                deployment.at(),
                deployment.by(),
                deployment.outcome().name(),
                deployment.current(),
                deployment.snapshot());
    }

    /** Newest first. */
    @GetMapping("/snapshots")
    List<Snapshot> snapshots(@PathVariable String host, @PathVariable String app) {
        return generations.snapshots(new HostName(host), new AppName(app));
    }
}
