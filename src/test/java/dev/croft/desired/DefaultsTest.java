package dev.croft.desired;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the screens show where a state says nothing is what the box applies. */
class DefaultsTest {

    @Test
    void theDefaultsAreThoseOfTheNixOptions() throws Exception {
        String options = Files.readString(Path.of("nix/modules/options.nix"));
        assertThat(new AppSpec.Limits(
                        defaultOf(options, "memoryMax"),
                        defaultOf(options, "cpuQuota"),
                        Integer.valueOf(defaultOf(options, "tasksMax"))))
                .isEqualTo(AppSpec.Limits.DEFAULTS);
    }

    @Test
    void eachLimitThatIsSetStays() {
        assertThat(new AppSpec.Limits(null, "50%", null).orDefaults())
                .isEqualTo(new AppSpec.Limits("512M", "50%", 256));
    }

    @Test
    void theDefaultsOfTheBoxAreThoseOfTheNixOptions() throws Exception {
        String options = Files.readString(Path.of("nix/modules/options.nix"));
        String gc = options.substring(options.indexOf("  gc = {"), options.indexOf("  buildLimits = {"));
        String build = options.substring(options.indexOf("  buildLimits = {"), options.indexOf("  host = {"));

        assertThat(new HostState.Gc(
                        Boolean.valueOf(defaultOf(gc, "automatic")),
                        Integer.valueOf(defaultOf(gc, "keepGenerations")),
                        defaultOf(gc, "minFree")))
                .isEqualTo(HostState.Gc.DEFAULTS);
        assertThat(new HostState.Build(
                        defaultOf(build, "memoryMax"),
                        Integer.valueOf(defaultOf(build, "cpuWeight")),
                        Integer.valueOf(defaultOf(build, "ioWeight"))))
                .isEqualTo(HostState.Build.DEFAULTS);
        assertThat(new HostState.Gc(null, 3, null).orDefaults()).isEqualTo(new HostState.Gc(true, 3, "2G"));
        assertThat(new HostState.Build(null, null, 3).orDefaults()).isEqualTo(new HostState.Build("75%", 20, 3));
    }

    @Test
    void theDefaultsOfBackupsAreThoseOfTheNixOptions() throws Exception {
        String options = Files.readString(Path.of("nix/modules/options.nix"));
        String backups = options.substring(options.indexOf("  backups.options = {"));

        assertThat(defaultOf(backups, "schedule"))
                .isEqualTo(HostState.Backups.DEFAULTS.schedule().word());
        assertThat(defaultOf(backups, "restoreTest"))
                .isEqualTo(HostState.Backups.DEFAULTS.restoreTest().word());
        assertThat(new HostState.Retention(
                        keptOf(backups, "daily"), keptOf(backups, "weekly"), keptOf(backups, "monthly")))
                .isEqualTo(HostState.Retention.DEFAULTS);
        assertThat(new HostState.Retention(null, 3, null).orDefaults()).isEqualTo(new HostState.Retention(7, 3, 6));
    }

    @Test
    void exportersListenWhereTheNixOptionsSay() throws Exception {
        String options = Files.readString(Path.of("nix/modules/options.nix"));

        assertThat(defaultOf(options.substring(options.indexOf("  monitoring.options = {")), "address"))
                .isEqualTo(HostState.Monitoring.ADDRESS);
    }

    private static int keptOf(String options, String name) {
        var matcher = Pattern.compile(name + " = keep ([0-9]+) ").matcher(options);
        assertThat(matcher.find()).as(name).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    /** What the golden cases try a few of, whole: a name that one side keeps for the system and the other does not is a way in. */
    @Test
    void theReservedUsersAreThoseOfTheNixModules() throws Exception {
        String names = Files.readString(Path.of("nix/lib/names.nix"));

        assertThat(listOf(names, "reservedUsers"))
                .containsExactlyInAnyOrderElementsOf(HostSettingsRules.RESERVED_USERS);
        assertThat(listOf(names, "reservedPrefixes"))
                .containsExactlyInAnyOrderElementsOf(HostSettingsRules.RESERVED_PREFIXES);
    }

    private static List<String> listOf(String nix, String name) {
        var list = Pattern.compile(name + " = \\[(.*?)]", Pattern.DOTALL).matcher(nix);
        assertThat(list.find()).as(name).isTrue();
        return Pattern.compile("\"([^\"]+)\"")
                .matcher(list.group(1))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static String defaultOf(String options, String name) {
        var matcher = Pattern.compile(name + " = mkOption \\{.*?default = \"?([^\";]+)\"?;", Pattern.DOTALL)
                .matcher(options);
        assertThat(matcher.find()).as(name).isTrue();
        return matcher.group(1);
    }
}
