/** Alerts: what is wrong, whom it is told to and when. */
@NullMarked
package dev.croft.ui.alerts;

import org.jspecify.annotations.NullMarked;
