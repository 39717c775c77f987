package dev.croft.alerts;

import dev.croft.alerts.Alert.Words;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong right now, whatever rules and silences say.
 *
 * @param app null: it is the box's own
 * @param since when it was first seen, or since when the box says that it is so
 * @param seenAt when it was looked at
 * @param detail last lines of the log; null: none
 */
public record Trouble(
        AlertKind kind,
        HostName host,
        @Nullable AppName app,
        String subject,
        Instant since,
        Instant seenAt,
        double value,
        Words words,
        @Nullable String detail) {}
