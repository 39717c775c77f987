package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.t;

import dev.croft.backups.RecoveryKit;
import dev.croft.backups.RecoveryKit.Place;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.ui.support.Texts;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The recovery kit as one page of HTML that needs nothing else: no script, no style sheet, no console. docs/recovery.md explains it. */
final class KitPage {

    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-top: 1px solid #999; padding-top: .75rem; }
            dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .25rem 1rem; } dt { color: #444; } dd { margin: 0; overflow-wrap: anywhere; }
            code, pre { font: 13px/1.5 ui-monospace, monospace; } pre { background: #f3f3f0; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid; }
            .secret { font-size: 15px; font-weight: 600; } .warn { border-left: 4px solid #b00020; padding-left: .75rem; }
            @media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
            """;

    private final StringBuilder html = new StringBuilder();

    private KitPage() {}

    static String html(RecoveryKit kit) {
        var page = new KitPage();
        page.write(kit);
        return page.html.toString();
    }

    private void write(RecoveryKit kit) {
        String name = kit.host().name().value();
        raw("<!doctype html><html lang=\"" + Texts.locale().toLanguageTag()
                + "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        raw("<title>");
        text(t("Recovery kit of {0}", name));
        raw("</title><style>" + STYLE + "</style></head><body>");
        element("h1", t("Recovery kit of {0}", name));
        element(
                "p",
                t(
                        "Made {0} by {1}. Keep it on paper, away from the box and the console. Whoever has it can read every backup.",
                        time(kit.madeAt()), kit.madeBy()));
        element("h2", t("The box"));
        raw("<dl>");
        fact(t("Name"), name);
        fact(
                t("Address"),
                t(
                        "{0}, port {1}",
                        kit.host().endpoint().address(), kit.host().endpoint().port()));
        fact(t("SSH host key"), kit.host().endpoint().fingerprint());
        fact(t("First installed as"), t("NixOS {0}", kit.stateVersion()));
        raw("</dl>");
        vault(kit);
        kit.places().forEach(this::place);
        if (kit.places().isEmpty()) {
            raw("<p class=\"warn\">");
            text(t("This box has no place for backups: nothing of its data could be brought back."));
            raw("</p>");
        }
        recipe();
        raw("</body></html>\n");
    }

    private void vault(RecoveryKit kit) {
        element("h2", t("This console's vault"));
        if (kit.recoveryKey() != null) {
            element("p", t("Opens the stored secrets when the console's key file is lost (Settings, Vault, Unlock):"));
            raw("<p class=\"secret\"><code>");
            text(kit.recoveryKey().reveal());
            raw("</code></p>");
        } else if (kit.recoveryMadeAt() != null) {
            element(
                    "p",
                    t(
                            "Its recovery key was made {0} and printed then; it cannot be shown again. Keep that paper with this one, or make a new key with the next kit.",
                            time(kit.recoveryMadeAt())));
        } else {
            raw("<p class=\"warn\">");
            text(
                    t(
                            "It has no recovery key: when the console's key file is lost, so are its secrets. Make one with the next kit."));
            raw("</p>");
        }
    }

    private void place(Place place) {
        element("h2", t("Backups: {0}", place.name()));
        raw("<dl>");
        fact(t("Where"), TargetWords.place(place.target()));
        fact(t("Repository"), place.repository());
        if (place.target() instanceof SftpTarget sftp) {
            fact(t("Server's key"), sftp.hostKey());
        }
        if (!place.inForce()) {
            fact(t("Note"), t("Not in use yet: the change that adds it was not applied when this was printed."));
        }
        raw("</dl>");
        place.secrets().forEach((name, value) -> {
            String shown = new String(value.reveal(), StandardCharsets.UTF_8).strip();
            raw("<p>");
            text(name.equals("RESTIC_PASSWORD") ? t("Password of the repository") : name);
            raw(shown.contains("\n") ? "</p><pre>" : "<br><code class=\"secret\">");
            text(shown);
            raw(shown.contains("\n") ? "</pre>" : "</code></p>");
        });
        if (!place.inGit().isEmpty()) {
            raw("<p class=\"warn\">");
            text(t(
                    "Kept in git, encrypted by sops: {0}. The box's own key is gone with the box: only who has another of the keys that the file is encrypted for can open it.",
                    place.inGit().entrySet().stream()
                            .map(each -> each.getKey() + " (" + each.getValue().file() + ")")
                            .collect(Collectors.joining(", "))));
            raw("</p>");
        }
        if (!place.missing().isEmpty()) {
            raw("<p class=\"warn\">");
            text(t(
                    "Not known to this console: {0}. It was set elsewhere. Without the repository's password its backups cannot be read.",
                    String.join(", ", place.missing())));
            raw("</p>");
        }
        element("p", t("On any machine that has restic:"));
        raw("<pre>");
        text(String.join("\n", commands(place)));
        raw("</pre>");
    }

    /** What a person types; docs/recovery.md has the same, and its test runs it. */
    static List<String> commands(Place place) {
        List<String> lines = new ArrayList<>();
        lines.add("umask 077; mkdir kit; cd kit");
        lines.add("cat > password                                 # that of the repository, Enter, Ctrl-D");
        String options = "";
        switch (place.target()) {
            case LocalTarget local -> lines.add("# mount the disk, so that " + local.path() + " is there again");
            case SftpTarget sftp -> {
                int port = sftp.port() == null ? SftpTarget.PORT : sftp.port();
                String address = port == SftpTarget.PORT ? sftp.host() : "[" + sftp.host() + "]:" + port;
                lines.add("cat > key                                      # all lines of SSH_KEY, Ctrl-D");
                lines.add("cat > known_hosts                              # " + address
                        + ", a blank, the server's key; Ctrl-D");
                options = " -o sftp.command=\"ssh -i key -p " + port + " -l " + sftp.user()
                        + " -o IdentitiesOnly=yes -o UserKnownHostsFile=known_hosts -o StrictHostKeyChecking=yes "
                        + sftp.host() + " -s sftp\"";
            }
            case S3Target s3 -> {
                lines.add("export AWS_ACCESS_KEY_ID=…                     # both are above");
                lines.add("export AWS_SECRET_ACCESS_KEY=…");
                if (s3.region() != null) {
                    lines.add("export AWS_DEFAULT_REGION=" + s3.region());
                }
            }
        }
        String restic = "restic -r " + place.repository() + " -p password" + options;
        lines.add("R() { " + restic + " \"$@\"; }");
        lines.add("R snapshots --latest 1                         # the newest of each app, and of the box itself");
        lines.add("R restore latest --tag box --target box        # RECIPE.txt, flake.bundle, state.json");
        lines.add("R restore latest --tag app=NAME --target NAME  # state/ and the dumps of its databases");
        return lines;
    }

    /** What a person types on the new box, where the `box` of {@link #commands} is; docs/recovery.md has the same, and its test runs it. */
    static List<String> commandsAnew() {
        String git = "git -C /var/lib/croft/flake ";
        return List.of(
                git + "fetch \"$PWD/box/flake.bundle\" main:before",
                git + "checkout before -- state.json",
                git + "-c user.name=root -c user.email=root@localhost commit -m \"The state of the box that is gone\"");
    }

    private void recipe() {
        element("h2", t("The whole box anew"));
        raw("<ol>");
        element(
                "li",
                t(
                        "Install NixOS with Croft's channel on the new machine and enrol it in the console under the same name, or approve its new host key. Its flake describes the new machine, and stays."));
        raw("<li>");
        text(
                t(
                        "Put the state into it, and the history beside it: bring the directory box to it, and type there as root, where box is:"));
        raw("<pre>");
        text(String.join("\n", commandsAnew()));
        raw("</pre>");
        text(
                t(
                        "What you had written yourself is in the branch before. Take over and commit what does not describe the old machine."));
        raw("</li>");
        for (String step : List.of(
                t(
                        "Secrets come back from the console's vault with the next change that is applied; set by hand what it does not have, the repository's password first. box/secrets.json names all."),
                t(
                        "Apply the state from the console. The apps start without data. Where one is not healthy without its data, leave its health check out of this change, and put it in again at the end."),
                t(
                        "Backups, before the next one is due: choose the newest backup of each app and of the mail, Restore, in the place of the data. Without Croft: docs/recovery.md."))) {
            element("li", step);
        }
        raw("</ol>");
    }

    private static String time(Instant instant) {
        return DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Texts.locale())
                .format(instant.atOffset(ZoneOffset.UTC));
    }

    private void fact(String name, String value) {
        element("dt", name);
        raw("<dd><code>");
        text(value);
        raw("</code></dd>");
    }

    private void element(String tag, String content) {
        raw("<" + tag + ">");
        text(content);
        raw("</" + tag + ">");
    }

    private void raw(String markup) {
        html.append(markup);
    }

    /** Whatever it is, it stays text. */
    private void text(String content) {
        content.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> html.append("&amp;");
                case '<' -> html.append("&lt;");
                case '>' -> html.append("&gt;");
                case '"' -> html.append("&quot;");
                default -> html.appendCodePoint(c);
            }
        });
    }
}
