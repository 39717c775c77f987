package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.Route;
import dev.croft.access.MyAccount;
import dev.croft.access.Passkeys;
import dev.croft.access.Sessions;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Rights;
import jakarta.annotation.security.PermitAll;

/** The signed-in person's own account, and where else it is signed in. */
@Route(Links.MY_ACCOUNT)
@PermitAll
@Needs(Needs.What.NOTHING)
class AccountView extends Page {

    AccountView(MyAccount account, Passkeys passkeys, Sessions sessions, Rights rights, Background background) {
        super(t("Settings"));
        var stack = new Div(
                new Panel(t("My account")).with(new OwnAccount(account, background)),
                new PasskeyList(passkeys, account, background),
                new SessionList(sessions, background, false));
        stack.addClassNames("croft-stack", "croft-form");
        content(SettingsTabs.at("account", rights), stack);
    }

    @Override
    public String getPageTitle() {
        return t("My account") + " · Croft";
    }
}
