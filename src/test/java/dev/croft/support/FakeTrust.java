package dev.croft.support;

import dev.croft.hostlink.HostCommand.BoxSecret;
import dev.croft.hostlink.HostCommand.BoxSecrets;
import dev.croft.hostlink.HostCommand.Certificate;
import dev.croft.hostlink.HostCommand.CertificateBoard;
import dev.croft.hostlink.HostCommand.CheckCertificate;
import dev.croft.hostlink.HostCommand.DeclaredPort;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.hostlink.HostCommand.ListCertificates;
import dev.croft.hostlink.HostCommand.ListSecrets;
import dev.croft.hostlink.HostCommand.ListeningPort;
import dev.croft.hostlink.HostCommand.PlacedSecret;
import dev.croft.hostlink.HostCommand.PortsReport;
import dev.croft.hostlink.HostCommand.PutCertificate;
import dev.croft.hostlink.HostCommand.PutSecret;
import dev.croft.hostlink.HostCommand.ReadPorts;
import dev.croft.hostlink.HostCommand.RemoveCertificate;
import dev.croft.hostlink.HostCommand.RemoveSecret;
import dev.croft.hostlink.HostCommand.RemovedCertificate;
import dev.croft.hostlink.HostCommand.RenewCertificate;
import dev.croft.hostlink.HostCommand.RenewedCertificate;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.hostlink.HostCommand.TakenCertificate;
import dev.croft.hostlink.HostCommand.TrustCommand;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The secrets, certificates and ports of the {@link FakeBox}. */
public final class FakeTrust {

    private record Key(SecretOwner owner, String name) {}

    private record Held(byte[] value, BoxSecret told) {}

    private static final JsonMapper JSON = new JsonMapper();

    private final Clock clock;
    private @Nullable List<String> recipients;
    private final Map<Key, Held> secrets = new LinkedHashMap<>();
    private final Map<String, Certificate> certificates = new TreeMap<>();
    private final Map<String, byte[]> uploadedKeys = new TreeMap<>();
    private final List<ListeningPort> listening = new ArrayList<>();

