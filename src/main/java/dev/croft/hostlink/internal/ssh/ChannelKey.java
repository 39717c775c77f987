package dev.croft.hostlink.internal.ssh;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Set;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The console's own key pair: an Ed25519 key in OpenSSH's format, made on first use, readable by its owner only. */
final class ChannelKey {

    static final String FILE_NAME = "channel_ed25519";

    private static final Logger log = LoggerFactory.getLogger(ChannelKey.class);
    private static final String COMMENT = "croft";
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_ONLY_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private final KeyPair pair;

    private ChannelKey(KeyPair pair) {
        this.pair = pair;
    }

    /** @param directory where the key lives; {@code croft.data} */
    static ChannelKey loadOrCreate(Path directory) {
        Path file = directory.resolve(FILE_NAME);
        try {
            if (!Files.exists(file)) {
                create(directory, file);
            }
            tighten(file);
            ChannelKey key = new ChannelKey(load(file));
            Path publicFile = directory.resolve(FILE_NAME + ".pub");
            if (!Files.exists(publicFile)) {
                Files.writeString(publicFile, key.publicLine() + "\n");
            }
            return key;
        } catch (IOException e) {
            throw unusable(file, "It was not read or written: " + e.getMessage() + ".", e);
        } catch (GeneralSecurityException e) {
            throw unusable(file, "It holds no Ed25519 key that is readable without a passphrase.", e);
        }
    }

    private static ProblemException unusable(Path file, String why, Exception cause) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.INTERNAL,
                        "The console's own SSH key, " + file + ", cannot be used.",
                        why,
                        "Repair the file, or move it away: the console then makes a new key, which every box has to be told."),
                cause);
    }

    KeyPair pair() {
        return pair;
    }

    /** One line as in authorized_keys. */
    String publicLine() {
        return PublicKeyEntry.toString(pair.getPublic()) + " " + COMMENT;
    }

    private static KeyPair load(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            Iterable<KeyPair> pairs =
                    SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName(file.toString()), in, null);
            if (pairs != null) {
                for (KeyPair pair : pairs) {
                    if (KeyPairProvider.SSH_ED25519.equals(KeyUtils.getKeyType(pair))) {
                        return pair;
                    }
                }
            }
        }
        throw new GeneralSecurityException("no Ed25519 key found");
    }

    private static void create(Path directory, Path file) throws IOException, GeneralSecurityException {
        if (!Files.exists(directory)) {
            Files.createDirectories(directory, attributes(directory.toAbsolutePath(), OWNER_ONLY_DIRECTORY));
        }
        KeyPair made = KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, 256);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(made, COMMENT, null, text);

        // Written beside and then moved: a console that is killed half-way leaves no half key.
        Path fresh = Files.createTempFile(directory, FILE_NAME, ".new", attributes(directory, OWNER_ONLY));
        try {
            Files.write(fresh, text.toByteArray(), StandardOpenOption.TRUNCATE_EXISTING);
            Files.writeString(
                    directory.resolve(FILE_NAME + ".pub"),
                    PublicKeyEntry.toString(made.getPublic()) + " " + COMMENT + "\n",
                    StandardCharsets.US_ASCII);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
        log.info("Made the key of the SSH channel: {}", file);
    }

    private static void tighten(Path file) throws IOException {
        if (!hasPosixPermissions(file)) {
            return;
        }
        Set<PosixFilePermission> found = Files.getPosixFilePermissions(file);
        if (!OWNER_ONLY.containsAll(found)) {
            log.warn(
                    "{} could be read by others ({}); now it is its owner's only. If others use this machine, replace the key.",
                    file,
                    PosixFilePermissions.toString(found));
            Files.setPosixFilePermissions(file, OWNER_ONLY);
        }
    }

    private static FileAttribute<?>[] attributes(Path place, Set<PosixFilePermission> permissions) {
        return hasPosixPermissions(place)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    private static boolean hasPosixPermissions(Path place) {
        return place.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
