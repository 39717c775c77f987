package dev.croft.access;

import static dev.croft.support.Visitor.location;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.croft.access.Providers.Rule;
import dev.croft.access.Providers.Settings;
import dev.croft.access.Providers.TestState;
import dev.croft.audit.Audit;
import dev.croft.audit.AuditEntry;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import dev.croft.support.Console;
import dev.croft.support.FakeProvider;
import dev.croft.support.Http;
import dev.croft.support.MutableClock;
import dev.croft.support.Visitor;
import dev.croft.vault.Vault;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Signing in by a provider, over HTTP, with every way in which a provider or somebody between can be wrong. */
@Tag("stores")
class ProviderSignInTest {

    private static final Rule ADMINS = new Rule("groups", "admins", Role.ADMIN, Scope.EVERYWHERE);
    private static final Rule FAMILY = new Rule("groups", "family", Role.VIEWER, Scope.EVERYWHERE);
    private static final Map<String, Object> BERT =
            Map.of("sub", "7", "preferred_username", "bert", "email", "bert@example.org", "groups", List.of("admins"));

    @TempDir
    private static Path data;

    // Whole seconds, because tokens have no others.
    private static final MutableClock CLOCK =
            new MutableClock(Instant.now(java.time.Clock.systemUTC()).truncatedTo(ChronoUnit.SECONDS));
    private static Console console;
    private static FakeProvider provider;

    @BeforeAll
    static void start() {
        provider = new FakeProvider(CLOCK);
        console = startConsole();
    }

    private static Console startConsole() {
        return Console.start(data, CLOCK);
    }

    @AfterAll
    static void stop() {
        console.close();
        provider.close();
    }

    @BeforeEach
    void honest() {
        provider.person = BERT;
        provider.twist = claims -> claims;
        provider.issuerSaid = null;
        provider.withdrawn = false;
        provider.broken = 0;
        provider.usersBroken = 0;
        provider.forger = null;
        provider.moved = Set.of();
        provider.elsewhere.clear();
        save(settings(true, ADMINS, FAMILY));
    }

    @AfterEach
    void forget() {
        console.asAnna(() -> {
            console.get(Providers.class).setPasswordSignIn(true);
            console.get(Providers.class)
                    .list()
                    .forEach(each ->
                            console.get(Providers.class).remove(each.settings().id()));
            return null;
        });
    }

    private static Settings settings(boolean enabled, Rule... rules) {
        return new Settings("idp", "The Provider", provider.issuer(), FakeProvider.CLIENT, "", enabled, List.of(rules));
    }

    private static void save(Settings settings) {
        console.asAnna(() -> console.get(Providers.class).save(settings, SecretText.of(FakeProvider.SECRET), null));
    }

    private static HttpResponse<String> signIn(Visitor visitor) {
        return visitor.get(provider.signIn(leave(visitor)));
    }

    private static URI leave(Visitor visitor) {
        return URI.create(location(visitor.get("/oauth2/authorization/idp")));
    }

    @Test
    void signsInWithWhatTheRulesGive() {
        Visitor visitor = new Visitor(console.port());
        Map<String, String> asked = FakeProvider.form(leave(visitor).getRawQuery());

        assertThat(asked)
                .containsKeys("state", "nonce", "code_challenge")
                .containsEntry("code_challenge_method", "S256");

        HttpResponse<String> answer = signIn(visitor);

        assertThat(location(answer)).doesNotContain("error");
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        assertThat(answer.headers().allValues("Set-Cookie"))
                .anySatisfy(cookie -> assertThat(cookie)
                        .startsWith("croft-signin=")
                        .contains("HttpOnly")
                        .contains("SameSite=Lax"));
        assertThat(sessions()).anySatisfy(session -> {
            assertThat(session.account()).isEqualTo("bert");
            assertThat(session.provider()).isEqualTo("idp");
        });
    }

