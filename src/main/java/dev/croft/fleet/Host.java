package dev.croft.fleet;

import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import java.time.Instant;

/** An enrolled box. */
public record Host(HostName name, HostEndpoint endpoint, Instant enrolledAt) {}
