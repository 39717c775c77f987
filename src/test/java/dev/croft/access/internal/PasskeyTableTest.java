package dev.croft.access.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.access.Grants;
import dev.croft.access.Passkeys.Passkey;
import dev.croft.access.People;
import dev.croft.access.Role;
import dev.croft.support.Console;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.web.webauthn.api.AuthenticatorTransport;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.CredentialRecord;
import org.springframework.security.web.webauthn.api.ImmutableCredentialRecord;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCose;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialType;
import org.springframework.security.web.webauthn.management.UserCredentialRepository;

/** What is kept of passkeys. That they sign in is the matter of SignInIT and PasskeyIT, which have an authenticator. */
@Tag("stores")
class PasskeyTableTest {

    private static final PasskeySite SITE = new PasskeySite("croft.example", "https://croft.example");
    private static final PasskeySite OTHER = new PasskeySite("other.example", "https://other.example");
    private static final Bytes HANDLE = bytes("the handle of an account");
    private static final Bytes CREDENTIAL = bytes("what the authenticator calls it");

    private final Console console = Console.shared();
    private final PasskeyTable table = console.get(PasskeyTable.class);
    private final UserCredentialRepository keys = table.at(SITE);
    private long account;

    @BeforeEach
    void somebodyWithAPasskey() {
        account = console.asAnna(() -> console.get(People.class)
                .invite("carla", "carla@croft.invalid", Grants.everywhere(Role.VIEWER))
                .person()
                .id());
        table.save(ImmutablePublicKeyCredentialUserEntity.builder()
                .name("carla")
                .displayName("carla")
                .id(HANDLE)
                .build());
        keys.save(record(3));
    }

    @AfterEach
    void remove() {
        console.asAnna(() -> {
            if (!table.of(account).isEmpty() || table.findById(HANDLE) != null) {
                console.get(People.class).remove(account);
            }
            return null;
        });
    }

    @Test
    void readsWhatWasWritten() {
        CredentialRecord read = keys.findByCredentialId(CREDENTIAL);

        assertThat(read.getUserEntityUserId()).isEqualTo(HANDLE);
        assertThat(read.getPublicKey().getBytes()).containsExactly(1, 2, 3);
        assertThat(read.getAttestationObject()).isEqualTo(bytes("attested"));
        assertThat(read.getSignatureCount()).isEqualTo(3);
        assertThat(read.getTransports())
                .containsExactlyInAnyOrder(AuthenticatorTransport.USB, AuthenticatorTransport.HYBRID);
        assertThat(keys.findByUserId(HANDLE)).hasSize(1);
        assertThat(table.findByUsername("carla").getId()).isEqualTo(HANDLE);
        assertThat(table.ownerOf(CREDENTIAL)).contains("carla");
        assertThat(table.isAny(SITE)).isTrue();
    }

    @Test
    void isThereForItsOwnSiteAlone() {
        assertThat(table.at(OTHER).findByCredentialId(CREDENTIAL)).isNull();
        assertThat(table.isAny(OTHER)).isFalse();
    }

    @Test
    void anAnswerIsGoodOnceAndNotAfterALaterOne() {
        keys.save(record(7));

        assertThat(keys.findByCredentialId(CREDENTIAL).getSignatureCount()).isEqualTo(7);
        assertThatThrownBy(() -> keys.save(record(7))).isInstanceOf(BadCredentialsException.class);
        assertThatThrownBy(() -> keys.save(record(5))).isInstanceOf(BadCredentialsException.class);
        assertThat(table.of(account))
                .singleElement()
                .satisfies(key -> assertThat(key.usedAt()).isNotNull());
    }

    @Test
    void isRenamedAndRemovedByItsOwnerAlone() {
        long id = table.of(account).getFirst().id();

        assertThat(table.rename(account + 1, id, "theirs")).isFalse();
        assertThat(table.remove(account + 1, id)).isFalse();
        assertThat(table.rename(account, id, "on the desk")).isTrue();
        assertThat(table.of(account)).extracting(Passkey::name).containsExactly("on the desk");
        assertThat(table.remove(account, id)).isTrue();
        assertThat(keys.findByCredentialId(CREDENTIAL)).isNull();
    }

    @Test
    void isNothingWhileTheAccountIsDisabledAndGoneWithIt() {
        People people = console.get(People.class);
        console.asAnna(() -> people.disable(account, true));
        assertThat(keys.findByCredentialId(CREDENTIAL)).isNull();
        assertThat(table.findById(HANDLE)).isNull();
        assertThat(table.ownerOf(CREDENTIAL)).isEmpty();

        console.asAnna(() -> people.disable(account, false));
        assertThat(keys.findByCredentialId(CREDENTIAL)).isNotNull();
        console.asAnna(() -> {
            people.remove(account);
            return null;
        });
        assertThat(table.of(account)).isEmpty();
    }

    private static CredentialRecord record(long count) {
        return ImmutableCredentialRecord.builder()
                .credentialType(PublicKeyCredentialType.PUBLIC_KEY)
                .credentialId(CREDENTIAL)
                .userEntityUserId(HANDLE)
                .publicKey(new ImmutablePublicKeyCose(new byte[] {1, 2, 3}))
                .attestationObject(bytes("attested"))
                .signatureCount(count)
                .uvInitialized(true)
                .transports(Set.of(AuthenticatorTransport.USB, AuthenticatorTransport.HYBRID))
                .label("a key")
                .created(Instant.EPOCH)
                .lastUsed(Instant.EPOCH)
                .build();
    }

    private static Bytes bytes(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
