/** Before and at the door: claim and sign-in. */
@NullMarked
package dev.croft.ui.setup;

import org.jspecify.annotations.NullMarked;
