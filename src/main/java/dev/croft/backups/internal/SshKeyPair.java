package dev.croft.backups.internal;

import dev.croft.kernel.SecretBytes;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.Base64;

/** A new Ed25519 key pair as {@code ssh-keygen} writes it: PROTOCOL.key of OpenSSH, without a passphrase. */
record SshKeyPair(SecretBytes privateKey, String publicLine) {

    private static final String TYPE = "ssh-ed25519";
    private static final int KEY_BYTES = 32;
    private static final int BLOCK = 8;

    static SshKeyPair fresh(String comment) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
            byte[] encoded = pair.getPublic().getEncoded();
            byte[] point = Arrays.copyOfRange(encoded, encoded.length - KEY_BYTES, encoded.length);
            byte[] publicBlob = blob(out -> {
                text(out, TYPE);
                bytes(out, point);
            });
            byte[] secret = secretPart(seed, point, comment);
            byte[] file = blob(out -> {
                out.write("openssh-key-v1\0".getBytes(StandardCharsets.US_ASCII));
                text(out, "none");
                text(out, "none");
                text(out, "");
                out.writeInt(1);
                bytes(out, publicBlob);
                bytes(out, secret);
            });
            String pem = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(file)
                    + "\n-----END OPENSSH PRIVATE KEY-----\n";
            return new SshKeyPair(
                    SecretBytes.of(pem.getBytes(StandardCharsets.US_ASCII)),
                    TYPE + " " + Base64.getEncoder().encodeToString(publicBlob) + " " + comment);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Java has Ed25519 since 15", e);
        }
    }

    private static byte[] secretPart(byte[] seed, byte[] point, String comment) {
        int check = new SecureRandom().nextInt();
        byte[] both = Arrays.copyOf(seed, 2 * KEY_BYTES);
        System.arraycopy(point, 0, both, KEY_BYTES, KEY_BYTES);
        return blob(out -> {
            out.writeInt(check);
            out.writeInt(check);
            text(out, TYPE);
            bytes(out, point);
            bytes(out, both);
            text(out, comment);
            for (int i = 1; out.size() % BLOCK != 0; i++) {
                out.write(i);
            }
        });
    }

    private interface Part {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] blob(Part part) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            part.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        bytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