    private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});

    FakeTrust(Clock clock) {
        this.clock = clock;
    }

    public synchronized Optional<byte[]> value(AppName app, String name) {
        return Optional.ofNullable(secrets.get(new Key(SecretOwner.of(app), name)))
                .map(Held::value);
    }

    /** As after a reinstallation. */
    public synchronized void forget() {
        secrets.clear();
    }

    public synchronized void certificate(Certificate certificate) {
        certificates.put(certificate.name(), certificate);
    }

    public synchronized void listens(ListeningPort port) {
        listening.add(port);
    }

    public synchronized void opensFilesFor(String recipient) {
        recipients = List.of(recipient);
    }

    /** Runs once, when the next value is on its way, before it is there. */
    public void beforeNextPut(Runnable meanwhile) {
        this.meanwhile.set(meanwhile);
    }

    Object answer(TrustCommand<?> command, String state) {
        if (command instanceof PutSecret) {
            meanwhile.getAndSet(() -> {}).run();
        }
        return answerNow(command, state);
    }

    private synchronized Object answerNow(TrustCommand<?> command, String state) {
        return switch (command) {
            case PutSecret put -> put(put, state);
            case RemoveSecret remove -> remove(remove, state);
            case ListSecrets ignored ->
                new BoxSecrets(secrets.values().stream().map(Held::told).toList(), recipients, List.of());
            case ListCertificates ignored -> new CertificateBoard(List.copyOf(certificates.values()), List.of(), null);
            case CheckCertificate check ->
                List.of(
                        new DomainCheck(
                                "dns", true, "10.213.0.2", "10.213.0.2", check.domain() + " leads to this box."),
                        new DomainCheck("port-80", null, "open here", "open", "Whether others reach it is not known."));
            case RenewCertificate renew -> new RenewedCertificate(renewed(renew.name()), true);
            case RemoveCertificate remove -> {
                Certificate gone = certificates.remove(remove.name());
                if (gone == null) {
                    throw problem(ProblemCode.NOT_FOUND, "There is no such certificate.");
                }
                yield new RemovedCertificate(remove.name(), List.of(gone.kind()));
            }
            case PutCertificate put -> taken(put);
            case ReadPorts ignored ->
                new PortsReport(true, List.of(new DeclaredPort("tcp", 22, 22, "sshd")), List.copyOf(listening));
        };
    }

    private PlacedSecret put(PutSecret put, String state) {
        byte[] value = Base64.getDecoder().decode(put.base64().reveal());
        if (value.length == 0 || value.length > 65_536) {
            throw problem(ProblemCode.BAD_REQUEST, "value: it has 1 to 65536 bytes.");
        }
        AppName app = put.owner().app();
        List<String> units = app != null && names(state, app, put.name())
                ? List.of("croft-app-" + app + ".service")
                : List.<String>of();
        var told = new BoxSecret(put.owner(), put.name(), value.length, clock.instant(), units);
        secrets.put(new Key(put.owner(), put.name()), new Held(value, told));
        return new PlacedSecret(told, put.restart() ? units : List.of());
    }

    private BoxSecret remove(RemoveSecret remove, String state) {
        AppName app = remove.owner().app();
        if (app != null && names(state, app, remove.name())) {
            throw problem(ProblemCode.SECRET_IN_USE, "The desired state in force names it.");
        }
        Held gone = secrets.remove(new Key(remove.owner(), remove.name()));
        if (gone == null) {
            throw problem(ProblemCode.NOT_FOUND, "There is no such secret.");
        }
        return gone.told();
    }

    /** What an apply does before it begins. */
    synchronized void requireSecretsOf(String state) {
        JSON.readTree(state)
                .path("apps")
                .properties()
                .forEach(app -> app.getValue()
                        .path("run")
                        .path("secrets")
                        .propertyNames()
                        .forEach(name -> {
                            if (!secrets.containsKey(new Key(SecretOwner.of(new AppName(app.getKey())), name))) {
                                throw problem(ProblemCode.SECRET_MISSING, app.getKey() + " needs " + name + ".");
                            }
                        }));
    }

    private TakenCertificate taken(PutCertificate put) {
        if (!put.chain().startsWith("-----BEGIN CERTIFICATE-----")) {
            throw problem(ProblemCode.CERTIFICATE_REFUSED, "chain: it is no certificate.");
        }
        uploadedKeys.put(put.name(), Base64.getDecoder().decode(put.key().reveal()));
        return new TakenCertificate(
                put.name(),
                List.of(put.name()),
                "Example CA",
                clock.instant(),
                clock.instant().plus(Duration.ofDays(365)),
                false,
                List.of("nginx.service"));
    }

    public synchronized Optional<byte[]> uploadedKey(String name) {
        return Optional.ofNullable(uploadedKeys.get(name));
    }

    private Certificate renewed(String name) {
        Certificate old = certificates.get(name);
        if (old == null) {
            throw problem(ProblemCode.NOT_FOUND, "There is no such certificate.");
        }
        var renewed = new Certificate(
                name,
                old.domains(),
                old.kind(),
                old.issuer(),
                clock.instant(),
                clock.instant().plus(Duration.ofDays(90)),
                false,
                clock.instant().plus(Duration.ofDays(60)),
                null,
                old.units(),
                old.apps());
        certificates.put(name, renewed);
        return renewed;
    }

    private static boolean names(String state, AppName app, String secret) {
        return JSON.readTree(state)
                .path("apps")
                .path(app.value())
                .path("run")
                .path("secrets")
                .has(secret);
    }

    private static RuntimeException problem(ProblemCode code, String why) {
        return Problem.of(code, "The box did not do it.", why, "Try something else.")
                .toException();
    }
}
