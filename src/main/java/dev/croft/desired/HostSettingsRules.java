package dev.croft.desired;

import dev.croft.desired.HostState.HostSettings;

/** The bounds of docs/state.md for the box's own settings. */
final class HostSettingsRules {

    private HostSettingsRules() {}

    static void check(HostSettings settings) {}
}
