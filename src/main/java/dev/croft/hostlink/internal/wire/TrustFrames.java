package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand.BoxSecret;
import dev.croft.hostlink.HostCommand.BoxSecrets;
import dev.croft.hostlink.HostCommand.Certificate;
import dev.croft.hostlink.HostCommand.CertificateBoard;
import dev.croft.hostlink.HostCommand.CheckCertificate;
import dev.croft.hostlink.HostCommand.DeclaredPort;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.hostlink.HostCommand.LeftoverCertificate;
import dev.croft.hostlink.HostCommand.ListCertificates;
import dev.croft.hostlink.HostCommand.ListSecrets;
import dev.croft.hostlink.HostCommand.ListeningPort;
import dev.croft.hostlink.HostCommand.OpenedSecret;
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
import dev.croft.kernel.SecretText;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Requests about secrets, certificates and ports, and what a box answers to them. Source: docs/protocol.md §4. */
final class TrustFrames {

    private TrustFrames() {}

    static String type(TrustCommand<?> command) {
        return switch (command) {
            case PutSecret ignored -> "secret-put";
            case RemoveSecret ignored -> "secret-remove";
            case ListSecrets ignored -> "secrets";
            case ListCertificates ignored -> "certificates";
            case CheckCertificate ignored -> "certificate-check";
            case RenewCertificate ignored -> "certificate-renew";
            case RemoveCertificate ignored -> "certificate-remove";
            case PutCertificate ignored -> "certificate-put";
            case ReadPorts ignored -> "ports";
        };
    }

    static void write(TrustCommand<?> command, ObjectNode frame) {
        switch (command) {
            case PutSecret(SecretOwner owner, String name, SecretText base64, boolean restart) -> {
                putOwner(frame, owner);
                frame.put("name", name).put("value", base64.reveal());
                if (restart) {
                    frame.put("restart", true);
                }
            }
            case RemoveSecret(SecretOwner owner, String name) -> {
                putOwner(frame, owner);
                frame.put("name", name);
            }
            case ListSecrets ignored -> {}
            case ListCertificates ignored -> {}
            case CheckCertificate(String domain) -> frame.put("domain", domain);
            case RenewCertificate(String name) -> frame.put("name", name);
            case RemoveCertificate(String name) -> frame.put("name", name);
            case PutCertificate(String name, String chain, SecretText key) ->
                frame.put("name", name).put("chain", chain).put("key", key.reveal());
            case ReadPorts ignored -> {}
        }
    }

    static Object result(TrustCommand<?> command, Members result) {
        return switch (command) {
            case PutSecret ignored -> new PlacedSecret(secret(result.object("secret")), result.texts("restarted"));
            case RemoveSecret ignored -> secret(result.object("secret"));
            case ListSecrets ignored -> secrets(result);
            case ListCertificates ignored ->
                new CertificateBoard(
                        result.objects("certificates", TrustFrames::certificate),
                        result.objects("leftovers", TrustFrames::leftover),
                        result.optionalText("authority"));
            case CheckCertificate ignored -> result.objects("checks", TrustFrames::check);
            case RenewCertificate ignored ->
                new RenewedCertificate(certificate(result.object("certificate")), result.flag("renewed"));
            case RemoveCertificate ignored -> new RemovedCertificate(result.text("name"), result.texts("kinds"));
            case PutCertificate ignored ->
                new TakenCertificate(
                        result.text("name"),
                        result.texts("domains"),
                        result.text("issuer"),
                        result.instant("notBefore"),
                        result.instant("notAfter"),
                        result.flag("trusted"),
                        result.texts("reloaded"));
            case ReadPorts ignored ->
                new PortsReport(
                        result.flag("firewall"),
                        result.objects("declared", TrustFrames::declared),
                        result.objects("listening", TrustFrames::listening));
        };
    }

    private static void putOwner(ObjectNode frame, SecretOwner owner) {
        AppName app = owner.app();
        if (app == null) {
            frame.put("service", owner.service());
        } else {
            frame.put("app", app.value());
        }
    }

    private static SecretOwner owner(Members members) {
        return members.has("app")
                ? SecretOwner.of(members.value("app", AppName::new))
                : SecretOwner.ofService(members.text("service"));
    }

    private static BoxSecrets secrets(Members result) {
        List<OpenedSecret> inGit = result.optionalObject("sops", sops -> sops.objects("secrets", TrustFrames::opened));
        return new BoxSecrets(
                result.objects("secrets", TrustFrames::secret),
                result.optionalObject("sops", sops -> sops.texts("recipients")),
                inGit == null ? List.of() : inGit);
    }

    private static OpenedSecret opened(Members secret) {
        return new OpenedSecret(
                owner(secret),
                secret.text("name"),
                secret.text("file"),
                secret.optionalText("key"),
                secret.flag("opened"),
                secret.texts("usedBy"));
    }

    private static BoxSecret secret(Members secret) {
        return new BoxSecret(
                owner(secret),
                secret.text("name"),
                secret.longInteger("bytes"),
                secret.instant("changedAt"),
                secret.texts("usedBy"));
    }

    private static DomainCheck check(Members check) {
        return new DomainCheck(
                check.text("id"),
                check.has("ok") ? check.flag("ok") : null,
                check.text("found"),
                check.text("wanted"),
                check.text("why"));
    }

    private static LeftoverCertificate leftover(Members leftover) {
        return new LeftoverCertificate(
                leftover.text("name"),
                leftover.text("kind"),
                leftover.optionalInstant("notAfter"),
                leftover.longIntegers("generations"));
    }

    private static Certificate certificate(Members certificate) {
        return new Certificate(
                certificate.text("name"),
                certificate.texts("domains"),
                certificate.text("kind"),
                certificate.optionalText("issuer"),
                certificate.optionalInstant("notBefore"),
                certificate.optionalInstant("notAfter"),
                certificate.flag("pending"),
                certificate.optionalInstant("nextAttempt"),
                certificate.optionalText("lastError"),
                certificate.texts("units"),
                certificate.values("apps", AppName::new));
    }

    private static DeclaredPort declared(Members port) {
        return new DeclaredPort(port.text("protocol"), port.integer("from"), port.integer("to"), port.text("by"));
    }

    private static ListeningPort listening(Members port) {
        return new ListeningPort(
                port.text("protocol"),
                port.integer("port"),
                port.text("address"),
                port.optionalText("unit"),
                port.optionalText("process"),
                port.flag("declared"),
                port.flag("open"),
                port.texts("by"));
    }
}
