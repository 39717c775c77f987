package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import dev.croft.backups.Backups;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Target;
import dev.croft.kernel.HostName;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.backups.AddTargetDialog;
import dev.croft.ui.backups.KitDialog;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import java.util.Map;

/** Where copies of the apps' data go, and the paper that brings them back. */
final class BackupsStep extends WizardStep {

    private final Div places = new Div();

    BackupsStep(HostName host, Backups backups, Background background, boolean mayAdminister, Runnable onAdded) {
        super(
                Step.BACKUPS,
                t("Backups and recovery kit"),
                t("Where copies of your apps' data go, every night and encrypted. Best another machine."));
        places.setId("wizard-places");
        add(places);
        if (mayAdminister) {
            var row = new Div(
                    Actions.button(
                            "wizard-target-new",
                            t("Add a place"),
                            "plus",
                            () -> new AddTargetDialog(host, backups, background, this, onAdded).open()),
                    Actions.button(
                            "wizard-kit",
                            t("Recovery kit"),
                            "download",
                            () -> new KitDialog(host, backups, background, this).open()));
            row.addClassName("croft-actions");
            add(row);
        }
    }

    @Override
    void show(HostState draft, Progress progress) {
        places.removeAll();
        Map<String, Target> targets = draft.host().backups().targets();
        if (targets.isEmpty()) {
            places.add(new StatusText(Tone.WARN, t("Nothing is backed up")));
            return;
        }
        var facts = new Facts();
        targets.forEach((name, target) -> facts.fact(
                name,
                switch (target.type()) {
                    case "local" -> t("a disk of the box");
                    case "sftp" -> t("another machine, by SFTP");
                    default -> t("S3 and the like");
                }));
        places.add(facts);
    }

    @Override
    HostSettings undone(HostSettings draft, HostSettings inForce) {
        return draft.withBackups(draft.backups().withTargets(inForce.backups().targets()));
    }
}
