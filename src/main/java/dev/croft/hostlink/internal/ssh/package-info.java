/** croft-host/1 over an SSH connection. */
@NullMarked
package dev.croft.hostlink.internal.ssh;

import org.jspecify.annotations.NullMarked;
