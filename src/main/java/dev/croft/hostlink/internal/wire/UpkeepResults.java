package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.DiskItem;
import dev.croft.hostlink.HostCommand.DiskPart;
import dev.croft.hostlink.HostCommand.DiskReport;
import dev.croft.hostlink.HostCommand.DriftItem;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.FileSystem;
import dev.croft.hostlink.HostCommand.FullVolume;
import dev.croft.hostlink.HostCommand.GarbagePlan;
import dev.croft.hostlink.HostCommand.GarbagePolicy;
import dev.croft.hostlink.HostCommand.MajorChange;
import dev.croft.hostlink.HostCommand.NameChanges;
import dev.croft.hostlink.HostCommand.PackageChange;
import dev.croft.hostlink.HostCommand.PlannedGeneration;
import dev.croft.hostlink.HostCommand.PlannedSnapshot;
import dev.croft.hostlink.HostCommand.PortChanges;
import dev.croft.hostlink.HostCommand.Ports;
import dev.croft.hostlink.HostCommand.Pressure;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostCommand.StateTexts;
import dev.croft.hostlink.HostCommand.UnitFiles;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import java.util.List;

/** Reads what a box tells of its generations, disks and drift. Source: docs/protocol.md §4. */
final class UpkeepResults {

    private UpkeepResults() {}

    static Comparison comparison(Members result) {
        return new Comparison(
                result.optionalInteger("from"),
                result.integer("to"),
                result.objects("closure", UpkeepResults::packageChange),
                result.longInteger("bytes"),
                units(result.object("units")),
                result.optionalObject(
                        "ports",
                        ports -> new PortChanges(
                                ports.objects("opened", UpkeepResults::ports),
                                ports.objects("closed", UpkeepResults::ports))),
                result.optionalObject(
                        "users",
                        users -> new NameChanges(users.texts("added"), users.texts("removed"), users.texts("changed"))),
                result.optionalObject("postgresql", UpkeepResults::majorChange),
                result.optionalObject("mysql", UpkeepResults::majorChange),
                states(result.object("state")));
    }

    private static MajorChange majorChange(Members change) {
        return new MajorChange(change.integer("from"), change.integer("to"));
    }

    private static PackageChange packageChange(Members change) {
        return new PackageChange(
                change.text("name"), change.texts("from"), change.texts("to"), change.longInteger("bytes"));
    }

    private static UnitFiles units(Members units) {
        return new UnitFiles(units.texts("added"), units.texts("removed"), units.texts("changed"));
    }

    private static StateTexts states(Members state) {
        return new StateTexts(state.optionalText("from"), state.optionalText("to"));
    }

    private static Ports ports(Members ports) {
        return new Ports(ports.text("protocol"), ports.integer("from"), ports.integer("to"));
    }

    static Snapshot snapshot(Members snapshot) {
        return new Snapshot(
                snapshot.value("app", AppName::new),
                snapshot.text("id"),
                snapshot.value("operation", OperationId::new),
                snapshot.instant("takenAt"),
                snapshot.optionalInteger("generation"),
                snapshot.optionalText("rev"),
                snapshot.longInteger("bytes"),
                snapshot.longInteger("files"),
                snapshot.text("method"));
    }

    private static FullVolume fullVolume(Members full) {
        return new FullVolume(
                full.value("app", AppName::new),
                full.text("volume"),
                full.longInteger("bytes"),
                full.longInteger("quota"));
    }

    static DiskReport disk(Members result) {
        Members pressure = result.object("pressure");
        Members policy = result.object("policy");
        return new DiskReport(
                result.instant("time"),
                result.objects(
                        "filesystems",
                        each -> new FileSystem(
                                each.text("mount"),
                                each.text("type"),
                                each.longInteger("bytes"),
                                each.longInteger("free"))),
                result.objects("parts", UpkeepResults::part),
                new Pressure(pressure.text("level"), pressure.text("why")),
                new GarbagePolicy(
                        policy.flag("automatic"), policy.integer("keepGenerations"), policy.longInteger("minFree")),
                // A box of before does not say.
                result.has("quotas") ? result.objects("quotas", UpkeepResults::fullVolume) : List.of());
    }

    private static DiskPart part(Members part) {
        return new DiskPart(
                part.text("id"),
                part.text("mount"),
                part.longInteger("bytes"),
                part.objects("items", item -> new DiskItem(item.text("name"), item.longInteger("bytes"))),
                part.flag("complete"));
    }

    static GarbagePlan garbagePlan(Members result) {
        return new GarbagePlan(
                result.text("digest"),
                result.objects(
                        "generations",
                        each -> new PlannedGeneration(
                                each.integer("number"),
                                each.flag("keep"),
                                each.text("why"),
                                each.optionalLong("bytesFreed"))),
                result.objects(
                        "snapshots",
                        each -> new PlannedSnapshot(
                                each.value("app", AppName::new), each.text("id"), each.longInteger("bytes"))),
                result.longInteger("paths"),
                result.longInteger("bytes"));
    }

    static DriftReport drift(Members result) {
        return new DriftReport(
                result.instant("time"),
                result.optionalText("running"),
                result.optionalText("bootDefault"),
                result.optionalText("configured"),
                result.optionalInstant("evaluatedAt"),
                result.has("inSync") ? result.flag("inSync") : null,
                result.objects(
                        "items",
                        item -> new DriftItem(
                                item.text("id"),
                                item.text("kind"),
                                item.text("what"),
                                item.text("found"),
                                item.text("wanted"),
                                item.texts("actions"))));
    }
}
