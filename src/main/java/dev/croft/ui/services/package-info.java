/** Database servers: what they are, what is in them, who hangs on them. */
@NullMarked
package dev.croft.ui.services;

import org.jspecify.annotations.NullMarked;
