package dev.croft.api.internal;

import dev.croft.hostlink.HostCommand.ActedOn;
import dev.croft.hostlink.HostCommand.Freed;
import dev.croft.hostlink.HostCommand.MailOutcome;
import dev.croft.hostlink.HostCommand.MailQueue;
import dev.croft.hostlink.HostCommand.MailRecord;
import dev.croft.hostlink.HostCommand.MailReport;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.services.Mail;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * /hosts/{host}/mail: what a box's mail is. Relay, domains, mailboxes and aliases are members of its settings
 * (PUT /hosts/{host}/settings), and the relay's password is a secret (PUT /hosts/{host}/services/mail/secrets/RELAY_PASSWORD).
 */
@RestController
@RequestMapping("/api/v1/hosts/{host}/mail")
class MailResource {

    private final Mail mail;

    MailResource(Mail mail) {
        this.mail = mail;
    }

    /** @param app as which app; left out: as the box itself */
    record TestRequest(@Nullable String to, @Nullable String app) {}

    @GetMapping
    MailReport report(@PathVariable String host) {
        return mail.report(new HostName(host));
    }

    /** The records that the domains' zones should have; {@code ok} is left out where nobody could be asked. */
    @GetMapping("/dns")
    List<MailRecord> records(@PathVariable String host) {
        return mail.records(new HostName(host));
    }

    @GetMapping("/queue")
    MailQueue queue(@PathVariable String host) {
        return mail.queue(new HostName(host));
    }

    /** Tries all that waits again. */
    @PostMapping("/queue/retry")
    ActedOn retryAll(@PathVariable String host) {
        return mail.retry(new HostName(host), null);
    }

    @PostMapping("/queue/{id}/retry")
    ActedOn retry(@PathVariable String host, @PathVariable String id) {
        return mail.retry(new HostName(host), id);
    }

    /** Its sender is not told. */
    @DeleteMapping("/queue/{id}")
    ActedOn delete(@PathVariable String host, @PathVariable String id) {
        return mail.delete(new HostName(host), id);
    }

    /** Sends a real message and answers with what became of it, which takes up to half a minute. */
    @PostMapping("/test")
    MailOutcome test(@PathVariable String host, @RequestBody TestRequest request) {
        if (request.to() == null) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "No message was sent.",
                            "to: it is missing.",
                            "Name the address that the message is to go to.")
                    .toException();
        }
        return mail.test(new HostName(host), request.to(), request.app() == null ? null : new AppName(request.app()));
    }

    /** The body is the password, byte for byte. */
    @PutMapping(path = "/mailboxes/{mailbox}/password", consumes = MediaType.ALL_VALUE)
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void password(
            @PathVariable String host,
            @PathVariable String mailbox,
            @RequestBody(required = false) byte @Nullable [] body) {
        mail.setPassword(new HostName(host), mailbox, SecretBytes.of(body == null ? new byte[0] : body));
    }

    /** Deletes the mail of a mailbox that is no longer in force; {@code confirm} is its address once more. */
    @DeleteMapping("/mailboxes/{mailbox}")
    Freed drop(@PathVariable String host, @PathVariable String mailbox, @RequestParam String confirm) {
        return mail.drop(new HostName(host), mailbox, confirm);
    }
}
