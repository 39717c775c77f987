package dev.croft.support;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A provider of OpenID Connect that says what a test wants it to say, also what no honest one would. */
public final class FakeProvider implements AutoCloseable {

    public static final String CLIENT = "croft";
    public static final String SECRET = "the secret of the client";

    private final HttpServer server;
    private final Clock clock;
    private final RSAKey key;
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    /** Each is good once. */
    private final Set<String> refreshing = ConcurrentHashMap.newKeySet();
    /** What is said of whoever signs in. */
    public volatile Map<String, Object> person = Map.of("sub", "1");
    /** Changes the token before it is signed. */
    public volatile UnaryOperator<JWTClaimsSet.Builder> twist = claims -> claims;
    /** As the discovery document has it; null: the true one. */
    public volatile String issuerSaid;
    /** Whether it still knows the person, when asked with a refresh token. */
    public volatile boolean withdrawn;
    /** Every request after discovery is answered so; 0: as it should be. */
    public volatile int broken;
    /** What its page about people answers with; 0: as it should. */
    public volatile int usersBroken;
    /** How the ID token is made of what it says; null: signed with the provider's key, as it should be. */
    public volatile @Nullable Function<JWTClaimsSet, String> forger;
    /** Paths that send whoever asks to {@link #elsewhere} with 307, which repeats what was sent. */
    public volatile Set<String> moved = Set.of();
    /** What was asked there, path and body. */
    public final List<String> elsewhere = new CopyOnWriteArrayList<>();

    public FakeProvider(Clock clock) {
        this.clock = clock;
        try {
            key = new RSAKeyGenerator(2048).keyID("k1").generate();
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        server.createContext("/elsewhere", this::elsewhere);
        server.createContext("/.well-known/openid-configuration", this::discovery);
        server.createContext("/keys", exchange -> {
            if (!isMoved(exchange)) {
                answer(exchange, 200, new JWKSet(key).toString(true));
            }
        });
        server.createContext("/token", this::token);
        server.createContext("/userinfo", exchange -> {
            if (!isMoved(exchange)) {
                answer(exchange, usersBroken == 0 ? 200 : usersBroken, json(person));
            }
        });
        server.start();
    }

    /** The public half, as anybody finds it at the provider. */
    public RSAKey publicKey() {
        return key.toPublicJWK();
    }

    private boolean isMoved(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (!moved.contains(path)) {
            return false;
        }
        exchange.getResponseHeaders().set("Location", issuer() + "/elsewhere" + path);
        exchange.sendResponseHeaders(307, -1);
        exchange.close();
        return true;
    }

    /** Answers as the true place would, so that only whether it is asked makes a difference. */
    private void elsewhere(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath().substring("/elsewhere".length());
        elsewhere.add(path);
        switch (path) {
            case "/keys" -> answer(exchange, 200, new JWKSet(key).toString(true));
            case "/token" -> issue(exchange);
            case "/userinfo" -> answer(exchange, 200, json(person));
            default -> describe(exchange);
        }
    }

    public String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What a person does who signs in here: the address that the provider sends the browser to. */
    public URI signIn(URI authorization) {
        Map<String, String> asked = form(authorization.getRawQuery());
        String code = UUID.randomUUID().toString();
        codes.put(code, asked);
        return URI.create(asked.get("redirect_uri") + "?state=" + encode(asked.get("state")) + "&code=" + code);
    }

    public static Map<String, String> form(String text) {
        Map<String, String> form = new LinkedHashMap<>();
        for (String pair : text.split("&")) {
            String[] parts = pair.split("=", 2);
            form.put(decode(parts[0]), parts.length > 1 ? decode(parts[1]) : "");
        }
        return form;
    }

    /** As it is sent to the back-channel address. */
    public String logoutToken(Map<String, Object> about) {
        var claims = new JWTClaimsSet.Builder()
                .issuer(issuer())
                .audience(CLIENT)
                .issueTime(Date.from(clock.instant()))
                .expirationTime(Date.from(clock.instant().plusSeconds(120)))
                .jwtID(UUID.randomUUID().toString())
                .claim("events", Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()));
        about.forEach(claims::claim);
        return signed(claims.build(), "logout+jwt");
    }

