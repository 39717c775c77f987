/** Operations: list and one operation. */
@NullMarked
package dev.croft.ui.activity;

import org.jspecify.annotations.NullMarked;
