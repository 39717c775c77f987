package dev.croft.desired;

import dev.croft.kernel.AppName;
import java.util.SortedMap;

/** Everything that state.json says of one box. */
public record HostState(int version, HostSettings host, SortedMap<AppName, AppSpec> apps) {

    public static final int VERSION = 1;

    /**
     * @param name attribute of nixosConfigurations
     * @param stateVersion NixOS release of the first install, for example 26.05
     * @param timezone tz database name
     */
    public record HostSettings(String name, String stateVersion, String timezone) {}
}
