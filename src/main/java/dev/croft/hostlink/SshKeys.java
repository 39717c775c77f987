package dev.croft.hostlink;

import dev.croft.kernel.SecretBytes;

/** Makes SSH keys for boxes that sign in elsewhere. */
public interface SshKeys {

    /** A new Ed25519 key pair without a passphrase. */
    Pair fresh(String comment);

    /**
     * @param privateKey in OpenSSH's own format
     * @param publicLine one line as in authorized_keys
     */
    record Pair(SecretBytes privateKey, String publicLine) {}
}
