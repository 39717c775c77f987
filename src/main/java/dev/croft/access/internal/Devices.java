package dev.croft.access.internal;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A browser in words that its person knows again. It says itself what it is, so this proves nothing. */
final class Devices {

    /** In this order: browsers name those that they descend from. */
    private static final List<Map.Entry<String, String>> BROWSERS = List.of(
            Map.entry("Edg/", "Edge"),
            Map.entry("OPR/", "Opera"),
            Map.entry("Firefox/", "Firefox"),
            Map.entry("HeadlessChrome/", "Chromium"),
            Map.entry("Chrome/", "Chrome"),
            Map.entry("Safari/", "Safari"));

    private static final List<Map.Entry<String, String>> SYSTEMS = List.of(
            Map.entry("Android", "Android"),
            Map.entry("iPhone", "iPhone"),
            Map.entry("iPad", "iPad"),
            Map.entry("Windows", "Windows"),
            Map.entry("Mac OS X", "macOS"),
            Map.entry("CrOS", "ChromeOS"),
            Map.entry("Linux", "Linux"));

    private Devices() {}

    static String of(@Nullable String agent) {
        if (agent == null || agent.isBlank()) {
            return "Unknown";
        }
        String browser = first(BROWSERS, agent);
        String system = first(SYSTEMS, agent);
        return browser == null ? "Unknown" : system == null ? browser : browser + " on " + system;
    }

    private static @Nullable String first(List<Map.Entry<String, String>> known, String agent) {
        return known.stream()
                .filter(each -> agent.contains(each.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}
