package dev.croft.ui.backups;

import dev.croft.backups.RecoveryKit;
import dev.croft.backups.RecoveryKit.Place;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.SftpTarget;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The recovery kit as one page of HTML that needs nothing else: no script, no style sheet, no console. docs/recovery.md explains it. */
final class KitPage {

    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

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
        raw(
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        raw("<title>");
        text("Recovery kit of " + name);
        raw("</title><style>" + STYLE + "</style></head><body>");
        element("h1", "Recovery kit of " + name);
        element(
                "p",
                "Made " + DAY.format(kit.madeAt()) + " by " + kit.madeBy()
                        + ". Keep it on paper, away from the box and the console. Whoever has it can read every backup.");
        element("h2", "The box");
        raw("<dl>");
        fact("Name", name);
        fact(
                "Address",
                kit.host().endpoint().address() + ", port "
                        + kit.host().endpoint().port());
        fact("SSH host key", kit.host().endpoint().fingerprint());
        fact("First installed as", "NixOS " + kit.stateVersion());
        raw("</dl>");
        vault(kit);
        kit.places().forEach(this::place);
        if (kit.places().isEmpty()) {
            raw("<p class=\"warn\">");
            text("This box has no place for backups: nothing of its data could be brought back.");
            raw("</p>");
        }
        recipe();
        raw("</body></html>\n");
    }

    private void vault(RecoveryKit kit) {
        element("h2", "This console's vault");
        if (kit.recoveryKey() != null) {
            element("p", "Opens the stored secrets when the console's key file is lost (Settings, Vault, Unlock):");
            raw("<p class=\"secret\"><code>");
            text(kit.recoveryKey().reveal());
            raw("</code></p>");
        } else if (kit.recoveryMadeAt() != null) {
            element(
                    "p",
                    "Its recovery key was made " + DAY.format(kit.recoveryMadeAt())
                            + " and printed then; it cannot be shown again. Keep that paper with this one, or make a new key with the next kit.");
        } else {
            raw("<p class=\"warn\">");
            text(
                    "It has no recovery key: when the console's key file is lost, so are its secrets. Make one with the next kit.");
            raw("</p>");
        }
    }

    private void place(Place place) {
        element("h2", "Backups: " + place.name());
        raw("<dl>");
        fact("Where", TargetWords.place(place.target()));
        fact("Repository", place.repository());
        if (place.target() instanceof SftpTarget sftp) {
            fact("Server's key", sftp.hostKey());
        }
        if (!place.inForce()) {
            fact("Note", "Not in use yet: the change that adds it was not applied when this was printed.");
        }
        raw("</dl>");
        place.secrets().forEach((name, value) -> {
            String shown = new String(value.reveal(), StandardCharsets.UTF_8).strip();
            raw("<p>");
            text(name.equals("RESTIC_PASSWORD") ? "Password of the repository" : name);
            raw(shown.contains("\n") ? "</p><pre>" : "<br><code class=\"secret\">");
            text(shown);
            raw(shown.contains("\n") ? "</pre>" : "</code></p>");
        });
        if (!place.missing().isEmpty()) {
            raw("<p class=\"warn\">");
            text("Not known to this console: " + String.join(", ", place.missing())
                    + ". It was set elsewhere. Without the repository's password its backups cannot be read.");
            raw("</p>");
        }
        element("p", "On any machine that has restic:");
        raw("<pre>");
        text(String.join("\n", commands(place)));
        raw("</pre>");
    }

    /** What a person types; docs/recovery.md has the same, and its test runs it. */
    static List<String> commands(Place place) {
        List<String> lines = new ArrayList<>();
        lines.add("umask 077; mkdir kit; cd kit");
        lines.add("cat > password                      # the password above, Enter, Ctrl-D");
        String options = "";
        switch (place.target()) {
            case LocalTarget local -> lines.add("# mount the disk, so that " + local.path() + " is there again");
            case SftpTarget sftp -> {
                int port = sftp.port() == null ? SftpTarget.PORT : sftp.port();
                String address = port == SftpTarget.PORT ? sftp.host() : "[" + sftp.host() + "]:" + port;
                lines.add("cat > key                           # the SSH_KEY above, all of its lines, Ctrl-D");
                lines.add("cat > known_hosts                   # " + address + ", a blank, the server's key; Ctrl-D");
                options = " -o sftp.command=\"ssh -i key -p " + port + " -l " + sftp.user()
                        + " -o IdentitiesOnly=yes -o UserKnownHostsFile=known_hosts -o StrictHostKeyChecking=yes "
                        + sftp.host() + " -s sftp\"";
            }
            case S3Target s3 -> {
                lines.add("export AWS_ACCESS_KEY_ID=…          # both from above");
                lines.add("export AWS_SECRET_ACCESS_KEY=…");
                if (s3.region() != null) {
                    lines.add("export AWS_DEFAULT_REGION=" + s3.region());
                }
            }
        }
        String restic = "restic -r " + place.repository() + " -p password" + options;
        lines.add("R() { " + restic + " \"$@\"; }");
        lines.add("R snapshots --latest 1              # the newest of each app, and of the box itself");
        lines.add("R restore latest --tag box --target box        # RECIPE.txt, flake.bundle, state.json");
        lines.add("R restore latest --tag app=NAME --target NAME  # state/ and the dumps of its databases");
        return lines;
    }

    private void recipe() {
        element("h2", "The whole box anew");
        raw("<ol>");
        for (String step : List.of(
                "Install NixOS with Croft's channel on the new machine, with the same name; enrol it in the console.",
                "git clone --branch main box/flake.bundle /var/lib/croft/flake, then write host/default.nix for the new disks.",
                "Secrets come back from the console's vault with the next change that is applied; set by hand what it does not have. box/secrets.json names all.",
                "Apply the state from the console. The apps start without data.",
                "Backups: choose an app's newest backup, Restore, in the place of the data. Without Croft: docs/recovery.md.")) {
            element("li", step);
        }
        raw("</ol>");
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
