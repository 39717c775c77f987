package dev.croft.api.internal;

import dev.croft.api.internal.Views.HostView;
import dev.croft.api.internal.Views.OperationView;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.maintenance.Contracts;
import dev.croft.maintenance.Contracts.Contract;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operations;
import dev.croft.operations.Operations.Apply;
import dev.croft.operations.Operations.RollBack;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /hosts: the boxes and what concerns a whole box. */
@RestController
@RequestMapping("/api/v1/hosts")
class HostsResource {

    private final Hosts hosts;
    private final Operations operations;
    private final Generations generations;
    private final Contracts contracts;
    private final Views views;

    HostsResource(Hosts hosts, Operations operations, Generations generations, Contracts contracts, Views views) {
        this.hosts = hosts;
        this.contracts = contracts;
        this.operations = operations;
        this.generations = generations;
        this.views = views;
    }

    record EnrolRequest(
            @Nullable String name,
            @Nullable String address,
            @Nullable Integer port,
            @Nullable String user,
            @Nullable String fingerprint) {}

    record MoveRequest(
            @Nullable String address,
            @Nullable Integer port,
            @Nullable String user,
            @Nullable String fingerprint) {}

    record RollbackRequest(
            @Nullable Integer generation,
            @Nullable Boolean data,
            @Nullable String confirm,
            @Nullable Integer confirmWithinSeconds) {}

    record ApplyRequest(
            @Nullable String expect,
            @Nullable String app,
            @Nullable String confirm,
            @Nullable Integer confirmWithinSeconds) {}

    @GetMapping
    List<HostView> list() {
        return hosts.list().stream()
                .map(host -> views.host(host, hosts.status(host.name())))
                .toList();
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    HostView enrol(@RequestBody EnrolRequest request) {
        Host host = hosts.enrol(
                new HostName(required("name", request.name())),
                endpoint(request.address(), request.port(), request.user(), request.fingerprint()));
        return views.host(host, hosts.status(host.name()));
    }

    @PutMapping("/{host}/endpoint")
    HostView move(@PathVariable String host, @RequestBody MoveRequest request) {
        Host moved = hosts.move(
                new HostName(host), endpoint(request.address(), request.port(), request.user(), request.fingerprint()));
        return views.host(moved, hosts.status(moved.name()));
    }

    private static HostEndpoint endpoint(
            @Nullable String address, @Nullable Integer port, @Nullable String user, @Nullable String fingerprint) {
        return new HostEndpoint(
                required("address", address),
                port == null ? 22 : port,
                user == null ? "croft-host" : user,
                required("fingerprint", fingerprint));
    }

    @GetMapping("/{host}")
    HostView get(@PathVariable String host) {
        Host found = hosts.get(new HostName(host));
        return views.host(found, hosts.status(found.name()));
    }

    @GetMapping("/{host}/contract")
    Contract contract(@PathVariable String host) {
        return contracts.check(new HostName(host));
    }

    @GetMapping("/{host}/generations")
    List<Generation> generations(@PathVariable String host) {
        return generations.list(new HostName(host));
    }

    @PostMapping("/{host}/rollback")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView rollBack(
            @PathVariable String host, @RequestBody(required = false) @Nullable RollbackRequest request) {
        return views.operation(operations.rollBack(
                new HostName(host),
                request == null
                        ? RollBack.to(null)
                        : new RollBack(
                                request.generation(),
                                Boolean.TRUE.equals(request.data()),
                                confirming(request.confirm(), request.confirmWithinSeconds()))));
    }

    @PostMapping("/{host}/plan")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView plan(@PathVariable String host) {
        return views.operation(operations.plan(new HostName(host)));
    }

    @PostMapping("/{host}/apply")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView apply(@PathVariable String host, @RequestBody(required = false) @Nullable ApplyRequest request) {
        return views.operation(operations.apply(
                new HostName(host),
                request == null
                        ? Apply.ALL
                        : new Apply(
                                request.expect(),
                                request.app() == null ? null : new AppName(request.app()),
                                confirming(request.confirm(), request.confirmWithinSeconds()))));
    }

    private static Confirming confirming(@Nullable String confirm, @Nullable Integer within) {
        boolean always = switch (confirm) {
            case null -> false;
            case "auto" -> false;
            case "manual" -> true;
            default ->
                throw Problem.of(
                                ProblemCode.INVALID_INPUT,
                                "Nothing was done.",
                                "confirm: it is \"auto\" (a change of the host waits for a confirmation) or \"manual\" (it waits in any case).",
                                "Leave the field out, or send one of the two.")
                        .toException();
        };
        return new Confirming(always, within == null ? Confirming.DEFAULT.within() : within);
    }

    private static String required(String field, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The host was not added.",
                            field + ": the field is missing.",
                            "Send name, address and fingerprint; port and user when they are not 22 and croft-host.")
                    .toException();
        }
        return value;
    }
}
