package dev.croft.desired;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The limits that the screens show for an app that sets none are those that the box applies. */
class AppSpecDefaultsTest {

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

    private static String defaultOf(String options, String name) {
        var matcher = Pattern.compile(name + " = mkOption \\{.*?default = \"?([^\";]+)\"?;", Pattern.DOTALL)
                .matcher(options);
        assertThat(matcher.find()).as(name).isTrue();
        return matcher.group(1);
    }
}
