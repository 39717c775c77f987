package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.t;

import dev.croft.desired.HostState.HostSettings;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.host.ContractPanel;
import dev.croft.ui.support.OutsideNote;

/** Whether the box has what Croft needs. */
final class BoxStep extends WizardStep {

    BoxStep(OutsideNote outside, ContractPanel contract) {
        super(
                Step.BOX,
                t("Check the box"),
                t("What Croft relies on. Whatever is missing says how it is mended; most of it by one click."));
        add(outside, contract);
    }

    /** What fixes are about: all but what the other steps write. */
    @Override
    HostSettings undone(HostSettings draft, HostSettings inForce) {
        return inForce.withTimezone(draft.timezone())
                .withUsers(draft.users())
                .withAcme(draft.acme())
                .withServices(draft.services())
                .withBackups(draft.backups());
    }
}
