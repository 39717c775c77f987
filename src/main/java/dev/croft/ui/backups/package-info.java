@NullMarked
package dev.croft.ui.backups;

import org.jspecify.annotations.NullMarked;
