package dev.croft.hostlink.internal.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.croft.kernel.ProblemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChannelKeyTest {

    @TempDir
    Path temp;

    @Test
    void isMadeOnceForItsOwnerOnly() throws Exception {
        Path directory = temp.resolve("new/console");

        ChannelKey made = ChannelKey.loadOrCreate(directory);
        ChannelKey loaded = ChannelKey.loadOrCreate(directory);

        assertThat(loaded.publicLine()).isEqualTo(made.publicLine());
        assertThat(loaded.pair().getPrivate().getEncoded())
                .isEqualTo(made.pair().getPrivate().getEncoded());
        assertThat(made.publicLine()).matches("ssh-ed25519 AAAA[A-Za-z0-9+/]+=* croft");
        assertThat(permissions(directory)).isEqualTo("rwx------");
        assertThat(permissions(directory.resolve("channel_ed25519"))).isEqualTo("rw-------");
        assertThat(directory.resolve("channel_ed25519.pub")).hasContent(made.publicLine());
        assertThat(directory.resolve("channel_ed25519")).content().startsWith("-----BEGIN OPENSSH PRIVATE KEY-----");
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("channel_ed25519", "channel_ed25519.pub");
    }

    @Test
    void aMissingPublicHalfIsWrittenAgain() throws Exception {
        ChannelKey made = ChannelKey.loadOrCreate(temp);
        Files.delete(temp.resolve("channel_ed25519.pub"));

        ChannelKey.loadOrCreate(temp);

        assertThat(temp.resolve("channel_ed25519.pub")).hasContent(made.publicLine());
    }

    @Test
    void aKeyThatOthersCouldReadIsTakenFromThem() throws Exception {
        ChannelKey.loadOrCreate(temp);
        Path file = temp.resolve("channel_ed25519");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        ChannelKey.loadOrCreate(temp);

        assertThat(permissions(file)).isEqualTo("rw-------");
    }

    @Test
    void anotherFileInItsPlaceIsNotOverwritten() throws Exception {
        Path file = Files.writeString(temp.resolve("channel_ed25519"), "not a key\n");

        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> ChannelKey.loadOrCreate(temp))
                .withMessageContaining("channel_ed25519");
        assertThat(file).hasContent("not a key");
    }

    private static String permissions(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
