package dev.croft.alerts.internal;

import dev.croft.alerts.ChannelType;
import dev.croft.kernel.SecretText;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Properties;
import org.eclipse.angus.mail.util.MailConnectException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * SMTP. The Message-ID is the same at each try: where the answer to a whole message was lost, it is sent again, and mailboxes that look
 * at the id show it once. SMTP itself has no way to ask whether it was taken.
 */
@Component
class EmailSender implements Sender {

    private static final String NEXT_TRY = "It is tried again.";

    private final Destinations destinations;
    private final AlertsProperties properties;

    EmailSender(Destinations destinations, AlertsProperties properties) {
        this.destinations = destinations;
        this.properties = properties;
    }

    @Override
    public void send(
            Map<String, String> settings, @Nullable SecretText secret, Message message, @Nullable Instant doubtSince)
            throws NotSent {
        String server = settings.getOrDefault("server", "");
        destinations.require(server);
        Session session = Session.getInstance(properties(settings, secret != null));
        MimeMessage mail;
        try {
            mail = mail(session, settings, message);
        } catch (MessagingException e) {
            throw NotSent.certainly(
                    "The message could not be written: " + e.getMessage() + ".", "Check the addresses.");
        }
        boolean handedOver = false;
        boolean taken = false;
        try (Transport transport = session.getTransport("smtp")) {
            transport.connect(
                    server,
                    Integer.parseInt(settings.getOrDefault("port", "587")),
                    settings.get("user"),
                    secret == null ? null : secret.reveal());
            handedOver = true;
            transport.sendMessage(mail, mail.getAllRecipients());
            taken = true;
        } catch (AuthenticationFailedException e) {
            throw NotSent.certainly(
                    server + " does not let the console in: " + said(e) + ".", "Check the user name and the password.");
        } catch (MailConnectException e) {
            throw NotSent.certainly(server + " could not be reached: " + said(e) + ".", NEXT_TRY);
        } catch (SendFailedException e) {
            throw NotSent.certainly(
                    server + " refused the message: " + said(e) + ".", "Check the addresses of sender and recipients.");
        } catch (MessagingException e) {
            if (taken) {
                return; // Of the good-bye.
            }
            if (!handedOver) {
                throw NotSent.certainly(server + " did not take it: " + said(e) + ".", NEXT_TRY);
            }
            throw e.getNextException() instanceof IOException || e.getCause() instanceof IOException
                    ? NotSent.perhaps(server + " did not say whether it took it: " + said(e) + ".", NEXT_TRY)
                    : NotSent.certainly(server + " did not take it: " + said(e) + ".", NEXT_TRY);
        }
    }

    private Properties properties(Map<String, String> settings, boolean authenticated) {
        String millis = Long.toString(properties.timeout().toMillis());
        var found = new Properties();
        found.setProperty("mail.smtp.connectiontimeout", millis);
        found.setProperty("mail.smtp.timeout", millis);
        found.setProperty("mail.smtp.writetimeout", millis);
        found.setProperty("mail.smtp.auth", Boolean.toString(authenticated));
        found.setProperty("mail.smtp.ssl.checkserveridentity", "true");
        found.setProperty("mail.smtp.quitwait", "false");
        switch (settings.getOrDefault("security", "starttls")) {
            case "tls" -> found.setProperty("mail.smtp.ssl.enable", "true");
            case "none" -> found.setProperty("mail.smtp.starttls.enable", "false");
            default -> {
                found.setProperty("mail.smtp.starttls.enable", "true");
                found.setProperty("mail.smtp.starttls.required", "true");
            }
        }
        return found;
    }

    private static MimeMessage mail(Session session, Map<String, String> settings, Message message)
            throws MessagingException {
        InternetAddress from = new InternetAddress(settings.getOrDefault("from", ""), true);
        String domain = from.getAddress().substring(from.getAddress().indexOf('@') + 1);
        var mail = new KnownMail(session, "<" + message.key() + "@" + domain + ">");
        mail.setFrom(from);
        mail.setRecipients(RecipientType.TO, recipients(settings.getOrDefault("to", "")));
        mail.setSubject(message.title(), "UTF-8");
        mail.setSentDate(Date.from(message.at()));
        // One conversation for one alert.
        mail.setHeader("References", "<" + message.thread() + "@" + domain + ">");
        mail.setHeader("Auto-Submitted", "auto-generated");
        mail.setHeader("X-Croft-Event", message.transition());
        mail.setText(message.text(settings.getOrDefault(ChannelType.CONSOLE, "")), "UTF-8");
        mail.saveChanges();
        return mail;
    }

    static InternetAddress[] recipients(String to) throws AddressException {
        return InternetAddress.parse(to, true);
    }

    private static final class KnownMail extends MimeMessage {

        private final String id;

        KnownMail(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }

    private static String said(Exception e) {
        String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return text.strip().replaceAll("\\s+", " ").replaceFirst("[.;]+$", "");
    }
}
