package dev.croft.desired;

import dev.croft.kernel.HostName;

/** The drafts of a box are others than before; published after they were committed. */
public record DraftsChanged(HostName host) {}
