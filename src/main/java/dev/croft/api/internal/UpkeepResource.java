package dev.croft.api.internal;

import dev.croft.api.internal.Views.OperationView;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.maintenance.Disks;
import dev.croft.maintenance.Drifts;
import dev.croft.maintenance.Generations;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /hosts/{host}: generations compared and marked, disk, garbage, drift. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class UpkeepResource {

    private final Generations generations;
    private final Disks disks;
    private final Drifts drifts;
    private final Views views;

    UpkeepResource(Generations generations, Disks disks, Drifts drifts, Views views) {
        this.generations = generations;
        this.disks = disks;
        this.drifts = drifts;
        this.views = views;
    }

    record MarkRequest(@Nullable Boolean pinned, @Nullable String label) {}

    record PlanRequest(
            @Nullable List<@Nullable Integer> deleteGenerations,
            @Nullable Integer keepGenerations) {}

    record CollectRequest(
            @Nullable String digest,
            @Nullable List<@Nullable Integer> deleteGenerations,
            @Nullable Integer keepGenerations) {}

    record ReconcileRequest(@Nullable String what, @Nullable String action) {}

    /** Without {@code from}: the running system. */
    @GetMapping("/generations/compare")
    Comparison compare(
            @PathVariable String host, @RequestParam(required = false) @Nullable Integer from, @RequestParam int to) {
        return generations.compare(new HostName(host), from, to);
    }

    /** What is left out stays as it is; an empty label takes it away. */
    @PatchMapping("/generations/{number}")
    Generation mark(@PathVariable String host, @PathVariable int number, @RequestBody MarkRequest request) {
        return generations.mark(new HostName(host), number, request.pinned(), request.label());
    }

    @GetMapping("/disk")
    DiskReport disk(@PathVariable String host) {
        return disks.report(new HostName(host));
    }

    /** Deletes nothing. */
    @PostMapping("/gc/plan")
    GarbagePlan plan(@PathVariable String host, @RequestBody(required = false) @Nullable PlanRequest request) {
        return disks.plan(
                new HostName(host),
                request == null ? List.of() : numbers(request.deleteGenerations()),
                request == null ? null : request.keepGenerations());
    }

    /** With the digest of a plan and what was asked for it. */
    @PostMapping("/gc")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView collect(@PathVariable String host, @RequestBody CollectRequest request) {
        return views.operation(disks.collect(
                new HostName(host),
                required("Nothing was collected.", "digest", request.digest()),
                numbers(request.deleteGenerations()),
                request.keepGenerations()));
    }

    /** With {@code evaluate=true} it takes as long as the box needs to evaluate its configuration: minutes. */
    @GetMapping("/drift")
    DriftReport drift(@PathVariable String host, @RequestParam(defaultValue = "false") boolean evaluate) {
        return drifts.find(new HostName(host), evaluate);
    }

    @PostMapping("/drift")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationView reconcile(@PathVariable String host, @RequestBody ReconcileRequest request) {
        String nothing = "Nothing was reconciled.";
        return views.operation(drifts.reconcile(
                new HostName(host),
                oneOf(DriftedThing.class, nothing, "what", request.what()),
                oneOf(Reconciliation.class, nothing, "action", request.action())));
    }

    private static List<Integer> numbers(@Nullable List<@Nullable Integer> given) {
        if (given == null) {
            return List.of();
        }
        return given.stream()
                .map(number -> {
                    if (number == null) {
                        throw invalid("Nothing was collected.", "deleteGenerations: a whole number is expected.");
                    }
                    return number;
                })
                .toList();
    }

    private static <E extends Enum<E>> E oneOf(Class<E> type, String what, String field, @Nullable String value) {
        String wanted = required(what, field, value);
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> word(each).equals(wanted))
                .findFirst()
                .orElseThrow(() -> invalid(
                        what,
                        field + ": it is one of "
                                + Arrays.stream(type.getEnumConstants())
                                        .map(UpkeepResource::word)
                                        .collect(Collectors.joining(", "))
                                + "."));
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String required(String what, String field, @Nullable String value) {
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
