/** The account and its API tokens. */
@NullMarked
package dev.croft.ui.settings;

import org.jspecify.annotations.NullMarked;
