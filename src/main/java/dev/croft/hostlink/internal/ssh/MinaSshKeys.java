package dev.croft.hostlink.internal.ssh;

import dev.croft.hostlink.SshKeys;
import dev.croft.kernel.SecretBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

@Component
class MinaSshKeys implements SshKeys {

    private static final int BITS = 256;

    private final Path data;

    MinaSshKeys(@Value("${croft.data}") Path data) {
        this.data = data;
    }

    @Override
    public String channelLine() {
        return ChannelKey.loadOrCreate(data).publicLine();
    }

    @Override
    public Pair fresh(String comment) {
        try {
            KeyPair pair = KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, BITS);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, comment, null, text);
            return new Pair(
                    SecretBytes.of(text.toByteArray()), PublicKeyEntry.toString(pair.getPublic()) + " " + comment);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Java has Ed25519 since 15", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
