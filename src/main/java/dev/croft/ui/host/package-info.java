/** The box: contract and generations. */
@NullMarked
package dev.croft.ui.host;

import org.jspecify.annotations.NullMarked;
