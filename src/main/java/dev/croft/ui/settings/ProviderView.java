package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.BeforeEnterObserver;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.router.RouteAlias;
import dev.croft.access.Providers;
import dev.croft.apps.Apps;
import dev.croft.fleet.Hosts;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import jakarta.annotation.security.PermitAll;
import tools.jackson.databind.json.JsonMapper;

/** {@link ProviderForm} as a page. */
@Route(Links.SIGN_IN + "/:provider")
@RouteAlias(Links.NEW_PROVIDER)
@PermitAll
@Needs(Needs.What.ADMINISTER_EVERYTHING)
class ProviderView extends Page implements BeforeEnterObserver {

    private final Providers providers;
    private final Hosts hosts;
    private final Apps apps;
    private final Background background;
    private final JsonMapper json;

    ProviderView(Providers providers, Hosts hosts, Apps apps, Background background, JsonMapper json) {
        super(t("Provider"));
        this.providers = providers;
        this.hosts = hosts;
        this.apps = apps;
        this.background = background;
        this.json = json;
        backTo(t("Sign-in"), Links.SIGN_IN);
    }

    @Override
    public void beforeEnter(BeforeEnterEvent event) {
        String existing = event.getRouteParameters().get("provider").orElse(null);
        title(existing == null ? t("New provider") : t("Provider {0}", existing));
        content(new ProviderForm(existing, providers, hosts, apps, background, json, () -> Actions.go(Links.SIGN_IN)));
    }
}
