package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.router.Route;
import dev.croft.operations.Operations;
import dev.croft.proofs.Proofs;
import dev.croft.ui.proofs.ContentsPanel;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import jakarta.annotation.security.PermitAll;

/** What the box's running system is made of. */
@Route(Links.CONTENTS)
@PermitAll
@Needs(Needs.What.THE_BOX)
class ContentsView extends Page {

    ContentsView(
            Proofs proofs,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Contents"));
        under(t("Every path that the running system needs, and nothing else."));
        content(HostTabs.at("contents"));
        currentHost.get().ifPresent(box -> {
            title(box.name().value());
            content(
                    HostTabs.at("contents"),
                    new ContentsPanel(box.name(), null, proofs, operations, background, bridge, rights.mayOperate()));
        });
    }

    @Override
    public String getPageTitle() {
        return t("Contents") + " · Croft";
    }
}
