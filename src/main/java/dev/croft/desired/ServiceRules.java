package dev.croft.desired;

import static dev.croft.desired.HostSettingsRules.require;

import dev.croft.desired.HostState.Mysql;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.ServiceLimits;
import dev.croft.desired.HostState.Services;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The bounds of the box's services; their settings are those of nix/lib/settings. */
final class ServiceRules {

    private static final int MAJOR_LEAST = 14;
    private static final int MAJOR_MOST = 18;
    private static final Pattern MEMORY = Pattern.compile("[1-9][0-9]{0,9}[KMGT]");
    private static final Pattern CPU_QUOTA = Pattern.compile("[1-9][0-9]{0,4}%");

    private ServiceRules() {}

    static void check(Services services) {
        Postgresql postgresql = services.postgresql();
        if (postgresql != null) {
            require(
                    postgresql.major() >= MAJOR_LEAST && postgresql.major() <= MAJOR_MOST,
                    "services.postgresql.major",
                    "it lies between " + MAJOR_LEAST + " and " + MAJOR_MOST + ".");
            settings("services.postgresql", postgresql.settings(), ServiceSetting.POSTGRESQL);
            limits("services.postgresql", postgresql.limits(), postgresql.settings(), "shared_buffers");
        }
        Mysql mysql = services.mysql();
        if (mysql != null) {
            require(
                    mysql.version() == null || Mysql.VERSIONS.contains(mysql.version()),
                    "services.mysql.version",
                    "it is one of " + String.join(", ", Mysql.VERSIONS) + ".");
            settings("services.mysql", mysql.settings(), ServiceSetting.MYSQL);
            limits("services.mysql", mysql.limits(), mysql.settings(), "innodb_buffer_pool_size");
        }
        if (services.mail() != null) {
            MailRules.check(services.mail());
        }
        if (services.monitoring() != null) {
            MonitoringRules.check(services.monitoring(), services.postgresql() != null);
        }
    }

    private static void settings(String service, Map<String, Object> settings, List<ServiceSetting> known) {
        Map<String, ServiceSetting> byName =
                known.stream().collect(Collectors.toMap(ServiceSetting::name, Function.identity()));
        settings.forEach((name, value) -> {
            String field = service + ".settings." + HostSettingsRules.shortened(name);
            ServiceSetting setting = byName.get(name);
            require(
                    setting != null,
                    field,
                    "this is not one of the settings: "
                            + known.stream().map(ServiceSetting::name).collect(Collectors.joining(", ")) + ".");
            if (setting != null) {
                setting.refusal(value).ifPresent(why -> require(false, field, why));
            }
        });
    }

    /** Shared memory counts against the limit: the server would be ended as soon as it is used. */
    private static void limits(
            String service, @Nullable ServiceLimits limits, Map<String, Object> settings, String buffers) {
        if (limits == null) {
            return;
        }
        String memory = limits.memoryMax();
        require(
                memory == null || MEMORY.matcher(memory).matches(),
                service + ".limits.memoryMax",
                "it is an amount such as 512M or 2G.");
        require(
                limits.cpuQuota() == null
                        || CPU_QUOTA.matcher(limits.cpuQuota()).matches(),
                service + ".limits.cpuQuota",
                "it is a share of one CPU such as 50%; 200% is two CPUs.");
        if (memory != null && settings.get(buffers) instanceof String wanted) {
            require(
                    ServiceSetting.bytes(wanted)
                                    .orElseThrow()
                                    .compareTo(ServiceSetting.bytes(memory).orElseThrow())
                            < 0,
                    service + ".settings." + buffers,
                    wanted + " do not fit into limits.memoryMax, which is " + memory
                            + ". Raise the limit, or lower the setting.");
        }
    }
}
