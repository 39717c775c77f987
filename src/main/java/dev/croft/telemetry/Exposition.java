package dev.croft.telemetry;

import dev.croft.access.RequiresViewer;
import org.jspecify.annotations.Nullable;

/** Use case: the newest values for monitoring systems that ask for them themselves, as Prometheus does. */
public interface Exposition {

    /**
     * The newest values of each box and its units that the caller may see (of a box of which they may see apps only: of those), and of
     * the console itself for those who may see all. What is not measured now is left out; {@code croft_host_up} says of which boxes.
     *
     * @param accept what the caller reads, as in HTTP's header {@code Accept}; it decides between Prometheus' text format and
     *     OpenMetrics. Null or anything else: the former
     */
    @RequiresViewer(within = true)
    Page scrape(@Nullable String accept);

    /** @param contentType with the version of the format */
    record Page(String contentType, byte[] body) {}
}
