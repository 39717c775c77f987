/** What waits to be applied, and the review of it. */
@NullMarked
package dev.croft.ui.changes;

import org.jspecify.annotations.NullMarked;
