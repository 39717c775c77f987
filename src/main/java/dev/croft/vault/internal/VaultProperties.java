package dev.croft.vault.internal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Prefix {@code croft.vault}.
 *
 * @param passphraseFile file with a passphrase of 20 characters or more; null: the key is made by the console, in its data directory
 */
@ConfigurationProperties("croft.vault")
record VaultProperties(@Nullable Path passphraseFile) {}
