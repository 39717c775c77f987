/** Logs as a part of a page: an app's, and a box's. */
@NullMarked
package dev.croft.ui.logs;

import org.jspecify.annotations.NullMarked;
