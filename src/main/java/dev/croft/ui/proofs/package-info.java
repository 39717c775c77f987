/** What apps and the box are made of, and what was proved of it. */
@NullMarked
package dev.croft.ui.proofs;

import org.jspecify.annotations.NullMarked;
