/** The wizard: from a box that answers to a first app that is live, in six steps. */
@NullMarked
package dev.croft.ui.wizard;

import org.jspecify.annotations.NullMarked;
