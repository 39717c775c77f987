package dev.croft.desired;

import dev.croft.kernel.AppName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A change that waits to be applied.
 *
 * @param app the app it is about; null: the box's own settings
 * @param removal whether the app is to go
 * @param savedBy who edited it last
 */
public record Draft(@Nullable AppName app, boolean removal, String savedBy, Instant savedAt) {}
