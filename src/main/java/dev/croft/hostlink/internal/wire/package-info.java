/** The frames of croft-host/1 and the order in which they are said. */
@NullMarked
package dev.croft.hostlink.internal.wire;

import org.jspecify.annotations.NullMarked;