    private void discovery(HttpExchange exchange) throws IOException {
        if (!isMoved(exchange)) {
            describe(exchange);
        }
    }

    private void describe(HttpExchange exchange) throws IOException {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("issuer", issuerSaid == null ? issuer() : issuerSaid);
        document.put("authorization_endpoint", issuer() + "/authorize");
        document.put("token_endpoint", issuer() + "/token");
        document.put("jwks_uri", issuer() + "/keys");
        document.put("userinfo_endpoint", issuer() + "/userinfo");
        document.put("end_session_endpoint", issuer() + "/end");
        document.put("response_types_supported", List.of("code"));
        document.put("subject_types_supported", List.of("public"));
        document.put("id_token_signing_alg_values_supported", List.of("RS256", "none"));
        answer(exchange, 200, json(document));
    }

    private void token(HttpExchange exchange) throws IOException {
        if (!isMoved(exchange)) {
            issue(exchange);
        }
    }

    private void issue(HttpExchange exchange) throws IOException {
        Map<String, String> asked = form(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        String basic = exchange.getRequestHeaders().getFirst("Authorization");
        String wanted = "Basic "
                + Base64.getEncoder()
                        .encodeToString((encode(CLIENT) + ":" + encode(SECRET)).getBytes(StandardCharsets.UTF_8));
        if (broken != 0) {
            answer(exchange, broken, "{\"error\":\"server_error\"}");
        } else if (!wanted.equals(basic)) {
            answer(exchange, 401, "{\"error\":\"invalid_client\"}");
        } else if ("refresh_token".equals(asked.get("grant_type"))) {
            boolean good = refreshing.remove(asked.get("refresh_token")) && !withdrawn;
            answer(exchange, good ? 200 : 400, good ? json(tokens(Map.of())) : "{\"error\":\"invalid_grant\"}");
        } else {
            Map<String, String> begun = codes.remove(asked.get("code"));
            boolean mine =
                    begun != null && challenge(asked.get("code_verifier")).equals(begun.get("code_challenge"));
            answer(exchange, mine ? 200 : 400, mine ? json(tokens(begun)) : "{\"error\":\"invalid_grant\"}");
        }
    }

    private Map<String, Object> tokens(Map<String, String> begun) {
        Instant now = clock.instant();
        var claims = new JWTClaimsSet.Builder()
                .issuer(issuer())
                .audience(CLIENT)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)))
                .claim("auth_time", now.getEpochSecond())
                .claim("sid", "sid-1");
        if (begun.containsKey("nonce")) {
            claims.claim("nonce", begun.get("nonce"));
        }
        person.forEach(claims::claim);
        String refresh = "again-" + UUID.randomUUID();
        refreshing.add(refresh);
        return Map.of(
                "access_token",
                "opaque",
                "token_type",
                "Bearer",
                "expires_in",
                300,
                "refresh_token",
                refresh,
                "id_token",
                idToken(twist.apply(claims).build()));
    }

    private String idToken(JWTClaimsSet claims) {
        Function<JWTClaimsSet, String> own = forger;
        return own == null ? signed(claims, "JWT") : own.apply(claims);
    }

    private String signed(JWTClaimsSet claims, String type) {
        try {
            var token = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID(key.getKeyID())
                            .type(new JOSEObjectType(type))
                            .build(),
                    claims);
            token.sign(new RSASSASigner(key));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String challenge(String verifier) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(MessageDigest.getInstance("SHA-256")
                            .digest(String.valueOf(verifier).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String json(Object value) {
        return JsonMapper.shared().writeValueAsString(value);
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String encode(String text) {
        return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
