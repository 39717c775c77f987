/** Building blocks that every page uses. */
@NullMarked
package dev.croft.ui.support;

import org.jspecify.annotations.NullMarked;
