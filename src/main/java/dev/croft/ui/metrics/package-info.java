/** What boxes and apps use, drawn over time. */
@NullMarked
package dev.croft.ui.metrics;

import org.jspecify.annotations.NullMarked;
