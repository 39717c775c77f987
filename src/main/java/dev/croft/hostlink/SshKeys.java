package dev.croft.hostlink;

import dev.croft.kernel.SecretBytes;

/** SSH keys: the console's own, and new ones for boxes that sign in elsewhere. */
public interface SshKeys {

    /** The key with which this console signs in on boxes, one line as in authorized_keys. */
    String channelLine();

    /** A new Ed25519 key pair without a passphrase. */
    Pair fresh(String comment);

    /**
     * @param privateKey in OpenSSH's own format
     * @param publicLine one line as in authorized_keys
     */
    record Pair(SecretBytes privateKey, String publicLine) {}
}
