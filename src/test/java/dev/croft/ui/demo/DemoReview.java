package dev.croft.ui.demo;

import dev.croft.desired.HostState.HostSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A review as a box gives it (docs/protocol.md §4). */
public final class DemoReview {

    public static final String TOPLEVEL =
            "/nix/store/7q9s1k3v5x8z0b2d4f6h8j0l2n4p6r8t-nixos-system-attic-26.05.20261121.4f2a9c8";

    private DemoReview() {}

    static Map<String, Object> of(boolean host, HostSettings before, @Nullable HostSettings after) {
        var opened = new ArrayList<Map<String, Object>>();
        var added = new ArrayList<String>();
        if (after != null && after.firewall() != null) {
            for (int port : after.firewall().tcp()) {
                if (before.firewall() == null || !before.firewall().tcp().contains(port)) {
                    opened.add(Map.of("protocol", "tcp", "from", port, "to", port));
                }
            }
            after.users().keySet().stream()
                    .filter(each -> !before.users().containsKey(each))
                    .forEach(added::add);
        }
        var result = new HashMap<String, Object>();
        result.put("toplevel", TOPLEVEL);
        result.put("revision", "9c0e4d21b7a8f3569c0e4d21b7a8f3569c0e4d21");
        result.put("level", host ? "host" : "app");
        result.put("reasons", host ? List.of("firewall", "users") : List.of());
        result.put(
                "units",
                Map.of(
                        "start",
                        List.of(),
                        "stop",
                        List.of(),
                        "restart",
                        host
                                ? List.of("croft-app-bookmarks.service", "firewall.service")
                                : List.of("croft-app-bookmarks.service"),
                        "reload",
                        host ? List.of("dbus.service", "nginx.service") : List.of()));
        result.put(
                "closure",
                List.of(
                        change("bookmarks", List.of("2.3.1"), List.of("2.4.0"), 1_480_000),
                        change("python3", List.of("3.12.7"), List.of("3.12.8"), -112_000),
                        change("nodejs", List.of(), List.of("24.21.0"), 68_400_000),
                        change("openssl", List.of("3.4.0"), List.of("3.4.1"), 20_480),
                        change("initrd-linux", List.of("6.12.4"), List.of("6.12.9"), 812_000),
                        change("linux", List.of("6.12.4"), List.of("6.12.9"), 3_200_000),
                        change("nginx", List.of("1.28.0"), List.of("1.28.0"), 0),
                        change("etc", List.of(""), List.of(""), 512),
                        change("unit-croft-app-bookmarks.service", List.of(""), List.of(""), 24),
                        change("perl-legacy-tools", List.of("5.40"), List.of(), -14_900_000)));
        result.put("bytesNeeded", 92_300_000L);
        result.put("bytesFree", 41_200_000_000L);
        if (host) {
            result.put("boot", Map.of("bytesNeeded", 38_000_000L, "bytesFree", 44_000_000L));
        }
        result.put("ports", Map.of("opened", opened, "closed", List.of()));
        result.put("users", Map.of("added", added, "removed", List.of(), "changed", List.of()));
        result.put(
                "reboot",
                host
                        ? Map.of("needed", true, "why", List.of("kernel", "initial file system"))
                        : Map.of("needed", false, "why", List.of()));
        result.put(
                "data",
                List.of(Map.of(
                        "app",
                        "bookmarks",
                        "bytes",
                        48_300_000L,
                        "method",
                        "reflink",
                        "databases",
                        List.of(Map.of("engine", "postgresql", "database", "bookmarks", "bytes", 12_100_000L)))));
        result.put("migrations", List.of("bookmarks"));
        return result;
    }

    private static Map<String, Object> change(String name, List<String> from, List<String> to, long bytes) {
        return Map.of("name", name, "from", from, "to", to, "bytes", bytes);
    }
}
