package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.TabBar;

/** The parts of the settings, without those that the person may not see. */
final class SettingsTabs {

    private SettingsTabs() {}

    static TabBar at(String selected, Rights rights) {
        var tabs = new TabBar(t("Parts of the settings"))
                .tab("general", t("General"), Links.SETTINGS)
                .tab("account", t("My account"), Links.MY_ACCOUNT)
                .tab("appearance", t("Appearance"), Links.APPEARANCE);
        if (rights.mayAdministerEverything()) {
            tabs.tab("people", t("People"), Links.PEOPLE).tab("sign-in", t("Sign-in"), Links.SIGN_IN);
        }
        tabs.select(selected);
        return tabs;
    }
}
