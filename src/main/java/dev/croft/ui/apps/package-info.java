/** Apps: list, new app, one app. */
@NullMarked
package dev.croft.ui.apps;

import org.jspecify.annotations.NullMarked;
