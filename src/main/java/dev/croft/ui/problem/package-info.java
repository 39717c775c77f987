/** Pages for addresses that lead nowhere and for failures nobody foresaw. */
@NullMarked
package dev.croft.ui.problem;

import org.jspecify.annotations.NullMarked;
