package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.t;

import dev.croft.kernel.HostName;
import dev.croft.maintenance.Contracts;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.host.ContractPanel;
import dev.croft.ui.support.OutsideNote;

/** Whether the box has what Croft needs. */
final class BoxStep extends WizardStep {

    private final HostName host;
    private final Contracts contracts;
    private final ContractPanel panel;

    BoxStep(HostName host, Contracts contracts, ContractPanel panel, OutsideNote outside) {
        super(
                Step.BOX,
                t("Check the box"),
                t("What Croft relies on. Whatever is missing says how it is mended; most of it by one click."));
        this.host = host;
        this.contracts = contracts;
        this.panel = panel;
        add(outside, panel);
    }

    @Override
    void undoMore() {
        contracts.takeBackFixes(host);
    }

    @Override
    void afterUndo() {
        panel.forgetFixes();
    }
}
