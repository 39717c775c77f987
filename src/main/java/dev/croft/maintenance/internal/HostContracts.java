package dev.croft.maintenance.internal;

import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.Fix;
import dev.croft.hostlink.HostCommand.FixedMember;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.maintenance.Contracts;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The contract as the boxes report it; a fix becomes an edit of the settings' draft like any other. */
@Service
class HostContracts implements Contracts {

    private static final String HOST = "/host/";

    private final Hosts hosts;
    private final DesiredStates desired;
    private final ContractReports reports;
    private final JsonMapper json = JsonMapper.builder().build();

    HostContracts(Hosts hosts, DesiredStates desired, ContractReports reports) {
        this.hosts = hosts;
        this.desired = desired;
        this.reports = reports;
    }

    @Override
    public Contract check(HostName host) {
        return reports.ask(hosts.get(host));
    }

    @Override
    public Optional<Contract> last(HostName host) {
        return reports.last(hosts.get(host).name());
    }

    @Override
    public void draftFix(HostName name, String id) {
        Host host = hosts.get(name);
        Fix fix = reports.last(name).orElseGet(() -> reports.ask(host)).checks().stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .map(Check::fix)
                .orElseThrow(() -> refused(
                        ProblemCode.NOT_FOUND,
                        "The box offers no fix for \"" + id + "\".",
                        "Check again, and do what is written beside it."));
        HostSettings before = desired.draft(name).host();
        ObjectNode settings = json.valueToTree(desired.entry(before));
        fix.set().forEach(member -> set(settings, pointer(member), json.valueToTree(member.value()), member));
        HostSettings after = desired.parseSettings(json.writeValueAsString(settings));
        desired.putSettings(name, after, desired.digest(before));
    }

    @Override
    public void takeBackFixes(HostName name) {
        Host host = hosts.get(name);
        HostSettings before = desired.draft(name).host();
        ObjectNode settings = json.valueToTree(desired.entry(before));
        JsonNode was = desired.inForce(name)
                .map(HostState::host)
                .<JsonNode>map(each -> json.valueToTree(desired.entry(each)))
                .orElseGet(json::createObjectNode);
        reports.last(host.name()).stream()
                .flatMap(contract -> contract.checks().stream())
                .map(Check::fix)
                .filter(Objects::nonNull)
                .flatMap(fix -> fix.set().stream())
                .forEach(member -> takeBack(settings, was, member));
        HostSettings after = desired.parseSettings(json.writeValueAsString(settings));
        if (!after.equals(before)) {
            desired.putSettings(name, after, desired.digest(before));
        }
    }

    private void takeBack(ObjectNode settings, JsonNode was, FixedMember member) {
        JsonPointer pointer = pointer(member);
        JsonNode now = settings.at(pointer);
        JsonNode before = was.at(pointer);
        JsonNode fixed = json.valueToTree(member.value());
        boolean fixWrote = fixed == null || fixed.isNull() ? now.isMissingNode() : fixed.equals(now);
        if (!fixWrote || before.equals(now)) {
            return;
        }
        set(settings, pointer, before.isMissingNode() ? null : before, member);
        // A part that came with the fix goes with it.
        for (JsonPointer part = pointer.head();
                part != null
                        && !part.matches()
                        && was.at(part).isMissingNode()
                        && settings.at(part).isEmpty();
                part = part.head()) {
            set(settings, part, null, member);
        }
    }

    private static JsonPointer pointer(FixedMember member) {
        if (!member.pointer().startsWith(HOST)) {
            throw refused(
                    ProblemCode.BAD_REQUEST,
                    "The fix is about \"" + member.pointer() + "\", which is none of the box's own settings.",
                    "Bring console and box to the same version of Croft.");
        }
        return JsonPointer.compile(member.pointer().substring(HOST.length() - 1));
    }

    private static void set(ObjectNode settings, JsonPointer pointer, @Nullable JsonNode value, FixedMember member) {
        JsonNode parent = settings;
        for (JsonPointer at = pointer; !at.tail().matches(); at = at.tail()) {
            if (!(parent instanceof ObjectNode object)) {
                throw notAnObject(member);
            }
            String name = at.getMatchingProperty();
            parent = object.has(name) ? object.get(name) : object.putObject(name);
        }
        if (!(parent instanceof ObjectNode object)) {
            throw notAnObject(member);
        }
        String name = pointer.last().getMatchingProperty();
        if (value == null || value.isNull()) {
            object.remove(name);
        } else {
            object.set(name, value);
        }
    }

    private static ProblemException notAnObject(FixedMember member) {
        return refused(
                ProblemCode.BAD_REQUEST,
                "The fix is about a part of a list: \"" + member.pointer() + "\".",
                "Bring console and box to the same version of Croft.");
    }

    private static ProblemException refused(ProblemCode code, String why, String next) {
        return Problem.of(code, "The fix was not written into the change.", why, next)
                .toException();
    }
}
