package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.Route;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.maintenance.Contracts;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Rights;
import jakarta.annotation.security.PermitAll;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a box must offer, checked by the console once a day and whenever somebody looks here. */
@Route(Links.CONTRACT)
@PermitAll
@Needs(Needs.What.THE_BOX)
class ContractView extends Page {

    private final @Nullable SettingsDraft settings;

    ContractView(
            Contracts contracts, DesiredStates desired, Background background, Rights rights, CurrentHost currentHost) {
        super(t("Host contract"));
        Optional<Host> host = currentHost.get();
        SettingsDraft draft = host.map(box -> new SettingsDraft(box.name(), desired, background))
                .orElse(null);
        settings = draft;
        under(t("What Croft relies on, checked once a day. Most of what is missing is mended by a setting."));
        var stack = new Div();
        stack.addClassName("croft-stack");
        if (host.isPresent() && draft != null) {
            title(host.get().name().value());
            stack.add(
                    draft.note(),
                    new Panel(t("What Croft needs on the box"))
                            .with(new ContractPanel(
                                    host.get().name(), contracts, background, rights.mayAdminister(), this::load)));
        }
        content(HostTabs.at("contract"), stack);
    }

    @Override
    public String getPageTitle() {
        return t("Host contract") + " · Croft";
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
    }

    private void load() {
        if (settings != null) {
            settings.load(this, state -> {}, this::show);
        }
    }
}