    @Test
    void whatSomebodyMayDoFollowsTheClaimsOfEachSignIn() {
        signIn(new Visitor(console.port()));
        provider.person = with("groups", List.of("family"));
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        assertThat(console.asAnna(() -> console.get(Accounts.class).list()))
                .filteredOn(operator -> "bert".equals(operator.name()))
                .singleElement()
                .satisfies(bert ->
                        assertThat(bert.may(Role.OPERATOR, Scope.EVERYWHERE)).isFalse());
    }

    /** A name and an address can be chosen; who is known is issuer and subject. */
    @Test
    void nobodyTakesOverAnAccountByItsName() {
        provider.person = Map.of(
                "sub", "8", "preferred_username", "anna", "email", "anna@croft.invalid", "groups", List.of("family"));

        signIn(new Visitor(console.port()));

        assertThat(console.asAnna(() -> console.get(Accounts.class).list()))
                .extracting(Operator::name)
                .contains("anna", "anna.idp");
        assertThat(console.asAnna(() -> console.get(Accounts.class).list()))
                .filteredOn(operator -> "anna".equals(operator.name()))
                .allMatch(anna -> anna.may(Role.ADMIN, Scope.EVERYWHERE));
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                failure("another issuer in the token", "PROVIDER_REFUSED", c -> c.issuer("https://evil.example")),
                failure("another client's token", "PROVIDER_REFUSED", c -> c.audience("somebody-else")),
                failure(
                        "an expired token",
                        "PROVIDER_REFUSED",
                        c -> c.issueTime(Date.from(CLOCK.instant().minusSeconds(300)))
                                .expirationTime(Date.from(CLOCK.instant().minusSeconds(61)))),
                failure(
                        "a token of the future",
                        "PROVIDER_REFUSED",
                        c -> c.notBeforeTime(Date.from(CLOCK.instant().plusSeconds(120)))),
                failure("a token of another sign-in", "PROVIDER_REFUSED", c -> c.claim("nonce", "old")),
                Arguments.of("nobody is told of any group", "SIGN_IN_REFUSED", (Consumer<FakeProvider>)
                        fake -> fake.person = Map.of("sub", "9", "preferred_username", "carl")),
                failure("no group that has a rule", "SIGN_IN_REFUSED", c -> c.claim("groups", List.of("guests"))),
                Arguments.of("an error inside the provider", "PROVIDER_UNREACHABLE", (Consumer<FakeProvider>)
                        fake -> fake.broken = 500));
    }

    private static Arguments failure(String what, String code, UnaryOperator<JWTClaimsSet.Builder> twist) {
        return Arguments.of(what, code, (Consumer<FakeProvider>) fake -> fake.twist = twist);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void saysWhyNobodyIsSignedIn(String what, String code, Consumer<FakeProvider> how) {
        how.accept(provider);
        Visitor visitor = new Visitor(console.port());

        HttpResponse<String> answer = signIn(visitor);

        assertThat(location(answer)).endsWith("/login?error=" + code);
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
    }

    static Stream<Arguments> forged() {
        return Stream.of(
                forgery("unsigned", claims -> new PlainJWT(claims).serialize()),
                forgery("unsigned, and says otherwise", claims -> {
                    String[] parts = new PlainJWT(claims).serialize().split("\\.", -1);
                    return base64("{\"alg\":\"RS256\",\"kid\":\"k1\"}") + "." + parts[1] + ".";
                }),
                forgery(
                        "signed with somebody else's key of the same name",
                        claims -> signed(
                                claims,
                                JWSAlgorithm.RS256,
                                "k1",
                                new RSASSASigner(new RSAKeyGenerator(2048).generate()))),
                forgery("signed with a key that the token brings along", claims -> {
                    RSAKey own = new RSAKeyGenerator(2048).keyID("own").generate();
                    var token = new SignedJWT(
                            new JWSHeader.Builder(JWSAlgorithm.RS256)
                                    .jwk(own.toPublicJWK())
                                    .build(),
                            claims);
                    token.sign(new RSASSASigner(own));
                    return token.serialize();
                }),
                forgery(
                        "signed by the client's secret",
                        claims -> signed(
                                claims,
                                JWSAlgorithm.HS256,
                                "k1",
                                new MACSigner("the secret of the client, and more of it"))),
                forgery(
                        "signed by the provider's public key, taken for a secret",
                        claims -> signed(
                                claims,
                                JWSAlgorithm.HS256,
                                "k1",
                                new MACSigner(
                                        provider.publicKey().toRSAPublicKey().getEncoded()))),
                forgery("signed, then changed", claims -> {
                    String[] parts = signed(
                                    new JWTClaimsSet.Builder(claims)
                                            .subject("0")
                                            .build(),
                                    JWSAlgorithm.RS256,
                                    "k1",
                                    new RSASSASigner(new RSAKeyGenerator(2048).generate()))
                            .split("\\.");
                    return parts[0] + "." + base64(claims.toString()) + "." + parts[2];
                }));
    }

    private interface Forgery {
        String of(JWTClaimsSet claims) throws JOSEException;
    }

    private static Arguments forgery(String what, Forgery how) {
        return Arguments.of(what, (Function<JWTClaimsSet, String>) claims -> {
            try {
                return how.of(claims);
            } catch (JOSEException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static String signed(JWTClaimsSet claims, JWSAlgorithm algorithm, String key, JWSSigner signer)
            throws JOSEException {
        var token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(key).build(), claims);
        token.sign(signer);
        return token.serialize();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forged")
    void aTokenThatTheProviderDidNotSignSignsNobodyIn(String what, Function<JWTClaimsSet, String> forger) {
        provider.forger = forger;
        Visitor visitor = new Visitor(console.port());

        assertThat(location(signIn(visitor))).endsWith("/login?error=PROVIDER_REFUSED");
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
    }

    /** Whoever can make a provider's server redirect would have codes, secrets and keys sent to and from a place of their own. */
    @ParameterizedTest
    @ValueSource(strings = {"/.well-known/openid-configuration", "/token", "/userinfo", "/keys"})
    void whereAProviderRedirectsToNobodyAsks(String path) {
        try (FakeProvider moving = new FakeProvider(CLOCK)) {
            moving.person = BERT;
            moving.moved = Set.of(path);
            save(new Settings("moving", "Moving", moving.issuer(), FakeProvider.CLIENT, "", true, List.of(ADMINS)));
            Visitor visitor = new Visitor(console.port());

            String left = location(visitor.get("/oauth2/authorization/moving"));
            if (left.startsWith(moving.issuer())) {
                visitor.get(moving.signIn(URI.create(left)));
            }

            assertThat(moving.elsewhere).isEmpty();
            assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
        }
    }

    /** A provider that lets somebody through by a session of yesterday has not seen who sits there now. */
    @Test
    void aProofHasToBeOfNow() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        CLOCK.advance(Duration.ofMinutes(11));
        for (Long at : Arrays.asList(CLOCK.instant().minusSeconds(3600).getEpochSecond(), null)) {
            provider.twist = claims -> claims.claim("auth_time", at);
            URI asked = URI.create(location(visitor.get("/oauth2/authorization/idp?confirm")));
            assertThat(FakeProvider.form(asked.getRawQuery()))
                    .containsEntry("prompt", "login")
                    .containsEntry("max_age", "0");

            assertThat(location(visitor.get(provider.signIn(asked))))
                    .as("signed in there at " + at)
                    .endsWith("/sign-in-confirmed?error=SIGN_IN_REFUSED");
        }

        provider.twist = claims -> claims;
        URI asked = URI.create(location(visitor.get("/oauth2/authorization/idp?confirm")));
        assertThat(location(visitor.get(provider.signIn(asked)))).doesNotContain("error");
    }

    @Test
    void aTokenIsForgivenAClockThatIsABitOff() {
        provider.twist = claims -> claims.issueTime(Date.from(CLOCK.instant().minusSeconds(300)))
                .expirationTime(Date.from(CLOCK.instant().minusSeconds(30)));
        Visitor visitor = new Visitor(console.port());

        assertThat(location(signIn(visitor))).doesNotContain("error");

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    @Test
    void refusesAnAnswerThatThisBrowserDidNotAskFor() {
        Visitor victim = new Visitor(console.port());
        URI answer = provider.signIn(leave(new Visitor(console.port())));

        assertThat(location(victim.get(answer))).endsWith("error=SIGN_IN_REFUSED");
        assertThat(victim.status("/api/v1/hosts")).isEqualTo(401);
    }

    @Test
    void anAnswerIsGoodOnce() {
        Visitor visitor = new Visitor(console.port());
        URI answer = provider.signIn(leave(visitor));
        visitor.get(answer);

        assertThat(location(visitor.get(answer))).endsWith("error=SIGN_IN_REFUSED");
    }

    @Test
    void saysWhenTheProviderIsNotTheOneThatWasEntered() {
        provider.issuerSaid = "https://evil.example";
        // What it said of itself before is believed for a while.
        CLOCK.advance(Duration.ofMinutes(11));

        assertThat(location(new Visitor(console.port()).get("/oauth2/authorization/idp")))
                .endsWith("error=PROVIDER_REFUSED");
    }

    @Test
    void saysWhenTheProviderIsDown() {
        FakeProvider gone = new FakeProvider(CLOCK);
        gone.close();
        save(new Settings("gone", "Gone", gone.issuer(), "croft", "", true, List.of(ADMINS)));

        assertThat(location(new Visitor(console.port()).get("/oauth2/authorization/gone")))
                .endsWith("error=PROVIDER_UNREACHABLE");
    }

    /** A browser that is sent there shows its own page of what it did not reach. */
    @Test
    void nobodyIsSentToAProviderThatHasGoneDownSinceTheLastSignIn() {
        FakeProvider gone = new FakeProvider(CLOCK);
        save(new Settings("gone", "Gone", gone.issuer(), "croft", "", true, List.of(ADMINS)));
        assertThat(location(new Visitor(console.port()).get("/oauth2/authorization/gone")))
                .startsWith(gone.issuer());
        gone.close();

        assertThat(location(new Visitor(console.port()).get("/oauth2/authorization/gone")))
                .endsWith("/login?error=PROVIDER_UNREACHABLE");
    }

    /** The sign-in page shows nothing to somebody who is signed in. */
    @Test
    void aProofThatFailsIsToldToWhoeverIsSignedInAndStaysSo() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        URI asked = URI.create(location(visitor.get("/oauth2/authorization/idp?confirm")));
        provider.twist = claims -> claims.claim("nonce", "old");
        assertThat(location(visitor.get(provider.signIn(asked)))).endsWith("/sign-in-confirmed?error=PROVIDER_REFUSED");

        provider.issuerSaid = "https://elsewhere.example";
        assertThat(location(visitor.get("/oauth2/authorization/idp?confirm")))
                .endsWith("/sign-in-confirmed?error=PROVIDER_REFUSED");
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    @Test
    void saysWhenTheSecretIsWrong() {
        console.asAnna(
                () -> console.get(Providers.class).save(settings(true, ADMINS), SecretText.of("another one"), null));

        assertThat(location(signIn(new Visitor(console.port())))).endsWith("error=PROVIDER_REFUSED");
    }

    @Test
    void oneThatIsOffOrUnknownSignsNobodyIn() {
        save(settings(false, ADMINS));

        assertThat(location(new Visitor(console.port()).get("/oauth2/authorization/idp")))
                .endsWith("error=SIGN_IN_REFUSED");
        assertThat(location(new Visitor(console.port()).get("/oauth2/authorization/nothing")))
                .endsWith("error=SIGN_IN_REFUSED");
    }

    // ---- somebody between

    /** An answer that was made for another provider's address is no answer of this one. */
    @Test
    void anAnswerAtAnotherProvidersAddressSignsNobodyIn() {
        save(new Settings("other", "Other", provider.issuer(), FakeProvider.CLIENT, "", true, List.of(ADMINS)));
        Visitor visitor = new Visitor(console.port());
        String answer = provider.signIn(leave(visitor)).toString();

        assertThat(location(visitor.get(URI.create(answer.replace("/code/idp?", "/code/other?")))))
                .endsWith("error=PROVIDER_REFUSED");
        assertThat(location(visitor.get(URI.create(answer))))
                .as("it is used up")
                .endsWith("error=SIGN_IN_REFUSED");
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
    }

    @Test
    void anAnswerThatNamesAnotherIssuerSignsNobodyIn() {
        Visitor visitor = new Visitor(console.port());
        assertThat(location(visitor.get(answerOf(visitor, "https://evil.example"))))
                .endsWith("error=PROVIDER_REFUSED");
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);

        visitor.get(answerOf(visitor, provider.issuer()));
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    private static URI answerOf(Visitor visitor, String issuer) {
        return URI.create(provider.signIn(leave(visitor)) + "&iss="
                + java.net.URLEncoder.encode(issuer, java.nio.charset.StandardCharsets.UTF_8));
    }

    /** An address that nobody verified can be anybody's. */
    @Test
    void aRuleOnTheAddressWantsItVerified() {
        save(settings(true, new Rule("email", "bert@example.org", Role.ADMIN, Scope.EVERYWHERE)));
        Visitor visitor = new Visitor(console.port());

        assertThat(location(signIn(visitor))).endsWith("error=SIGN_IN_REFUSED");
        assertThat(console.asAnna(() -> console.get(Providers.class)
                                .preview(
                                        List.of(new Rule("email", "*", Role.VIEWER, Scope.EVERYWHERE)),
                                        Map.of("sub", "7", "email", "bert@example.org", "email_verified", false)))
                        .refused()
                        .why())
                .contains("verified");

        provider.person = with("email_verified", true);
        signIn(visitor);
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    // ---- the end of it

    @Test
    void whomTheRulesRefuseHoldsNothingAnyMore() {
        signIn(new Visitor(console.port()));
        Http token = tokenOfBert();
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(200);

        provider.person = with("groups", List.of("guests"));
        assertThat(location(signIn(new Visitor(console.port())))).endsWith("error=SIGN_IN_REFUSED");

        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(403);
    }

    @Test
    void tokensOfSomebodyWhoseAccountThereWasClosedAreGoodForNothing() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        Http token = tokenOfBert();
        provider.withdrawn = true;
        CLOCK.advance(Duration.ofMinutes(6));

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(403);
    }

    /** Its refresh tokens are good once. */
    @Test
    void aProviderThatCannotTellAboutPeopleForAWhileThrowsNobodyOut() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        Http token = tokenOfBert();
        provider.usersBroken = 503;
        CLOCK.advance(Duration.ofMinutes(6));
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);

        provider.usersBroken = 0;
        CLOCK.advance(Duration.ofMinutes(6));
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(200);
    }

    /** Providers leave a claim out when it would be empty. */
    @Test
    void whoeverLosesTheLastGroupLosesWhatItGave() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        Http token = tokenOfBert();
        provider.person = Map.of("sub", "7", "preferred_username", "bert", "email", "bert@example.org");
        CLOCK.advance(Duration.ofMinutes(6));

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(403);
    }

    @Test
    void aProviderThatIsOffOrRemovedVouchesForNobody() {
        signIn(new Visitor(console.port()));
        Http token = tokenOfBert();
        save(settings(false, ADMINS));
        assertThat(token.get("/api/v1/hosts").status()).as("off").isEqualTo(403);

        save(settings(true, ADMINS));
        signIn(new Visitor(console.port()));
        assertThat(token.get("/api/v1/hosts").status()).as("on again").isEqualTo(200);
        console.asAnna(() -> {
            console.get(Providers.class).remove("idp");
            return null;
        });
        assertThat(token.get("/api/v1/hosts").status()).as("removed").isEqualTo(403);
    }

    /** Nobody asks the provider about somebody who does not come any more. */
    @Test
    void tokensOfSomebodyForWhomNobodyVouchesAnyMoreEndToo() {
        signIn(new Visitor(console.port()));
        Http token = tokenOfBert();
        CLOCK.advance(Duration.ofDays(29));
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(200);
        CLOCK.advance(Duration.ofDays(2));
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(403);

        signIn(new Visitor(console.port()));
        assertThat(token.get("/api/v1/hosts").status()).isEqualTo(200);
    }

    @Test
    void whatTheRulesGiveIsNotGivenByHand() {
        signIn(new Visitor(console.port()));

        assertThatThrownBy(() -> console.asAnna(
                        () -> console.get(People.class).grant(bert().id(), Grants.everywhere(Role.VIEWER))))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("rules");
    }

    private static Http tokenOfBert() {
        return Http.anonymous(console.port())
                .with(console.get(ActingAs.class)
                        .call(
                                new Operator("bert", "bert@example.org", Role.ADMIN),
                                () -> console.get(Tokens.class).create("ci", Role.ADMIN, Scope.EVERYWHERE, null))
                        .secret()
                        .reveal());
    }

    private static People.Person bert() {
        return console.asAnna(() -> console.get(People.class).list()).stream()
                .filter(person -> "bert".equals(person.name()))
                .findFirst()
                .orElseThrow();
    }

    // ---- what is told of it

    @Test
    void everySignInAndEveryFailureLeavesARow() {
        signIn(new Visitor(console.port()));
        assertThat(lastSignIn()).satisfies(row -> {
            assertThat(row.who()).isEqualTo("bert");
            assertThat(row.outcome()).isEqualTo("done");
            assertThat(row.address()).isEqualTo("127.0.0.1");
        });

        provider.person = with("groups", List.of("guests"));
        signIn(new Visitor(console.port()));
        assertThat(lastSignIn()).satisfies(row -> {
            assertThat(row.who()).isEqualTo("bert");
            assertThat(row.outcome()).isEqualTo("SIGN_IN_REFUSED");
            assertThat(row.address()).isEqualTo("127.0.0.1");
        });

        provider.person = BERT;
        provider.twist = claims -> claims.claim("nonce", "old");
        signIn(new Visitor(console.port()));
        assertThat(lastSignIn().outcome()).isEqualTo("PROVIDER_REFUSED");
    }

    private static AuditEntry lastSignIn() {
        return console.asAnna(() -> console.get(Audit.class)
                        .list(new Audit.Filter(null, "sign-in", null, null, null, null, null), null, 1))
                .getFirst();
    }

    /** As from a portal: that visit shows no mark of the browser, and none is given out. */
    @Test
    void browsersThatComeFromAForeignPageAreToldApart() {
        for (int i = 0; i < 2; i++) {
            Visitor visitor = new Visitor(console.port());
            visitor.get(provider.signIn(URI.create(location(visitor.fromElsewhere("/oauth2/authorization/idp")))));
            assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        }

        List<String> browsers = console.get(JdbcClient.class)
                .sql("select browser from access_session")
                .query(String.class)
                .list();
        assertThat(browsers).hasSizeGreaterThan(1).doesNotHaveDuplicates().doesNotContain("");
    }

    // ---- the secret of the client

    @Test
    void theKeptSecretGoesToNobodyElse() {
        FakeProvider thief = new FakeProvider(CLOCK);
        Settings elsewhere =
                new Settings("idp", "The Provider", thief.issuer(), FakeProvider.CLIENT, "", true, List.of(ADMINS));
        thief.close();

        for (Settings changed : List.of(
                elsewhere,
                new Settings("idp", "The Provider", provider.issuer(), "another", "", true, List.of(ADMINS)))) {
            assertThatThrownBy(() ->
                            console.asAnna(() -> console.get(Providers.class).startTest(changed, null)))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("secret");
            assertThatThrownBy(() ->
                            console.asAnna(() -> console.get(Providers.class).save(changed, null, null)))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("secret");
        }
        console.asAnna(() -> console.get(Providers.class).startTest(settings(true, FAMILY), null));
        assertThat(console.asAnna(() -> console.get(Audit.class).list(Audit.Filter.ALL, null, 1))
                        .getFirst()
                        .verb())
                .isEqualTo("Providers.startTest");
    }

    @Test
    void whoeverLeavesAtTheProviderIsSignedOutHere() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        Visitor other = new Visitor(console.port());
        provider.twist = claims -> claims.claim("sid", "sid-2");
        signIn(other);

        HttpResponse<String> told = new Visitor(console.port())
                .post(
                        "/logout/connect/back-channel/idp",
                        Map.of("logout_token", provider.logoutToken(Map.of("sub", "7", "sid", "sid-1"))));

        assertThat(told.statusCode()).isEqualTo(200);
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
        assertThat(other.status("/api/v1/hosts")).isEqualTo(200);
    }

    @Test
    void aForgedGoodbyeSignsNobodyOut() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        FakeProvider forger = new FakeProvider(CLOCK);

        HttpResponse<String> told = new Visitor(console.port())
                .post(
                        "/logout/connect/back-channel/idp",
                        Map.of("logout_token", forger.logoutToken(Map.of("sub", "7", "sid", "sid-1"))));
        forger.close();

        assertThat(told.statusCode()).isEqualTo(400);
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    @Test
    void somebodyWhoseAccountThereWasClosedIsOutWithinMinutes() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        provider.withdrawn = true;

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
        CLOCK.advance(Duration.ofMinutes(6));
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
        assertThat(console.asAnna(() -> console.get(Audit.class)
                        .list(new Audit.Filter("bert", null, null, null, null, null, null), null, 1)))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.verb()).isEqualTo("Sessions.end");
                    assertThat(row.object()).isEqualTo("by provider idp no more");
                    assertThat(row.outcome()).isEqualTo("SESSION_ENDED");
                });
    }

    @Test
    void somebodyWhoseGroupsChangedMayDoWhatTheseGive() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        provider.person = with("groups", List.of("family"));
        CLOCK.advance(Duration.ofMinutes(6));

        visitor.status("/api/v1/hosts");

        assertThat(console.asAnna(() -> console.get(Accounts.class).list()))
                .filteredOn(operator -> "bert".equals(operator.name()))
                .noneMatch(bert -> bert.may(Role.OPERATOR, Scope.EVERYWHERE));
    }

    @Test
    void aProviderThatIsDownSignsNobodyOut() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        provider.broken = 503;
        CLOCK.advance(Duration.ofMinutes(6));

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    @Test
    void removingAProviderEndsItsSessions() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        console.asAnna(() -> {
            console.get(Providers.class).remove("idp");
            return null;
        });

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(401);
    }

    // ---- trying, and not locking anybody out

    @Test
    void aTriedSignInKeepsNothing() {
        Visitor anna = new Visitor(console.port());
        anna.signIn("anna", Console.PASSWORD.reveal());
        int before = sessions().size();
        Providers.Test test = console.asAnna(() -> console.get(Providers.class)
                .startTest(
                        new Settings(
                                "fresh", "Fresh", provider.issuer(), FakeProvider.CLIENT, "", true, List.of(FAMILY)),
                        SecretText.of(FakeProvider.SECRET)));

        String leaving = location(anna.get(test.path()));
        assertThat(leaving)
                .contains(
                        java.net.URLEncoder.encode("/login/oauth2/code/fresh", java.nio.charset.StandardCharsets.UTF_8)
                                .replace("%2F", "/"));
        HttpResponse<String> answer = anna.get(provider.signIn(URI.create(leaving)));

        assertThat(location(answer)).endsWith("/sign-in-test/" + test.id());
        Providers.Test done = console.asAnna(() -> console.get(Providers.class).test(test.id()));
        assertThat(done.state()).isEqualTo(TestState.DONE);
        assertThat(done.claims()).containsEntry("preferred_username", "bert");
        assertThat(done.becomes().name()).isEqualTo("bert");
        assertThat(done.becomes().refused())
                .as("bert is in no group that has a rule")
                .isNotNull();
        assertThat(sessions()).hasSize(before);
        assertThat(console.asAnna(() -> console.get(Providers.class).list()))
                .noneMatch(each -> "fresh".equals(each.settings().id()));
    }

    @Test
    void passwordsStayOnUntilSomebodyElseIsAnAdministrator() {
        Providers providers = console.get(Providers.class);

        assertLocksOut(() -> providers.setPasswordSignIn(false));
        signIn(new Visitor(console.port()));
        console.asAnna(() -> {
            providers.setPasswordSignIn(false);
            return null;
        });

        assertThat(location(new Visitor(console.port()).signIn("anna", Console.PASSWORD.reveal())))
                .endsWith("error=SIGN_IN_REFUSED");
        assertLocksOut(() -> providers.remove("idp"));
        assertLocksOut(() -> providers.save(settings(false, ADMINS), null, null));
        assertLocksOut(() -> providers.save(settings(true, FAMILY), null, null));
        assertThat(console.asAnna(providers::list)).singleElement().satisfies(kept -> {
            assertThat(kept.settings().rules()).containsExactly(ADMINS, FAMILY);
            assertThat(kept.settings().enabled()).isTrue();
        });
    }

    @Test
    void aDisabledAdministratorIsNobodyToCountOn() {
        Providers providers = console.get(Providers.class);
        signIn(new Visitor(console.port()));
        disable(true);
        try {
            assertLocksOut(() -> providers.setPasswordSignIn(false));
            save(settings(true, FAMILY));
            save(settings(true, ADMINS));
            signIn(new Visitor(console.port()));
            assertThat(console.asAnna(providers::list))
                    .as("by these settings nobody became an administrator yet")
                    .noneMatch(Providers.Provider::proved);
        } finally {
            disable(false);
        }
    }

    @Test
    void whoeverHasNoWayInIsNobodyToCountOn() {
        signIn(new Visitor(console.port()));
        console.asAnna(() -> {
            console.get(Providers.class).setPasswordSignIn(false);
            return null;
        });

        assertThatThrownBy(() -> disable(true))
                .as("anna has a password, which is good for nothing now")
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().code().name()).isEqualTo("LAST_ADMINISTRATOR"));
    }

    private static void disable(boolean disabled) {
        console.asAnna(() -> console.get(People.class).disable(bert().id(), disabled));
    }

    private static void assertLocksOut(Runnable change) {
        assertThatThrownBy(() -> console.asAnna(() -> {
                    change.run();
                    return null;
                }))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().code().name()).isEqualTo("WOULD_LOCK_OUT"));
    }

    @Test
    void aTestMayProveThatThereWillBeAnAdministrator() {
        Providers providers = console.get(Providers.class);
        signIn(new Visitor(console.port()));
        console.asAnna(() -> {
            providers.setPasswordSignIn(false);
            return null;
        });
        Settings changed = settings(true, new Rule("preferred_username", "bert", Role.ADMIN, Scope.EVERYWHERE));
        Providers.Test test = console.asAnna(() -> providers.startTest(changed, null));
        Visitor visitor = new Visitor(console.port());
        visitor.get(provider.signIn(URI.create(location(visitor.get(test.path())))));

        assertThat(console.asAnna(() -> providers.save(changed, null, test.id()))
                        .proved())
                .isTrue();
    }

    // ---- secrets and restarts

    @Test
    void theSecretIsKeptEncryptedAndSurvivesNewKeys() {
        byte[] kept = console.get(JdbcClient.class)
                .sql("select secret from access_provider where id = 'idp'")
                .query((row, number) -> row.getBytes(1))
                .single();
        assertThat(new String(kept, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain(FakeProvider.SECRET);

        console.asAnna(() -> console.get(Vault.class).reencrypt());

        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    @Test
    void aRestartOfTheConsoleSignsNobodyOut() {
        Visitor visitor = new Visitor(console.port());
        signIn(visitor);
        console.close();
        console = startConsole();
        visitor.at(console.port());

        assertThat(visitor.status("/api/v1/hosts")).isEqualTo(200);
    }

    private static List<Sessions.Session> sessions() {
        return console.asAnna(() -> console.get(Sessions.class).all());
    }

    private static Map<String, Object> with(String claim, Object value) {
        Map<String, Object> changed = new java.util.HashMap<>(BERT);
        changed.put(claim, value);
        return changed;
    }
}
