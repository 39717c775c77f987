package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import dev.croft.ui.support.Facts;

/** The key that something shows, beside the command that prints the box's own. */
final class KeyComparison {

    private static final String ON_THE_BOX = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";

    private KeyComparison() {}

    /** @param id of what shows the key */
    static Facts of(String fingerprint, String id) {
        var shown = Facts.code(fingerprint);
        shown.setId(id);
        return new Facts().fact(t("It shows"), shown).code(t("On the box, this prints it"), ON_THE_BOX);
    }
}
