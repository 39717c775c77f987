/** The frame around every page: navigation, the box's state, the drawer with the running operation. */
@NullMarked
package dev.croft.ui.shell;

import org.jspecify.annotations.NullMarked;
