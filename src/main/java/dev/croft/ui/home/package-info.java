/** The first page. */
@NullMarked
package dev.croft.ui.home;

import org.jspecify.annotations.NullMarked;
