package dev.croft.alerts;

import dev.croft.kernel.Problem;
import dev.croft.kernel.Told;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A way to tell people.
 *
 * @param settings by the names that {@link ChannelType} has; no secret
 * @param hasSecret whether a secret is kept for it
 * @param waiting messages that it has not taken yet
 * @param sentAt when it last took one
 * @param problem why it did not take the last one; null: it did, or there was none
 * @param failingSince null: it does not fail
 */
public record Channel(
        String name,
        ChannelType type,
        boolean enabled,
        Map<String, String> settings,
        boolean hasSecret,
        int waiting,
        @Nullable Instant sentAt,
        @Nullable Problem problem,
        @Nullable Instant failingSince) {

    public Channel {
        settings = Map.copyOf(new TreeMap<>(settings));
    }

    /** What somebody wants it to be. */
    public record Wish(String name, ChannelType type, boolean enabled, Map<String, String> settings) implements Told {

        public Wish {
            settings = Map.copyOf(settings);
        }

        /** Without the settings: the address of a webhook may be as good as a password. */
        @Override
        public String told() {
            return name + ", " + type.wireName() + (enabled ? "" : ", off");
        }
    }
}
