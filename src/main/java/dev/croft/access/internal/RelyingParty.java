package dev.croft.access.internal;

import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.webauthn.api.AuthenticatorAssertionResponse;
import org.springframework.security.web.webauthn.api.AuthenticatorAttestationResponse;
import org.springframework.security.web.webauthn.api.AuthenticatorSelectionCriteria;
import org.springframework.security.web.webauthn.api.PublicKeyCredential;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialCreationOptions;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRequestOptions;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRpEntity;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.api.ResidentKeyRequirement;
import org.springframework.security.web.webauthn.api.UserVerificationRequirement;
import org.springframework.security.web.webauthn.jackson.WebauthnJacksonModule;
import org.springframework.security.web.webauthn.management.ImmutablePublicKeyCredentialCreationOptionsRequest;
import org.springframework.security.web.webauthn.management.ImmutablePublicKeyCredentialRequestOptionsRequest;
import org.springframework.security.web.webauthn.management.ImmutableRelyingPartyRegistrationRequest;
import org.springframework.security.web.webauthn.management.RelyingPartyAuthenticationRequest;
import org.springframework.security.web.webauthn.management.RelyingPartyPublicKey;
import org.springframework.security.web.webauthn.management.Webauthn4JRelyingPartyOperations;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks browsers for passkeys and checks what they answer, by Spring Security's WebAuthn. Each has to be unlocked by its person (a
 * finger, a face, a PIN), so that it stands for password and code at once, and is found without a name being typed.
 */
@Component
class RelyingParty {

    private static final Logger log = LoggerFactory.getLogger(RelyingParty.class);
    private static final String CONSOLE = "Croft";
    /** Attestations with chains of certificates have some thousand; nothing has that much. */
    private static final int ANSWER_MOST = 50_000;

    private final PasskeyTable table;
    private final AccountTable accounts;
    private final JsonMapper json =
            JsonMapper.builder().addModule(new WebauthnJacksonModule()).build();

    RelyingParty(PasskeyTable table, AccountTable accounts) {
        this.table = table;
        this.accounts = accounts;
    }

    private Webauthn4JRelyingPartyOperations at(PasskeySite site) {
        var operations = new Webauthn4JRelyingPartyOperations(
                table,
                table.at(site),
                PublicKeyCredentialRpEntity.builder()
                        .id(site.name())
                        .name(CONSOLE)
                        .build(),
                Set.of(site.origin()));
        operations.setCustomizeCreationOptions(
                options -> options.authenticatorSelection(AuthenticatorSelectionCriteria.builder()
                        .residentKey(ResidentKeyRequirement.REQUIRED)
                        .userVerification(UserVerificationRequirement.REQUIRED)
                        .build()));
        operations.setCustomizeRequestOptions(
                options -> options.userVerification(UserVerificationRequirement.REQUIRED));
        return operations;
    }

    PublicKeyCredentialCreationOptions newOne(PasskeySite site, Authentication who) {
        return at(site).createPublicKeyCredentialCreationOptions(
                        new ImmutablePublicKeyCredentialCreationOptionsRequest(who));
    }

    /** @param who is to show one of their own; null: anybody */
    PublicKeyCredentialRequestOptions known(PasskeySite site, @Nullable Authentication who) {
        return at(site).createCredentialRequestOptions(new ImmutablePublicKeyCredentialRequestOptionsRequest(who));
    }

    String words(Object options) {
        return json.writeValueAsString(options);
    }

    /** Keeps the passkey. False: the answer is none to what was asked. */
    boolean keep(PasskeySite site, PublicKeyCredentialCreationOptions asked, String name, String answer) {
        return checked(() -> {
                    PublicKeyCredential<AuthenticatorAttestationResponse> made =
                            json.readValue(bounded(answer), new TypeReference<>() {});
                    return at(site).registerCredential(new ImmutableRelyingPartyRegistrationRequest(
                            asked, new RelyingPartyPublicKey(made, name)));
                })
                .isPresent();
    }

    /** Whose passkey was shown; empty: the answer is none to what was asked, or the passkey none of this console. */
    Optional<Account> shown(PasskeySite site, PublicKeyCredentialRequestOptions asked, String answer) {
        return checked(() -> {
                    PublicKeyCredential<AuthenticatorAssertionResponse> shown = assertion(answer);
                    return at(site).authenticate(new RelyingPartyAuthenticationRequest(asked, shown));
                })
                .map(PublicKeyCredentialUserEntity::getName)
                .flatMap(accounts::find);
    }

    /** Whom an answer says it is of, for the audit; it need not be so. */
    String claimed(String answer) {
        return checked(() -> assertion(answer))
                .flatMap(shown -> table.ownerOf(shown.getRawId()))
                .orElse("");
    }

    private PublicKeyCredential<AuthenticatorAssertionResponse> assertion(String answer) {
        return json.readValue(bounded(answer), new TypeReference<>() {});
    }

    private static String bounded(String answer) {
        if (answer.length() > ANSWER_MOST) {
            throw new IllegalArgumentException("The answer is too long.");
        }
        return answer;
    }

    /** What comes from outside may be broken in any way, and the libraries tell so by exceptions of many kinds. */
    private static <T> Optional<T> checked(Supplier<@Nullable T> check) {
        try {
            return Optional.ofNullable(check.get());
        } catch (DataAccessException ownFault) {
            throw ownFault;
        } catch (RuntimeException wrong) {
            log.info("A passkey was not accepted: {}", wrong.toString());
            return Optional.empty();
        }
    }
}
