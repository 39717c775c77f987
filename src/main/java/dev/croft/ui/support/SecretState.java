package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import dev.croft.vault.Secret;

/** Where a secret's value is, in words. */
public final class SecretState {

    private SecretState() {}

    public static StatusText of(Secret secret) {
        return switch (secret.box()) {
            case THERE -> new StatusText(Tone.OK, t("On the box"));
            case OTHER -> new StatusText(Tone.WARN, t("The box has another value"));
            case MISSING ->
                secret.isKept()
                        ? new StatusText(Tone.WARN, t("Not on the box yet: the next deployment brings it there"))
                        : new StatusText(Tone.BAD, t("Missing: deploying is refused without it"));
            case IN_GIT -> new StatusText(Tone.OK, t("In git (sops): the box opens it"));
            case UNKNOWN -> new StatusText(Tone.IDLE, t("The box was not reached"));
        };
    }
}
